package ui

// alertColumns are the widths of the list's columns in cells; 0 means that the
// column is not shown. What is left over is for what is wrong.
type alertColumns struct{ state, since, age, device, metric, value, rule, gap int }

// leastWhy is the least room that is worth saying what is wrong in, enoughWhy what
// most of it fits in.
const (
	leastWhy  = 20
	enoughWhy = 30
)

func alertColumnsFor(width int) alertColumns {
	c := alertColumns{state: 12, since: 8, age: 4, device: 10, metric: 11, value: 13, rule: 14, gap: 1}
	if width >= 90 {
		c.gap = 2
	}
	for _, drop := range []*int{&c.since, &c.value, &c.metric} {
		if c.total() <= width {
			break
		}
		*drop = 0
	}
	c.device += max(min(width-c.total(), 0), 6-c.device)
	if over := c.total() - width; over > 0 {
		c.rule = max(c.rule-over, 0)
	}
	extra := width - c.total()
	why := 0
	if extra >= leastWhy {
		why = min(extra, enoughWhy)
	}
	extra -= why
	grow := func(to int, column *int) {
		if by := min(max(to-*column, 0), extra); *column > 0 && by > 0 {
			*column += by
			extra -= by
		}
	}
	grow(14, &c.device)
	grow(14, &c.metric)
	if why == 0 {
		grow(30, &c.rule)
	}
	if extra > 20 {
		grow(24, &c.device)
		grow(24, &c.metric)
		grow(28, &c.rule)
	}
	return c
}

func (c alertColumns) total() int {
	total := signWidth - c.gap
	for _, w := range []int{c.state, c.since, c.age, c.device, c.metric, c.value, c.rule} {
		if w > 0 {
			total += w + c.gap
		}
	}
	return total
}

package ui

// columns are the widths of the table's columns in cells; 0 means that the
// column is not shown. Each column but the first has gap blanks before it.
type columns struct {
	device, metric, value, trend, min, max, time, age, qos, count int
	gap                                                           int
}

// signWidth is the room for the state's sign and the blanks around it.
const signWidth = 3

// numberWidth is the part of the value column that the number has; the unit
// has the rest, behind a blank.
const numberWidth = 8

// columnsFor lays the columns out. What matters least goes first when the
// screen is narrow, and what reads better with more room grows when it is wide.
func columnsFor(width int) columns {
	c := columns{device: 14, metric: 12, value: 13, trend: 8, time: 8, age: 4, qos: 3, count: 6, gap: 1}
	for _, drop := range []*int{&c.trend, &c.count, &c.time, &c.qos} {
		if c.total() <= width {
			break
		}
		*drop = 0
	}
	for c.total() > width && c.device > 6 {
		c.device--
		if c.metric > 6 {
			c.metric--
		}
	}
	if c.trend == 0 {
		return c
	}
	extra := width - c.total()
	grow := func(to int, column *int) {
		by := min(max(to-*column, 0), extra)
		*column += by
		extra -= by
	}
	grow(16, &c.device)
	if extra >= 18 {
		c.min, c.max = 8, 8
		extra -= 18
	}
	grow(19, &c.metric) // sensors.temperature
	if extra >= 12 {
		c.gap = 2
		extra = width - c.total()
	}
	grow(12, &c.trend)
	grow(18, &c.device)
	grow(24, &c.metric)
	grow(9, &c.count)
	grow(24, &c.trend)
	grow(15, &c.value)
	grow(26, &c.device)
	grow(40, &c.metric)
	grow(48, &c.trend)
	return c
}

func (c columns) total() int {
	total := signWidth - c.gap
	for _, w := range []int{c.device, c.metric, c.value, c.trend, c.min, c.max, c.time, c.age, c.qos, c.count} {
		if w > 0 {
			total += w + c.gap
		}
	}
	return total
}

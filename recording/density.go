package recording

import "time"

// density counts messages by their time, in stretches whose length doubles when there
// are too many.
type density struct {
	start  time.Time
	width  time.Duration
	counts []uint64
}

// mostStretches is how many stretches there are, an even number.
const mostStretches = 2048

// add counts a message; moments come in order.
func (d *density) add(moment time.Time) { d.addMany(moment, 1) }

// addMany counts n messages of about the same moment.
func (d *density) addMany(moment time.Time, n int) {
	if d.width == 0 {
		d.start, d.width = moment, 10*time.Millisecond
	}
	at := moment.Sub(d.start)
	for at/d.width >= mostStretches {
		d.fold()
	}
	i := int(max(at/d.width, 0))
	for len(d.counts) <= i {
		d.counts = append(d.counts, 0)
	}
	d.counts[i] += uint64(n)
}

// fold makes one stretch of two.
func (d *density) fold() {
	n := (len(d.counts) + 1) / 2
	for i := range n {
		sum := d.counts[2*i]
		if 2*i+1 < len(d.counts) {
			sum += d.counts[2*i+1]
		}
		d.counts[i] = sum
	}
	d.counts, d.width = d.counts[:n], 2*d.width
}

// between is how many messages came in each of n equal parts of a time. What lies on a
// border counts where its stretch has its middle; a part that is shorter than a stretch
// has its share of it.
func (d *density) between(start, end time.Time, n int) []uint64 {
	parts := make([]uint64, n)
	whole := end.Sub(start)
	if whole <= 0 || d.width == 0 || n == 0 {
		return parts
	}
	part := max(whole/time.Duration(n), 1)
	if part < d.width {
		for i := range parts {
			at := int((start.Sub(d.start) + time.Duration(i)*part + part/2) / d.width)
			if at >= 0 && at < len(d.counts) {
				parts[i] = d.counts[at]
			}
		}
		return parts
	}
	for i, count := range d.counts {
		middle := d.start.Sub(start) + time.Duration(i)*d.width + d.width/2
		parts[min(max(int(middle/part), 0), n-1)] += count
	}
	return parts
}

package model

// Changes tells of changes those who wait for one. It belongs to what changes, whose
// lock guards it. The zero value is ready for use.
type Changes struct {
	revision uint64
	waiting  chan struct{} // closed at the next change; nil when nobody waits
}

// Tell says that there was a change.
func (c *Changes) Tell() {
	c.revision++
	if c.waiting != nil {
		close(c.waiting)
		c.waiting = nil
	}
}

// Revision is how many changes there were.
func (c *Changes) Revision() uint64 { return c.revision }

// Next returns a channel that is closed at the next change, and the revision as it is.
func (c *Changes) Next() (closed <-chan struct{}, revision uint64) {
	if c.waiting == nil {
		c.waiting = make(chan struct{})
	}
	return c.waiting, c.revision
}

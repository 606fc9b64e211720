package notify

// Temporary makes an error one that may pass.
func Temporary(err error) error { return &temporaryError{err} }

// IsTemporary says whether an error may pass.
func IsTemporary(err error) bool { return temporary(err) }

// Segment writes a name as one level of a topic.
func Segment(name string) string { return segment(name) }

// CheckAddress says why a URL's host may not lead to an address, or nil.
func CheckAddress(host, address string, allowPrivate bool) error {
	return checkDial(ruleFor(host, allowPrivate), address)
}

package subscriber

import "labtop/safetext"

// ConnectError says why there is no connection to the broker. Its texts are one
// line each, safe to print, and hold no secret.
type ConnectError struct {
	// Summary says what happened.
	Summary string
	// Hint says what to do about it; may be empty.
	Hint string
	// Err is what the network, TLS or the guard reported; may be nil.
	Err error

	// lasting says that trying again soon is of no use and may do harm, as with
	// a wrong password, after which some brokers lock the account.
	lasting bool
}

// Error returns the summary.
func (e *ConnectError) Error() string { return e.Summary }

// Unwrap returns the cause.
func (e *ConnectError) Unwrap() error { return e.Err }

// explanation is what a ConnectError says, before it is made safe to print.
type explanation struct {
	summary, hint string
	lasting       bool
}

// explained makes the error out of its cause.
func (x explanation) explained(err error) *ConnectError {
	return &ConnectError{Summary: safetext.Clean(x.summary), Hint: safetext.Clean(x.hint), Err: err, lasting: x.lasting}
}

//go:build race

package hostile_test

// thin is how many combinations of text, field and screen there are to each that is
// looked at; the race detector makes a picture ten times slower. Each text is still
// in every field and on every screen.
const thin = 13

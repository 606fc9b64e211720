// Package hostile tests that text from outside stays text, wherever labtop shows
// it: every hostile text in every field on every screen and in every output, in
// this process and in the built binary on two kinds of terminal. It also tests that
// secrets are in none of these places.
package hostile

package cli

import (
	"fmt"
	"io"
)

// hidden stands for a secret wherever one would be shown.
const hidden = "***"

// Secret is a text that no formatting, JSON or YAML encoding shows. Convert it
// with string(s) where it is used.
type Secret string

// Format writes "***" for every verb, nothing for the empty secret.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.masked()) }

// MarshalText returns "***", nothing for the empty secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.masked()), nil }

func (s Secret) masked() string {
	if s == "" {
		return ""
	}
	return hidden
}

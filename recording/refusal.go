package recording

import (
	"bytes"
	"fmt"
)

// refused is the error for a file that begins so and is of no format: it says what it is
// where that can be told.
func refused(start []byte) error {
	var what string
	switch {
	case len(bytes.TrimSpace(start)) == 0:
		what = "an empty file"
	case bytes.HasPrefix(start, []byte("\xfd7zXZ\x00")), bytes.HasPrefix(start, []byte("BZh")), bytes.HasPrefix(start, []byte("PK\x03\x04")):
		what = "a file compressed with xz, bzip2 or zip; decompress it first, or use gzip or zstd"
	case bytes.HasPrefix(start, []byte("SQLite format 3\x00")):
		what = "a database of SQLite"
	case bytes.HasPrefix(start, []byte("\x00\xb5\x00mosquitto db")):
		what = "the store of a Mosquitto, with its retained messages"
	case bytes.Contains(start, []byte("PUBLISH")) && bytes.Contains(start, []byte(" bytes)")):
		what = "a log of packets, which tells no payloads"
	case bytes.IndexByte(start, 0) >= 0:
		what = "a binary file"
	case stamped(start):
		what = "lines that begin with a time; if journalctl or docker put it there, print them with journalctl -o cat, or docker logs without -t"
	default:
		return ErrFormat
	}
	return fmt.Errorf("%s: %w", what, ErrFormat)
}

// stamped says whether the first line begins with a time.
func stamped(start []byte) bool {
	line, _, _ := bytes.Cut(start, []byte("\n"))
	_, _, ok := cutStamp(line)
	return ok
}

// Command screenshot turns the text of a terminal into a picture.
//
// It reads a screen from standard input, as "tmux capture-pane -e -p -N"
// prints it: lines of text with SGR sequences for bold, reverse and colours.
// It writes an SVG to standard output that looks the same whatever fonts its
// reader has: every run of text is fitted to its cells, and charts are drawn
// as shapes. The same text always gives the same picture.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	title := flag.String("title", "terminal", "the window's title")
	flag.Parse()
	if err := run(os.Stdin, os.Stdout, *title); err != nil {
		fmt.Fprintln(os.Stderr, "screenshot:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer, title string) error {
	text, err := io.ReadAll(in)
	if err != nil {
		return fmt.Errorf("read the screen: %w", err)
	}
	if _, err := out.Write(draw(string(text), title)); err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	return nil
}

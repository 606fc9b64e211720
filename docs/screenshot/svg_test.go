package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// screenPart matches what is drawn for the screen, not for the window.
var screenPart = regexp.MustCompile(`(?m)^<(text x="[\d.]+" y="[\d.]+" textLength|rect x="[\d.]+" y="[\d.]+" width="[\d.]+" height="18"|path).*$`)

func TestDraw(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, screen string
		want         []string
	}{
		{"nothing", "", nil},
		{
			"words of one run", "ab cd",
			[]string{`<text x="14" y="45.3" textLength="42">ab cd</text>`},
		},
		{
			"columns are runs of their own", " ab  c ",
			[]string{
				`<text x="22.4" y="45.3" textLength="16.8">ab</text>`,
				`<text x="56" y="45.3" textLength="8.4">c</text>`,
			},
		},
		{
			"a space before another pen", "a \x1b[1mb",
			[]string{
				`<text x="14" y="45.3" textLength="8.4">a</text>`,
				`<text x="30.8" y="45.3" textLength="8.4" font-weight="bold">b</text>`,
			},
		},
		{
			"true colour, 256 and 16", "\x1b[38;2;1;2;255ma\x1b[38;5;196mb\x1b[31mc\x1b[0md",
			[]string{
				`<text x="14" y="45.3" textLength="8.4" fill="#0102FF">a</text>`,
				`<text x="22.4" y="45.3" textLength="8.4" fill="#FF0000">b</text>`,
				`<text x="30.8" y="45.3" textLength="8.4" fill="#800000">c</text>`,
				`<text x="39.2" y="45.3" textLength="8.4">d</text>`,
			},
		},
		{
			"colours go on in the next line", "\x1b[32ma\nb",
			[]string{
				`<text x="14" y="45.3" textLength="8.4" fill="#008000">a</text>`,
				`<text x="14" y="63.3" textLength="8.4" fill="#008000">b</text>`,
			},
		},
		{
			"one rectangle behind a row of blanks and two pens", "\x1b[48;2;0;0;9ma\x1b[1mb  \x1b[0m.",
			[]string{
				`<rect x="14" y="32" width="33.6" height="18" fill="#000009"/>`,
				`<text x="14" y="45.3" textLength="8.4">a</text>`,
				`<text x="22.4" y="45.3" textLength="8.4" font-weight="bold">b</text>`,
				`<text x="47.6" y="45.3" textLength="8.4">.</text>`,
			},
		},
		{
			"reverse", "\x1b[7ma",
			[]string{
				`<rect x="14" y="32" width="8.4" height="18" fill="#D7DCE2"/>`,
				`<text x="14" y="45.3" textLength="8.4" fill="#181A1F">a</text>`,
			},
		},
		{
			"escaping", `<&">`,
			[]string{`<text x="14" y="45.3" textLength="33.6">&lt;&amp;&#34;&gt;</text>`},
		},
		{
			"wide and combining characters", "温度e\u0301x",
			[]string{`<text x="14" y="45.3" textLength="50.4">温度e` + "\u0301" + `x</text>`},
		},
		{
			"wide characters on a colour", "\x1b[48;2;0;0;9m温",
			[]string{
				`<rect x="14" y="32" width="16.8" height="18" fill="#000009"/>`,
				`<text x="14" y="45.3" textLength="16.8">温</text>`,
			},
		},
		{
			"blocks of one colour are one path", "a▁█",
			[]string{
				`<path fill="#D7DCE2" d="M22.4 48h8.4v2h-8.4zM30.8 34h8.4v16h-8.4z"/>`,
				`<text x="14" y="45.3" textLength="8.4">a</text>`,
			},
		},
		{
			"braille dots 1, 6 and 8", "\u28a1",
			[]string{`<path fill="none" stroke="#D7DCE2" stroke-width="2.6" stroke-linecap="round" d="M16.1 34.25h0M20.3 43.25h0M20.3 47.75h0"/>`},
		},
		{
			"lines", "─┤",
			[]string{`<path fill="none" stroke="#D7DCE2" d="M14 41H22.4M26.6 32V50M22.4 41H26.6"/>`},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := screenPart.FindAllString(string(draw(test.screen, "t")), -1)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestDocument draws what is hard on XML, several times, because the order of
// a map must not show.
func TestDocument(t *testing.T) {
	t.Parallel()
	screen := "\x1b[31m▁⣿─\x1b[32m▂⣿│\x1b[33m█⣿┼ <&>'\"\x00\x01\xff\u202e\x1b]0;no title\x07\x1b[2J\r\n\r\n"
	var first bytes.Buffer
	if err := run(strings.NewReader(screen), &first, "<t&>"); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if again := draw(screen, "<t&>"); !bytes.Equal(first.Bytes(), again) {
			t.Fatalf("the same screen gives two pictures:\n%s\n%s", first.Bytes(), again)
		}
	}
	for d := xml.NewDecoder(&first); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

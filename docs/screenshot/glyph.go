package main

import (
	"fmt"
	"strings"
)

// The characters of charts and borders are drawn, not written, because fonts
// leave gaps between them:
//
//   - block elements, U+2581 to U+2588, are filled from below by eighths, and
//     leave a little room to the row above;
//   - braille patterns, U+2800 to U+28FF, are round dots;
//   - light lines of the box drawing characters are strokes from the middle
//     of the cell to its edges.

// arms says which edges of its cell a line character reaches.
type arms struct{ up, right, down, left bool }

func lineArms(r rune) (arms, bool) {
	switch r {
	case '─':
		return arms{right: true, left: true}, true
	case '│':
		return arms{up: true, down: true}, true
	case '┌', '╭':
		return arms{right: true, down: true}, true
	case '┐', '╮':
		return arms{down: true, left: true}, true
	case '└', '╰':
		return arms{up: true, right: true}, true
	case '┘', '╯':
		return arms{up: true, left: true}, true
	case '├':
		return arms{up: true, right: true, down: true}, true
	case '┤':
		return arms{up: true, down: true, left: true}, true
	case '┬':
		return arms{right: true, down: true, left: true}, true
	case '┴':
		return arms{up: true, right: true, left: true}, true
	case '┼':
		return arms{up: true, right: true, down: true, left: true}, true
	}
	return arms{}, false
}

// shape says how a path is painted.
type shape uint8

const (
	filled shape = iota
	dotted       // zero-length strokes with round ends
	stroked
)

const blockHeight = cellHeight - 2

// glyph returns the character as the data of a path whose cell has its upper
// left corner at x, y; false if the character is to be written as text.
func glyph(r rune, x, y float64) (string, shape, bool) {
	switch {
	case r >= '▁' && r <= '█':
		h := blockHeight * float64(r-'▁'+1) / 8
		return fmt.Sprintf("M%s %sh%sv%sh-%sz", num(x), num(y+cellHeight-h), num(cellWidth), num(h), num(cellWidth)), filled, true
	case r >= 0x2800 && r <= 0x28FF:
		return brailleDots(r-0x2800, x, y), dotted, true
	}
	a, ok := lineArms(r)
	if !ok {
		return "", 0, false
	}
	return lines(a, x, y), stroked, true
}

// brailleDots draws the dots whose bits are set: 0 to 2 go down the left
// column, 3 to 5 down the right one, 6 and 7 are the lowest row.
func brailleDots(bits rune, x, y float64) string {
	var d strings.Builder
	for i := range 8 {
		if bits>>i&1 == 0 {
			continue
		}
		column, row := i/3, i%3
		if i >= 6 {
			column, row = i-6, 3
		}
		fmt.Fprintf(&d, "M%s %sh0", num(x+cellWidth*(0.25+0.5*float64(column))), num(y+cellHeight*(0.125+0.25*float64(row))))
	}
	return d.String()
}

func lines(a arms, x, y float64) string {
	middleX, middleY := x+cellWidth/2, y+cellHeight/2
	left, top, right, bottom := middleX, middleY, middleX, middleY
	if a.up {
		top = y
	}
	if a.down {
		bottom = y + cellHeight
	}
	if a.left {
		left = x
	}
	if a.right {
		right = x + cellWidth
	}
	var d string
	if a.up || a.down {
		d += fmt.Sprintf("M%s %sV%s", num(middleX), num(top), num(bottom))
	}
	if a.left || a.right {
		d += fmt.Sprintf("M%s %sH%s", num(left), num(middleY), num(right))
	}
	return d
}

package main

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	uv "github.com/charmbracelet/ultraviolet"
)

// Measures in the picture's units. A cell is as wide as a character of the
// usual monospace fonts at this size.
const (
	fontSize   = 14.0
	cellWidth  = 8.4
	cellHeight = 18.0
	baseline   = 13.3 // below the cell's upper edge
	padding    = 14.0
	titleBar   = 32.0
)

// The colours of a terminal that nobody has set.
const (
	background = "#181A1F"
	foreground = "#D7DCE2"
	border     = "#3A3F4B"
)

const fonts = `ui-monospace,'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,monospace`

// pen is how a cell is painted. An empty back is the window's background.
type pen struct {
	fore, back string
	bold       bool
}

// ink is a path that grows: all shapes of one kind and colour.
type ink struct {
	shape  shape
	colour string
}

// canvas collects what is on the screen, in the order of painting.
type canvas struct {
	backs, texts bytes.Buffer
	shapes       map[ink]*bytes.Buffer
}

// draw returns the screen as an SVG document.
func draw(screen, title string) []byte {
	text := uv.NewStyledString(strings.TrimSuffix(screen, "\n"))
	cells := uv.NewScreenBuffer(text.WcWidth(), text.Height())
	text.Draw(cells, cells.Bounds())

	c := canvas{shapes: make(map[ink]*bytes.Buffer)}
	for row, line := range cells.Lines {
		c.line(line, titleBar+cellHeight*float64(row))
	}
	width := 2*padding + cellWidth*float64(cells.Width())
	height := titleBar + cellHeight*float64(cells.Height()) + padding

	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]s" height="%[2]s" viewBox="0 0 %[1]s %[2]s" role="img">`+"\n",
		num(width), num(height))
	fmt.Fprintf(&b, "<title>%s</title>\n", escape(title))
	window(&b, width, height, title)
	fmt.Fprintf(&b, `<g shape-rendering="crispEdges">`+"\n%s</g>\n", c.backs.Bytes())
	c.paths(&b)
	fmt.Fprintf(&b, `<g font-family="%s" font-size="%s" fill="%s">`+"\n%s</g>\n</svg>\n",
		fonts, num(fontSize), foreground, c.texts.Bytes())
	return b.Bytes()
}

// window draws the frame around the screen.
func window(b *bytes.Buffer, width, height float64, title string) {
	fmt.Fprintf(b, `<rect x=".5" y=".5" width="%s" height="%s" rx="9" fill="%s" stroke="%s"/>`+"\n",
		num(width-1), num(height-1), background, border)
	for i := range 3 {
		fmt.Fprintf(b, `<circle cx="%s" cy="16" r="5.5" fill="%s"/>`+"\n", num(20+18*float64(i)), border)
	}
	fmt.Fprintf(b, `<text x="%s" y="20.5" text-anchor="middle" font-family="%s" font-size="12.5" fill="#8B93A1">%s</text>`+"\n",
		num(width/2), fonts, escape(title))
}

// line paints one row of cells whose upper edge is at y.
func (c *canvas) line(line uv.Line, y float64) {
	c.background(line, y)
	for at := 0; at < len(line); {
		if x := left(at); c.glyph(&line[at], x, y) {
			at++
			continue
		}
		n := textLength(line[at:])
		c.text(line[at:at+n], left(at), y)
		at += max(n, 1)
	}
}

// background paints neighbours of one colour as one rectangle.
func (c *canvas) background(line uv.Line, y float64) {
	for at := 0; at < len(line); {
		end, back := at+1, penOf(&line[at]).back
		for end < len(line) && (line[end].Width == 0 || penOf(&line[end]).back == back) {
			end++
		}
		if back != "" {
			fmt.Fprintf(&c.backs, `<rect x="%s" y="%s" width="%s" height="%s" fill="%s"/>`+"\n",
				num(left(at)), num(y), num(cellWidth*float64(end-at)), num(cellHeight), back)
		}
		at = end
	}
}

// glyph draws a cell that is no text, and says whether it was one.
func (c *canvas) glyph(cell *uv.Cell, x, y float64) bool {
	r, size := utf8.DecodeRuneInString(cell.Content)
	if size == 0 || size != len(cell.Content) {
		return false
	}
	data, shape, ok := glyph(r, x, y)
	if ok {
		key := ink{shape, penOf(cell).fore}
		if c.shapes[key] == nil {
			c.shapes[key] = new(bytes.Buffer)
		}
		fmt.Fprint(c.shapes[key], data)
	}
	return ok
}

// textLength is how many cells from the first on are one run of text: of one
// pen, without glyphs, and with no more than one space between words, so that
// columns start at their own cells. It is 0 if the first cell is blank.
func textLength(line uv.Line) int {
	first, n := penOf(&line[0]), 0
	for i := range line {
		cell := &line[i]
		if cell.Width == 0 {
			if n == i {
				n++ // the right half of a wide character
			}
			continue
		}
		r, _ := utf8.DecodeRuneInString(cell.Content)
		if _, _, drawn := glyph(r, 0, 0); drawn || penOf(cell) != first {
			break
		}
		if blank(cell) {
			if i == 0 || i > n {
				break
			}
			continue
		}
		n = i + 1
	}
	return n
}

// text writes cells of one pen, stretched to the width of their cells.
func (c *canvas) text(cells uv.Line, x, y float64) {
	if len(cells) == 0 {
		return
	}
	p := penOf(&cells[0])
	fmt.Fprintf(&c.texts, `<text x="%s" y="%s" textLength="%s"`, num(x), num(y+baseline), num(cellWidth*float64(len(cells))))
	if p.fore != foreground {
		fmt.Fprintf(&c.texts, ` fill="%s"`, p.fore)
	}
	if p.bold {
		c.texts.WriteString(` font-weight="bold"`)
	}
	fmt.Fprintf(&c.texts, ">%s</text>\n", escape(cells.String()))
}

// paths writes what glyph collected, sorted, because maps are not.
func (c *canvas) paths(b *bytes.Buffer) {
	keys := make([]ink, 0, len(c.shapes))
	for key := range c.shapes {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b ink) int {
		return cmp.Or(cmp.Compare(a.shape, b.shape), strings.Compare(a.colour, b.colour))
	})
	for _, key := range keys {
		paint := `fill="` + key.colour + `"`
		switch key.shape {
		case filled:
		case dotted:
			paint = `fill="none" stroke="` + key.colour + `" stroke-width="2.6" stroke-linecap="round"`
		case stroked:
			paint = `fill="none" stroke="` + key.colour + `"`
		}
		fmt.Fprintf(b, `<path %s d="%s"/>`+"\n", paint, c.shapes[key].Bytes())
	}
}

func blank(c *uv.Cell) bool { return strings.TrimSpace(c.Content) == "" }

func penOf(c *uv.Cell) pen {
	p := pen{fore: hex(c.Style.Fg), back: hex(c.Style.Bg), bold: c.Style.Attrs&uv.AttrBold != 0}
	if c.Style.Attrs&uv.AttrReverse != 0 {
		p.fore, p.back = cmp.Or(p.back, background), cmp.Or(p.fore, foreground)
	}
	p.fore = cmp.Or(p.fore, foreground)
	return p
}

// hex returns the colour as SVG has it; "" for nil, the terminal's own.
func hex(c color.Color) string {
	if c == nil {
		return ""
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02X%02X%02X", r>>8, g>>8, b>>8)
}

func left(column int) float64 { return padding + cellWidth*float64(column) }

// num is a coordinate, to a hundredth.
func num(v float64) string {
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}

func escape(s string) string {
	var b strings.Builder
	// A strings.Builder never fails.
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

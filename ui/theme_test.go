package ui_test

import (
	"image/color"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"labtop/ui"
)

// TestContrast: whatever is to be read stands out from what is behind it, as WCAG 2.2 asks
// for (4.5:1); on the dark cursor's line what is dim does less (3:1).
func TestContrast(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		theme        string
		text, ground color.RGBA // the terminal's own
		least        float64
	}{
		{"light", color.RGBA{36, 36, 36, 255}, color.RGBA{255, 255, 255, 255}, 4.5},
		{"dark", color.RGBA{220, 223, 228, 255}, color.RGBA{24, 26, 31, 255}, 3},
	} {
		t.Run(tt.theme, func(t *testing.T) {
			t.Parallel()
			s := troubled(t, trouble(), 200, 60, func(o *ui.Options) { o.Theme = tt.theme })
			seen := map[string]bool{}
			for _, screen := range "12345?" {
				s.Press(string(screen))
				inks(s.Frame(), tt.text, tt.ground, func(text string, ink, behind color.RGBA) {
					if r := contrast(ink, behind); r < tt.least && !seen[text] {
						seen[text] = true
						t.Errorf("screen %c: %q has a contrast of %.1f", screen, text, r)
					}
				})
			}
		})
	}
}

// sgr is a sequence that sets colours, and the text up to the next.
var sgr = regexp.MustCompile(`\x1b\[([0-9;]*)m([^\x1b]*)`)

// inks calls f with each piece of a picture that holds letters or figures, and its colours.
func inks(frame string, text, ground color.RGBA, f func(text string, ink, behind color.RGBA)) {
	ink, behind := text, ground
	for _, m := range sgr.FindAllStringSubmatch(frame, -1) {
		codes := strings.Split(m[1], ";")
		for i := 0; i < len(codes); i++ {
			rgb := func() (c color.RGBA) {
				n := [3]uint8{}
				for j := range n {
					v, _ := strconv.ParseUint(codes[i+2+j], 10, 8)
					n[j] = uint8(v)
				}
				i += 4
				return color.RGBA{n[0], n[1], n[2], 255}
			}
			switch codes[i] {
			case "", "0":
				ink, behind = text, ground
			case "38":
				ink = rgb()
			case "48":
				behind = rgb()
			}
		}
		if strings.ContainsFunc(m[2], func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			f(strings.TrimSpace(m[2]), ink, behind)
		}
	}
}

// contrast is that of two colours, from 1 to 21.
func contrast(a, b color.RGBA) float64 {
	bright := func(c color.RGBA) float64 {
		linear := func(v uint8) float64 {
			s := float64(v) / 255
			if s <= 0.04045 {
				return s / 12.92
			}
			return math.Pow((s+0.055)/1.055, 2.4)
		}
		return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
	}
	x, y := bright(a), bright(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

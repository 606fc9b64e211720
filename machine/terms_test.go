//go:build unix

package machine_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"labtop/testkit/binary"
	"labtop/testkit/pseudo"
)

// colours are how many colours a terminal is given.
type colours int

const (
	none colours = iota
	sixteen
	many // 256
	all  // 24 bits
)

var sgr = regexp.MustCompile(`\x1b\[([0-9;:]*)m`)

// most is the most demanding colour in the output.
func most(output string) colours {
	found := none
	for _, m := range sgr.FindAllStringSubmatch(output, -1) {
		for _, p := range regexp.MustCompile(`[34]8[;:]2[;:]|[34]8[;:]5[;:]|\b(3[0-7]|4[0-7]|9[0-7]|10[0-7])\b`).FindAllString(m[1], -1) {
			switch {
			case strings.HasSuffix(p, "2;") || strings.HasSuffix(p, "2:"):
				found = max(found, all)
			case strings.HasSuffix(p, "5;") || strings.HasSuffix(p, "5:"):
				found = max(found, many)
			default:
				found = max(found, sixteen)
			}
		}
	}
	return found
}

// TestTerms runs the demo on terminals of every name in every locale: it gives each no
// more colours than it has, none where the user wants none, and only ASCII characters
// where the locale knows no others.
func TestTerms(t *testing.T) {
	t.Parallel()
	terms := map[string]colours{
		"vt100": none, "linux": sixteen, "xterm": sixteen,
		"screen": many, "tmux": many, "xterm-256color": many, "screen-256color": many, "tmux-256color": many, "xterm-kitty": all, "": none,
	}
	locales := map[string]bool{"": false, "LANG=C": true, "LANG=C.UTF-8": false, "LC_ALL=C": true, "LANG=de_DE.ISO-8859-1": true, "LANG=en_US.utf8": false}
	i := 0
	for term, has := range terms {
		for locale, ascii := range locales {
			i++
			wishes := []struct {
				name string
				has  colours
			}{{"", has}, {"NO_COLOR=1", none}, {"COLORTERM=truecolor", all}}
			for k, wish := range wishes {
				if k == 2 && (term == "" || term == "vt100") {
					continue // nobody's terminal
				}
				if k == 2 && (strings.HasPrefix(term, "screen") || strings.HasPrefix(term, "tmux")) {
					wish.has = many // what is behind the multiplexer counts for nothing
				}
				if (i+k)%4 != 0 && locale != "" && term != "xterm-256color" {
					continue // all pairs, not all triples
				}
				t.Run(fmt.Sprintf("%s %s %s", term, locale, wish.name), func(t *testing.T) {
					t.Parallel()
					env := slices.DeleteFunc([]string{"TERM=" + term, locale, wish.name}, func(s string) bool { return s == "" })
					s := start(t, pseudo.Options{}, env, "demo", "--speed", "20")
					s.Expect("LAB1")
					s.Type("\r") // the detail with its chart
					s.Expect("last messages")
					s.Type("?")
					s.Expect("Screens")
					began := time.Now()
					s.Type("\x03")
					s.ends(began, 130, soon)
					output := s.All()
					if got := most(output); got != wish.has {
						t.Errorf("colours of kind %d, want %d", got, wish.has)
					}
					text := ansi.Strip(output)
					if foreign := strings.IndexFunc(text, func(r rune) bool { return r >= 0x7f }); (foreign < 0) != ascii {
						t.Errorf("only ASCII: %v; at %q", foreign < 0, text[max(foreign-20, 0):min(max(foreign, 0)+20, len(text))])
					}
				})
			}
		}
	}
}

// TestDumbTerminal has a terminal that can nothing: it gets plain text.
func TestDumbTerminal(t *testing.T) {
	t.Parallel()
	for _, locale := range []string{"LANG=C", "LANG=C.UTF-8"} {
		t.Run(locale, func(t *testing.T) {
			t.Parallel()
			s := startCommand(t, pseudo.Options{}, []string{"TERM=dumb", locale}, binary.Command(t, "demo"))
			s.Expect("Total messages received: ")
			began := time.Now()
			s.Type("\x03")
			s.ends(began, 130, soon)
			output := s.All()
			if strings.Contains(output, "\x1b") {
				t.Errorf("escape sequences: %q", output)
			}
			if locale == "LANG=C" && strings.ContainsFunc(output, func(r rune) bool { return r >= 0x7f }) {
				t.Errorf("not only ASCII: %q", output)
			}
		})
	}
}

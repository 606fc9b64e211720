package hostile_test

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"labtop/testkit/attack"
	"labtop/testkit/oracle"
	"labtop/ui/painter"
	"labtop/ui/termwriter"
)

// TestTerminal plants every text in all fields at once, and puts each screen with
// some of the texts through the painter into the terminal of VS Code. It shows the
// picture that was drawn, each character in its own column, and nothing else happens.
func TestTerminal(t *testing.T) {
	t.Parallel()
	const hands = 2 // terminals, each with its share of the texts
	for hand := range hands {
		t.Run(strconv.Itoa(hand), func(t *testing.T) {
			t.Parallel()
			term := oracle.New(t, 80, 24)
			for k, c := range attack.All() {
				for i, p := range places() {
					if k%hands == hand && (i+k)%thin == 0 {
						checkTerminal(t, term, p, c)
					}
				}
			}
		})
	}
}

func checkTerminal(t *testing.T, term *oracle.Terminal, p place, c attack.Case) {
	t.Helper()
	frame := show(t, p, everything(c.Text)).Frame()
	stream, end := render(t, frame, p.width, p.height)
	if found := oracle.ScanStream(stream); len(found) > 0 {
		t.Errorf("%s, %s: %v", p.name, c.Name, found)
	}
	term.Open(p.width, p.height)
	_, _ = term.Write(stream[:end])
	s := term.State()
	if !slices.Equal(s.Titles, []string{"labtop"}) || len(s.Commands) != len(s.Titles) || s.Bells > 0 || len(s.Above) > 0 || !s.Alternate {
		t.Errorf("%s, %s: titles %q, commands %+v, %d bells, scrolled off %q, alternate %v", p.name, c.Name, s.Titles, s.Commands, s.Bells, s.Above, s.Alternate)
	}
	if want := []string{"\x1b[?2026;2$y"}; !slices.Equal(s.Replies, want) {
		t.Errorf("%s, %s: the terminal typed %q", p.name, c.Name, s.Replies)
	}
	for y, want := range cellsOf(frame) {
		if !slices.Equal(s.Cells[y], want) {
			t.Errorf("%s, %s: row %d is\n%q, drawn was\n%q", p.name, c.Name, y, strings.Join(s.Cells[y], "|"), strings.Join(want, "|"))
		}
	}
}

// cellsOf are the cells of a picture, as its widths were taken.
func cellsOf(frame string) [][]string {
	var rows [][]string
	for row := range strings.SplitSeq(ansi.Strip(frame), "\n") {
		var cells []string
		for _, r := range row {
			switch ansi.StringWidthWc(string(r)) {
			case 0:
				cells[len(cells)-1] += string(r)
			case 1:
				cells = append(cells, string(r))
			default:
				cells = append(cells, string(r), "")
			}
		}
		rows = append(rows, cells)
	}
	return rows
}

// still is a model that shows one picture.
type still string

func (still) Init() tea.Cmd                         { return nil }
func (s still) Update(tea.Msg) (tea.Model, tea.Cmd) { return s, nil }
func (s still) View() tea.View                      { return tea.NewView(string(s)) }

// render is what is written for a picture. At end the picture is complete and the
// program has not left its screen yet.
func render(t *testing.T, frame string, width, height int) (stream []byte, end int) {
	t.Helper()
	var out bytes.Buffer
	w := termwriter.New(&out, termwriter.Options{})
	shown := painter.NewModel(still(frame), w, painter.Options{Title: "labtop", AskSynchronized: true, FPS: 30})
	_ = shown.Init()
	_, _ = shown.Update(tea.WindowSizeMsg{Width: width, Height: height})
	if !w.Drain(time.Minute) {
		t.Fatal("the picture is never written")
	}
	end = out.Len()
	shown.Leave()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), end
}

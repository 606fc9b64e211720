package ui

import (
	"strconv"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"labtop/model"
	"labtop/safetext"
)

// focus is where the keys go on a screen with a list and a pane: to the list, to the pane
// beside it, or to the pane alone, which then has the whole screen. The zero value is the
// list.
type focus struct{ zoomed, inPane bool }

// onPane says whether keys go to the pane.
func (f *focus) onPane(l layout) bool { return f.zoomed || f.inPane && l.paneHeight > 0 }

// swap goes to the pane beside the list, or back.
func (f *focus) swap(l layout) { f.inPane = !f.inPane && l.paneHeight > 0 }

// leave goes back from the pane, one step; false when the list has the keys.
func (f *focus) leave() bool {
	was := *f
	if f.zoomed {
		f.zoomed = false
	} else {
		f.inPane = false
	}
	return *f != was
}

// reader is how the message under the cursor of a list is read as a whole, in the pane.
type reader struct {
	focus
	form   payloadForm
	scroll int // how many rows of the payload are above the screen
}

// handleKey takes the keys for reading a message, which is nil when there is none; false
// when it is another key.
func (r *reader) handleKey(msg tea.KeyPressMsg, k *keyMap, l layout, m *model.Message, now time.Time) bool {
	page := max(payloadRows(m, l.paneHeight, now), 1)
	switch {
	case key.Matches(msg, k.PageUp) && r.onPane(l): // where pages are the payload's
		r.scroll = max(r.scroll-page, 0)
	case key.Matches(msg, k.PageDown) && r.onPane(l):
		r.scroll += page
	case key.Matches(msg, k.Raw):
		r.form, r.scroll = (r.form+1)%payloadForms, 0
	case key.Matches(msg, k.Pane):
		r.swap(l)
	default:
		return false
	}
	return true
}

// payloadRows is how many rows of a pane of a height a message's payload has.
func payloadRows(m *model.Message, height int, now time.Time) int {
	properties := 0
	if m != nil {
		properties = len(propertyFacts(m, now))
	}
	return height - messageHeadRows - min(properties, mostProperties(height))
}

// messageHeadRows are the rows above a message's payload, without those of its properties,
// of which there are mostProperties at most in a pane of a height.
const messageHeadRows = 3

func mostProperties(height int) int { return max(height-messageHeadRows, 0) / 2 }

// maxPayloadRows is how far a payload can be scrolled; what is drawn of it costs
// what is above it too.
const maxPayloadRows = 5000

// message draws a message as a whole, as it is read, and keeps the payload where there is
// something to see. also is what is known of it besides, now the time.
func (p *pane) message(m *model.Message, now time.Time, also string, r *reader) []string {
	p.rule(safetext.Name(m.Topic), r.form.String())
	p.add(p.app.facts(m, also, p.width))
	p.properties(propertyFacts(m, now), 1, mostProperties(p.height))
	p.rows = append(p.rows, p.app.blank(p.width))
	most := max(p.height-len(p.rows), 1)
	r.scroll = min(r.scroll, maxPayloadRows)
	lines := payloadLines(m, r.form, p.width-2, r.scroll+most)
	r.scroll = max(min(r.scroll, len(lines)-most), 0)
	for _, text := range lines[r.scroll:] {
		p.text(RoleText, text)
	}
	return p.fill()
}

// facts are what is known of a message beside its topic and payload.
func (a *App) facts(m *model.Message, also string, width int) *line {
	row := a.line(width)
	row.space(1)
	row.put(RoleTitle, m.Time.Local().Format("2006-01-02 15:04:05.000"))
	item := func(role Role, text string) {
		if cells(text)+2 <= width-row.used {
			row.space(2)
			row.put(role, text)
		}
	}
	item(RoleText, "QoS "+strconv.Itoa(int(m.QoS)))
	if m.Retained {
		item(RoleText, "retained")
	}
	if m.Dup {
		item(RoleWarn, "DUP")
	}
	item(RoleText, count(m.Size)+" bytes")
	if m.Truncated() {
		item(RoleWarn, "cut: the first "+count(len(m.Payload))+" are kept")
	}
	item(RoleDim, also)
	return row
}

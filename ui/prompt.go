package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// prompt asks for a line of text, in the footer.
type prompt struct {
	label, hint string
	// typed takes the text whenever it changes, enter once it is done; esc is called
	// when it is given up. Each may be nil.
	typed, enter func(text string) tea.Cmd
	esc          func() tea.Cmd
}

// The longest texts that can be typed, in characters.
const (
	maxFilter = 256
	maxNote   = 500
)

// ask begins to ask; text is there already.
func (a *App) ask(p prompt, text string, most int) tea.Cmd {
	a.prompt = &p
	a.input.CharLimit = most
	a.input.SetValue(text)
	a.input.CursorEnd()
	_ = a.input.Focus()
	return nil
}

// answer ends the question.
func (a *App) answer() (text string, asked *prompt) {
	asked, a.prompt = a.prompt, nil
	a.input.Blur()
	return strings.TrimSpace(a.input.Value()), asked
}

func (a *App) handlePromptKey(msg tea.KeyPressMsg) tea.Cmd {
	switch msg.String() {
	case "enter":
		if text, p := a.answer(); p.enter != nil {
			return p.enter(text)
		}
		return nil
	case "esc":
		if _, p := a.answer(); p.esc != nil {
			return p.esc()
		}
		return nil
	}
	return a.updateInput(msg)
}

func (a *App) handlePaste(msg tea.PasteMsg) tea.Cmd {
	if a.prompt == nil {
		return nil
	}
	return a.updateInput(msg)
}

func (a *App) updateInput(msg tea.Msg) tea.Cmd {
	a.input, _ = a.input.Update(msg) // its commands only blink a cursor that is not drawn
	if a.prompt.typed == nil {
		return nil
	}
	return a.prompt.typed(strings.TrimSpace(a.input.Value()))
}

// putPrompt draws what is typed: of a long text the part before its cursor.
func (a *App) putPrompt(l *line) {
	l.put(RoleAccent, a.prompt.label+" ")
	text := []rune(a.input.Value())
	before, after := text[:a.input.Position()], string(text[a.input.Position():])
	room := max(l.width-l.used-1-min(cells(after), 10), 0)
	if cells(string(before)) > room {
		for len(before) > 0 && cells(string(before)) > room-1 {
			before = before[1:]
		}
		l.glyph(RoleDim, l.ellipsis(), 1)
	}
	l.put(RoleTitle, string(before))
	l.glyph(RoleAccent, a.sign("▏", "_"), 1)
	l.put(RoleTitle, after)
	l.put(RoleDim, "  "+a.prompt.hint)
}

// startFilter lets the filter be typed.
func (a *App) startFilter() tea.Cmd {
	if !a.screen.canFilter() {
		return nil
	}
	return a.ask(prompt{
		label: "filter", hint: "enter keep  esc clear  wildcards + and # work",
		typed: a.applyFilter,
		esc:   func() tea.Cmd { return a.applyFilter("") },
	}, a.screen.filter(), maxFilter)
}

func (a *App) applyFilter(filter string) tea.Cmd {
	if filter == a.screen.filter() {
		return nil
	}
	return a.screen.setFilter(filter)
}

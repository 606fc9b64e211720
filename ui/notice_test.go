package ui_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"labtop/ui"
)

// TestNoticeFades says something while the clock of what is shown stands still: it goes
// after a while, and not with one that was said before.
func TestNoticeFades(t *testing.T) {
	t.Parallel()
	l := course(t)
	synctest.Test(t, func(t *testing.T) {
		done := make(chan struct{})
		defer close(done)
		app := ui.New(ui.Options{Session: ui.Session{Store: l.Store}, Theme: "dark", Done: done})
		msgs := make(chan tea.Msg, 100)
		var run func(cmd tea.Cmd)
		run = func(cmd tea.Cmd) {
			if cmd == nil {
				return
			}
			go func() {
				msg := cmd()
				if batch, ok := msg.(tea.BatchMsg); ok {
					for _, c := range batch {
						run(c)
					}
				} else if msg != nil {
					msgs <- msg
				}
			}()
		}
		send := func(msg tea.Msg) {
			_, cmd := app.Update(msg)
			run(cmd)
		}
		// shown says whether the screen says a text after a while.
		shown := func(text string, after time.Duration) bool {
			time.Sleep(after)
			synctest.Wait()
			for len(msgs) > 0 {
				send(<-msgs)
				synctest.Wait()
			}
			return strings.Contains(app.View().Content, text)
		}
		run(app.Init())
		send(tea.WindowSizeMsg{Width: 100, Height: 24})
		shown("", time.Second)
		send(tea.KeyPressMsg{Code: 'y', Text: "y"})
		if !shown("copied the value", 3*time.Second) {
			t.Error("it was not said, or gone too soon")
		}
		send(tea.KeyPressMsg{Code: 'Y', Text: "Y"})
		if !shown("copied the topic", 3*time.Second) {
			t.Error("it went with the one before")
		}
		if shown("copied the topic", 2*time.Second) {
			t.Error("it is still said")
		}
	})
}

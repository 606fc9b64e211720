package ui

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// What moves a recorded session. The player's methods only leave a wish, so that they
// are called at once, in the order of the keys.

// handlePlayerKey acts on the keys of a recorded session; ok is false when it is none
// of them.
func (a *App) handlePlayerKey(msg tea.KeyPressMsg) (cmd tea.Cmd, ok bool) {
	k, p := &a.keys, a.session.Player
	if p == nil {
		return nil, false
	}
	now := p.Playback() // the last page may be of before the last wish
	step := now.step()
	switch {
	case key.Matches(msg, k.Pause):
		p.Play(!now.Playing)
	case key.Matches(msg, k.Rewind):
		a.seek(now.At.Add(-step))
	case key.Matches(msg, k.Forward):
		a.seek(now.At.Add(step))
	case key.Matches(msg, k.FarBack):
		a.seek(now.At.Add(-10 * step))
	case key.Matches(msg, k.FarOn):
		a.seek(now.At.Add(10 * step))
	case key.Matches(msg, k.Slower):
		p.SetSpeed(speedAfter(now.Speed, -1))
	case key.Matches(msg, k.Faster):
		p.SetSpeed(speedAfter(now.Speed, 1))
	case key.Matches(msg, k.StepMessage):
		p.Step("")
	case key.Matches(msg, k.StepDevice):
		return a.stepDevice(), true
	case key.Matches(msg, k.AlertBefore), key.Matches(msg, k.AlertNext):
		p.Jump(MarkAlert, key.Matches(msg, k.AlertNext))
	case key.Matches(msg, k.MarkBefore), key.Matches(msg, k.MarkNext):
		p.Jump(otherMarks, key.Matches(msg, k.MarkNext))
	case key.Matches(msg, k.Loop):
		p.Loop(!now.Loop)
	case key.Matches(msg, k.GoTo):
		return a.askTime(), true
	default:
		return nil, false
	}
	return a.moved(), true
}

// otherMarks are those that are no alerts.
const otherMarks = MarkNote | MarkGap | MarkLost

// moved shows at once what became of a wish.
func (a *App) moved() tea.Cmd {
	a.played.Playback = a.session.Player.Playback()
	return a.read()
}

// seek goes to a moment within the session.
func (a *App) seek(to time.Time) {
	p := &a.played
	if to.Before(p.Start) {
		to = p.Start
	}
	if to.After(p.End) {
		to = p.End
	}
	a.session.Player.Seek(to)
}

func (a *App) stepDevice() tea.Cmd {
	device := a.screen.subject().Device
	if device == "" {
		a.say("choose a device first")
		return nil
	}
	a.session.Player.Step(device)
	return a.moved()
}

// step is how far an arrow goes: about a hundredth of the session.
func (p *Playback) step() time.Duration {
	steps := [...]time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}
	i, hundredth := 0, p.length().Seconds()/100
	for i < len(steps)-1 && steps[i].Seconds()*steps[i+1].Seconds() <= hundredth*hundredth { // the next one is nearer
		i++
	}
	return steps[i]
}

// speeds are those that the keys choose from; 0, as fast as possible, comes last.
var speeds = [...]float64{0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 0}

// speedAfter is the next speed up or down; any other number may be the present one.
func speedAfter(speed float64, by int) float64 {
	if speed == 0 {
		return speeds[len(speeds)-1+min(by, 0)]
	}
	i, found := slices.BinarySearch(speeds[:len(speeds)-1], speed)
	if by < 0 || found {
		i += by
	}
	return speeds[max(min(i, len(speeds)-1), 0)]
}

// askTime lets a moment be typed.
func (a *App) askTime() tea.Cmd {
	return a.ask(prompt{
		label: "go to", hint: "14:32  +90s  -5m  50%",
		enter: func(text string) tea.Cmd {
			if text == "" || a.session.Player == nil {
				return nil
			}
			to, ok := a.played.parse(text)
			if !ok {
				a.say(quote(text) + " is no moment: write 14:32, 14:32:15, +90s, -5m or 50%")
				return nil
			}
			switch p := &a.played; {
			case strings.ContainsAny(text[:1], "+-"): // as far as it goes
			case to.Before(p.Start.Truncate(time.Minute)):
				a.say(quote(text) + " is before the start")
			case to.After(p.End):
				a.say(quote(text) + " is after the end")
			}
			a.seek(to)
			return a.moved()
		},
	}, "", maxFilter)
}

// parse reads a moment: a time of the day, with a date or without, how far it is from
// the present one, or how much of the session is before it.
func (p *Playback) parse(text string) (to time.Time, ok bool) {
	if share, found := strings.CutSuffix(text, "%"); found {
		n, err := strconv.ParseFloat(share, 64)
		if err != nil || !(n >= 0 && n <= 100) {
			return to, false
		}
		return p.Start.Add(time.Duration(n / 100 * float64(p.length()))), true
	}
	if text[0] == '+' || text[0] == '-' {
		if _, err := strconv.ParseFloat(text, 64); err == nil {
			text += "s"
		}
		d, err := time.ParseDuration(text)
		return p.At.Add(d), err == nil
	}
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if to, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return to, true
		}
	}
	for _, layout := range [...]string{"15:04:05", "15:04"} {
		if at, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return p.onSomeDay(at), true
		}
	}
	return to, false
}

// onSomeDay is a time of the day on the day that is shown; on the first day of the
// session that has it when that one does not.
func (p *Playback) onSomeDay(clock time.Time) time.Time {
	on := func(day time.Time, later int) time.Time {
		day = day.Local()
		return time.Date(day.Year(), day.Month(), day.Day()+later, clock.Hour(), clock.Minute(), clock.Second(), clock.Nanosecond(), time.Local)
	}
	holds := func(t time.Time) bool { return !t.Before(p.Start) && !t.After(p.End) }
	for _, to := range [...]time.Time{on(p.At, 0), on(p.Start, 0), on(p.Start, 1)} {
		if holds(to) {
			return to
		}
	}
	return on(p.At, 0)
}

// playerKeys are the keys of a recorded session that can act now: those that are
// needed most, and the others.
func (a *App) playerKeys() (most, others keyList) {
	k, p := &a.keys, &a.played
	if a.session.Player == nil {
		return nil, nil
	}
	space := "play"
	if p.Playing {
		space = "pause"
	}
	most.add(a.back != nil, footerKey(k.Live, ".", "live"))
	most.add(true, footerKey(k.Pause, "space", space))
	timed := p.length() > 0
	most.add(timed, footerKey(k.Forward, "←→", span(p.step())))
	alerts, marks := false, false
	for i := range p.timeline.Marks {
		alert := p.timeline.Marks[i].Kind == MarkAlert
		alerts, marks = alerts || alert, marks || !alert
	}
	most.add(timed, footerKey(k.Faster, "< >", "speed"))
	most.add(alerts, footerKey(k.AlertNext, "( )", "alert"))
	others.add(marks, footerKey(k.MarkNext, "{ }", "note/gap"))
	others.add(timed, footerKey(k.GoTo, "t", "go to"))
	others.add(!p.Ended, footerKey(k.StepMessage, "f F", "step"))
	others.add(true, k.Loop)
	return most, others
}

// clickBar seeks to where the timeline was clicked or the mouse is drawn along it.
func (a *App) clickBar(x, y int) (cmd tea.Cmd, ok bool) {
	bar := a.height - 1 - a.barHeight()
	if a.session.Player == nil || y < bar || y >= a.height-1 {
		return nil, false
	}
	at, on := a.track().moment(&a.played.Playback, x)
	if y == bar || !on {
		return nil, true
	}
	a.seek(at)
	return a.moved(), true
}

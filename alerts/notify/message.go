package notify

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"labtop/alerts"
	"labtop/model"
	"labtop/safetext"
)

// maxListed is how many alerts a message lists; the others are counted.
const maxListed = 10

// Message is what a [Sender] tells people: one alert, or several. It is not
// changed once it is made; all its texts are safe to print.
type Message struct {
	Time time.Time
	// Title says what it is about in a few words, Text one line for each alert
	// that is listed and one for the others.
	Title, Text string

	lines []line // all of them, the most urgent first
	// fires are all that fire, more those that fire and are not listed, lost those
	// that found the queue full.
	fires, more, lost tally
	// passed and over are the other lines.
	passed, over, moreQuiet int
}

func newMessage(now time.Time, lines []line, lost tally) *Message {
	slices.SortStableFunc(lines, byUrgency)
	m := &Message{Time: now, lines: lines, lost: lost}
	for i := range lines {
		l := &lines[i]
		switch l.kind {
		case fires:
			m.fires.add(l.alert.Severity)
		case passed:
			m.passed++
		case over:
			m.over++
		}
		switch {
		case i < maxListed:
		case l.kind == fires:
			m.more.add(l.alert.Severity)
		default:
			m.moreQuiet++
		}
	}
	m.Title = m.title()
	m.Text = m.text()
	return m
}

// listed are the lines that are told one by one.
func (m *Message) listed() []line { return m.lines[:min(len(m.lines), maxListed)] }

func (m *Message) title() string {
	if len(m.lines) == 1 {
		l := &m.lines[0]
		return "labtop: " + l.heading()
	}
	var parts []string
	if n := m.fires.sum(); n > 0 {
		parts = append(parts, count(n, "alert")+" ("+m.fires.String()+")")
	}
	if m.passed > 0 {
		parts = append(parts, fmt.Sprintf("%d came and went", m.passed))
	}
	if m.over > 0 {
		parts = append(parts, fmt.Sprintf("%d resolved", m.over))
	}
	return "labtop: " + strings.Join(parts, ", ")
}

func (m *Message) text() string {
	var b strings.Builder
	for i := range m.listed() {
		l := &m.lines[i]
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(l.heading())
		if detail := l.detail(); detail != "" {
			b.WriteString(": " + detail)
		}
	}
	if rest := m.rest(); rest != "" {
		b.WriteString("\n" + rest)
	}
	return b.String()
}

// rest counts what is not listed; empty when everything is.
func (m *Message) rest() string {
	var parts []string
	if n := m.more.sum(); n > 0 {
		parts = append(parts, strconv.Itoa(n)+" more "+plural(n, "alert")+": "+m.more.String())
	}
	if m.moreQuiet > 0 {
		parts = append(parts, fmt.Sprintf("%d more resolved", m.moreQuiet))
	}
	if n := m.lost.sum(); n > 0 {
		parts = append(parts, fmt.Sprintf("%d not told, the queue was full: %s", n, m.lost.String()))
	}
	return strings.Join(parts, "; ")
}

// oneLine is the message in at most so many characters, which end with the count
// of what is not said.
func (m *Message) oneLine(most int) string {
	l := &m.lines[0]
	text := l.heading()
	if detail := l.detail(); detail != "" {
		text += ": " + detail
	}
	var rest string
	if len(m.lines) > 1 {
		var more tally
		quiet := 0
		for i := range m.lines[1:] {
			if m.lines[i+1].kind == fires {
				more.add(m.lines[i+1].alert.Severity)
			} else {
				quiet++
			}
		}
		if n := more.sum(); n > 0 {
			rest = fmt.Sprintf(" + %d more %s: %s", n, plural(n, "alert"), more.String())
		}
		if quiet > 0 {
			rest += fmt.Sprintf(" + %d resolved", quiet)
		}
	}
	return cutText(text, most-len(rest)) + rest
}

// cutText returns the first so many characters of s, the last of them "…" when it
// is cut.
func cutText(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:max(most-1, 0)]) + "…"
}

// heading names the alert: "critical: too-hot on lab2".
func (l *line) heading() string {
	what := l.alert.Severity.String()
	switch l.kind {
	case passed:
		what += " came and went"
	case over:
		what = "resolved"
	}
	where := l.alert.Series.Name
	if where == "" {
		where = l.alert.Series.Device
	}
	text := what + ": " + safetext.CleanMax(l.alert.Rule, maxName)
	if where != "" {
		text += " on " + safetext.CleanMax(where, maxName)
	}
	return text
}

// detail says what was measured and what the rule says to it.
func (l *line) detail() string {
	a := &l.alert
	var parts []string
	if v := reading(a); v != "" {
		parts = append(parts, v)
	}
	if summary := safetext.CleanMax(a.Summary, maxText); summary != "" && l.kind != over {
		parts = append(parts, summary)
	}
	if l.kind == over && !a.Ended.IsZero() && !a.Fired.IsZero() {
		parts = append(parts, "after "+a.Ended.Sub(a.Fired).Round(time.Second).String())
	}
	if l.kind == passed && l.fired > 1 {
		parts = append(parts, fmt.Sprintf("%d times", l.fired))
	}
	return strings.Join(parts, ", ")
}

// reading is the metric with its value: "temperature 31.8 °C".
func reading(a *alerts.Alert) string {
	var parts []string
	for _, p := range []string{a.Series.Metric, valueText(a), a.Series.Unit} {
		if p != "" {
			parts = append(parts, safetext.CleanMax(p, maxName))
		}
	}
	return strings.Join(parts, " ")
}

func valueText(a *alerts.Alert) string {
	if a.Value.Kind == model.Number {
		return strconv.FormatFloat(a.Value.Num, 'g', 6, 64)
	}
	return a.Text
}

// String says how many there are of each: "2 critical, 15 warning".
func (t tally) String() string {
	var parts []string
	if t.critical > 0 {
		parts = append(parts, fmt.Sprintf("%d critical", t.critical))
	}
	if t.warning > 0 {
		parts = append(parts, fmt.Sprintf("%d warning", t.warning))
	}
	return strings.Join(parts, ", ")
}

func count(n int, what string) string { return strconv.Itoa(n) + " " + plural(n, what) }

func plural(n int, what string) string {
	if n == 1 {
		return what
	}
	return what + "s"
}

func name(s string) string { return safetext.CleanMax(s, maxName) }

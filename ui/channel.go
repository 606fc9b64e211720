package ui

import (
	"strconv"

	"labtop/safetext"
)

// Channel is how one way to tell of alerts does.
type Channel struct {
	// Name is what rules call it.
	Name string
	// Off says why it tells nothing; empty when it does.
	Off string
	// Sent counts what it told, Lost what it could not: messages that failed and
	// alerts that found its queue full.
	Sent, Lost uint64
	// Failing says that the last attempt failed, Problem why the last one that
	// failed did.
	Failing bool
	Problem string
}

// problem is what is wrong with the channel, for people.
func (c *Channel) problem() string {
	text := c.Off
	switch {
	case c.Off != "":
	case c.Lost > 0:
		text = count(c.Lost) + " failed"
		if c.Problem != "" {
			text += ": " + c.Problem
		}
	}
	return safetext.Clean(text)
}

func (c *Channel) role() Role {
	switch {
	case c.Failing:
		return RoleCritical
	case c.Lost > 0:
		return RoleWarn
	}
	return RoleDim
}

// failing says in the header which channels fail.
func (a *App) failing() string {
	const longest = 16
	name, n := "", 0
	for i := range a.alarm.channels {
		if c := &a.alarm.channels[i]; c.Failing {
			name, n = c.Name, n+1
		}
	}
	switch n {
	case 0:
		return ""
	case 1:
		return safetext.CleanMax(name, longest) + " fails"
	}
	return strconv.Itoa(n) + " channels fail"
}

// channelRows are the channels on the help screen.
func (a *App) channelRows(width int) [][]helpPart {
	if len(a.alarm.channels) == 0 {
		return nil
	}
	rows := [][]helpPart{{{RoleTitle, "Who is told of alerts", width}}}
	for i := range a.alarm.channels {
		c := &a.alarm.channels[i]
		rows = append(rows, []helpPart{
			{RoleAccent, "  " + safetext.CleanMax(c.Name, 16), 20},
			{RoleText, count(c.Sent) + " sent", 12},
			{c.role(), c.problem(), width - 32},
		})
	}
	return rows
}

// Package evilbroker plays brokers that do wrong, byte by byte: a table of
// [Cases], and a [Broker] that plays them on pipes and on sockets.
//
// The contract: a case says what a client gets and what it has to do about it,
// so the same table serves the guard, the source and the built program. A Broker
// belongs to one test and ends with it; any goroutine may call its methods. It
// never waits for a client that reads nothing longer than that client stays.
package evilbroker

import (
	"slices"
	"strings"
)

// End is what becomes of the connection after the script.
type End uint8

// The ends.
const (
	// Serve leaves the connection open and answers PINGREQ.
	Serve End = iota
	// Mute leaves the connection open and answers nothing more.
	Mute
	// HangUp closes the connection.
	HangUp
)

// Case is one thing that a broker may do. The client of the table is the one of
// user [User], who has a password, with one topic filter.
type Case struct {
	Name string

	// Connack is sent in answer to CONNECT; nil means [Accept], or [Accept5] when the
	// client speaks MQTT 5. Anything else is the end of the script.
	Connack []byte
	// Welcome is sent in place of [Accept] or [Accept5], and the script goes on; nil for
	// them.
	Welcome []byte
	// Puback is sent in answer to a PUBLISH with the packet id; nil for nothing.
	Puback func(id uint16) []byte
	// Suback is sent in answer to a SUBSCRIBE with the packet id; nil means that
	// QoS 0 is granted.
	Suback func(id uint16) []byte
	// Stream is sent after that, and then the letter x so often as Filler says.
	Stream []byte
	Filler int
	Then   End

	// Protocol is the rule of MQTT that is broken, as the client words it
	// after "protocol error: "; empty when none is.
	Protocol string
	// Problem and Hint are what the client says when the case ends the connection
	// and Protocol does not tell all; a * stands for the broker's host and port.
	Problem, Hint string
	// Lasting says that the client waits 30 s or more before it comes back.
	Lasting bool
	// Refused says that the client takes its filter for refused, Messages how
	// many messages it hands over before the end, if there is one.
	Refused  bool
	Messages int
}

// User is the user name with which the texts of the table come true.
const User = "ann"

// ClientID is the client id with which they do.
const ClientID = "me"

// Ends says whether the client has to end the connection, or sees its end.
func (c *Case) Ends() bool { return c.Protocol != "" || c.Problem != "" }

// Told is what people are told of the problem with the broker at an address, and
// what to do about it. Both are empty when the connection stays.
func (c *Case) Told(address string) (problem, hint string) {
	problem, hint = c.Problem, c.Hint
	if problem == "" && c.Protocol != "" {
		problem = "mqtt://* sent what MQTT forbids: protocol error: " + c.Protocol
	}
	return strings.ReplaceAll(problem, "*", address), strings.ReplaceAll(hint, "*", address)
}

// Named returns the case of that name. It panics when there is none.
func Named(name string) Case {
	all := Cases()
	return all[slices.IndexFunc(all, func(c Case) bool { return c.Name == name })]
}

// Cases is the whole table for a client of MQTT 3.1.1. No two have the same name.
func Cases() []Case {
	return slices.Concat(greetings(), answers(), goodAnswers(), malformed(), wellFormed(), ends())
}

// Package notify tells people and other programs of alerts: by the terminal's
// bell, a desktop notification, a command, a webhook, retained MQTT topics, or an
// Alertmanager.
//
// The contract: [Dispatcher.Tell] takes every transition of the alerts and returns
// at once, whatever the channels do. Each channel has a bounded queue and one
// goroutine; a channel that hangs delays no other and costs a bounded amount of
// memory. What is not told is counted.
//
// There are two kinds of channels. A [Sender] tells people, so it is limited and
// grouped:
//
//   - A rule is told of at most once in each [Channel.Every]; what happens to it
//     meanwhile comes together, in one message.
//   - A channel sends at most [Channel.PerMinute] messages a minute; what comes
//     beyond that waits and comes together.
//   - What comes within half a second comes together.
//   - A message lists ten alerts and counts the others: "17 more alerts: 2
//     critical, 15 warning".
//   - That an alert is over is told only when it was told that it fires.
//
// A [Mirror] shows other programs how the alerts stand. It gets the latest state of
// each alert, at most once a second, again until it has taken it.
//
// All text from outside is made safe to print before it leaves the package, and
// nothing of it ever becomes a part of a command line, a URL or a header.
package notify

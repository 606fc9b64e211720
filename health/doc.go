// Package health reads what a broker says of itself in its topics below $SYS, under
// the names of each family of brokers, and makes one report of it.
//
// The contract: a [Tracker] belongs to the store, which hands it each of the broker's
// own messages and guards it with its lock; a [Report] is a copy. The package reads no
// clock: time comes with the messages. Everything is bounded: so many nodes and
// bridges, so many bytes of a name.
//
// The rules are:
//
//   - A figure that the broker has not told is not offered; it is never zero.
//   - What is no whole number from 0 to 2^53 is not read: the last good figure stays.
//   - A total is never shown as a rate. A rate is one that the broker tells (an average
//     over a minute), or is made of two totals that came live, at their times.
//   - A stored message (retained) tells a figure but has no part in a rate: nobody knows
//     when it was said.
//   - Mosquitto says a figure again only when it has changed. So each time that it says
//     for how long it has been up, all its figures are said again.
//   - The nodes of a cluster make one report: see [Report].
package health

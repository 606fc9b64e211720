// Package model holds what labtop knows about a lab: messages, topics, devices,
// metrics and their history, kept in one [Store].
//
// The contract: one goroutine, the owner, calls [Store.Apply], [Store.Tick] and
// the setters; any goroutine may call the reading methods. Everything is
// bounded by [Limits], and what a bound costs is counted in [Counters]. The
// package never reads the clock: time comes with the messages and with Tick. It
// imports the standard library, the sanitizer and package health only, no MQTT and no
// terminal.
package model

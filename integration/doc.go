// Package integration tests the packages of labtop together: broker, boards,
// subscriber, monitor, store and screen, hours in moments.
package integration

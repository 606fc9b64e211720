// Package load has only tests: how fast labtop is, what it costs, and what that
// is beside other receivers of the same stream. The tests hold it to bars, with room
// for a slow machine; `make bench` makes one table of the figures. They run the
// built program on a pseudo-terminal, on Linux, whose /proc tells what it costs.
package load

// Package simulator holds an embedded MQTT broker and pretend devices that
// speak to any broker.
//
// The contract: a [Broker] serves MQTT 3.1.1 over in-process pipes and, only
// when asked, on loopback addresses. A [Lab] is a set of devices; each has its
// own connection, made by the caller's dial function, and its own two goroutines.
// Both wait for everything they started before they return. Devices follow the
// time package's clock, and all that they measure comes from one seed, so that
// a run can be repeated exactly. Readings that a device could not deliver are
// lost, as they are on a real board. A [Special] is a device on request, for a
// challenge of the course or for something that goes wrong in labs. The package
// knows nothing but MQTT.
package simulator

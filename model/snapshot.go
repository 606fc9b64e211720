package model

import (
	"hash/maphash"
	"iter"
	"slices"
)

// DeviceMetrics is a device with its metrics in reading order.
type DeviceMetrics struct {
	Device  Device
	Metrics []Metric
}

// Listing is a list of devices, each with its metrics in reading order, which must be
// taken before the next device is.
type Listing = iter.Seq2[Device, iter.Seq[Metric]]

// Listing lists all devices by name, the broker's own topics only when system is true.
// It copies a few metrics at a time, so that it needs little memory however many there
// are; what comes in between is in it or not. It ends early when the store is restored
// meanwhile. It is for reports; a screen uses a [View]. Any goroutine may use it, more
// than once.
func (s *Store) Listing(system bool) Listing {
	return func(yield func(Device, iter.Seq[Metric]) bool) { s.list(system, yield) }
}

// Devices returns a copy of all devices that Listing lists, from one state of a store
// that is restored. Any goroutine may call it.
func (s *Store) Devices(system bool) []DeviceMetrics {
	for {
		all := []DeviceMetrics{}
		if s.list(system, func(d Device, metrics iter.Seq[Metric]) bool {
			all = append(all, DeviceMetrics{d, slices.AppendSeq(make([]Metric, 0, d.Metrics), metrics)})
			return true
		}) {
			return all
		}
	}
}

// list yields what Listing does; false when the store was restored meanwhile, for then
// the rest is not in it any more.
func (s *Store) list(system bool, yield func(Device, iter.Seq[Metric]) bool) (whole bool) {
	l := listing{store: s}
	s.reading(func() { l.devices, l.restored = slices.Clone(s.devices), s.restored })
	if !system {
		l.devices = slices.DeleteFunc(l.devices, func(d *device) bool { return d.system })
	}
	slices.SortFunc(l.devices, func(a, b *device) int { return compareNatural(a.id, b.id) })
	ambiguous := sameNames(maphash.MakeSeed(), len(l.devices), func(i int) string { return l.devices[i].name })
	for i, d := range l.devices {
		var c Device
		var metrics []*metric
		l.read(func() { c, metrics = s.deviceCopy(d), d.metrics })
		c.Ambiguous = ambiguous(i)
		if l.over || !yield(c, func(yield func(Metric) bool) { l.metrics(metrics, yield) }) {
			break
		}
	}
	return !l.over
}

// listing is a way through the devices.
type listing struct {
	store    *Store
	devices  []*device
	restored uint64
	over     bool // the store was restored
	copies   []Metric
}

// metrics yields copies of metrics.
func (l *listing) metrics(metrics []*metric, yield func(Metric) bool) {
	for chunk := range slices.Chunk(metrics, chunkDevices) {
		l.copies = l.copies[:0]
		l.read(func() {
			for _, m := range chunk {
				l.copies = append(l.copies, l.store.metricCopy(m))
			}
		})
		for i := range l.copies {
			if !yield(l.copies[i]) {
				return
			}
		}
	}
}

// read calls f under the read lock, unless the store was restored.
func (l *listing) read(f func()) {
	l.store.reading(func() {
		if l.over = l.over || l.restored != l.store.restored; !l.over {
			f()
		}
	})
}

package model

import "slices"

// DeviceMetrics is a device with its metrics in reading order.
type DeviceMetrics struct {
	Device  Device
	Metrics []Metric
}

// Devices returns a copy of all devices by name, the broker's own topics only
// when system is true. Each device is whole, but they are not all of one
// moment: messages may come in between. It is for reports; a screen uses a
// [View]. Any goroutine may call it.
func (s *Store) Devices(system bool) []DeviceMetrics {
	v := NewView(s, system)
	for {
		if all, ok := v.all(); ok {
			return all
		}
	}
}

// all copies all that is listed, unless the store is restored meanwhile.
func (v *View) all() (all []DeviceMetrics, ok bool) {
	v.rebuild(Order{}, 0)
	s := v.store
	all, ok = make([]DeviceMetrics, 0, len(v.entries)), true
	for chunk := range slices.Chunk(v.entries, chunkDevices) {
		s.reading(func() {
			if ok = ok && v.restored == s.restored; !ok {
				return
			}
			for i := range chunk {
				all = append(all, s.deviceMetrics(&chunk[i]))
			}
		})
	}
	return all, ok
}

func (s *Store) deviceMetrics(e *entry) DeviceMetrics {
	d := DeviceMetrics{Device: s.deviceCopy(e.device), Metrics: make([]Metric, len(e.metrics))}
	d.Device.Ambiguous = e.ambiguous
	for i, m := range e.metrics {
		d.Metrics[i] = s.metricCopy(m)
	}
	return d
}

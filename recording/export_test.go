package recording

import "time"

// Output is a file that is being written.
type Output = output

// The recorder's bounds, for tests of them.
const (
	QueueMessages = queueMessages
	QueueBytes    = queueBytes
)

// StartRecorderTo is StartRecorder with files of a test's own.
func StartRecorderTo(o RecorderOptions, create func(path string, force bool) (Output, error)) (*Recorder, error) {
	o.create = create
	return StartRecorder(o)
}

// FeedUntil feeds a lab straight, up to so many messages and then up to a moment.
func FeedUntil(from Source, lab Lab, messages uint64, moment time.Time) error {
	f := feeder{from: from, lab: lab}
	defer f.flush()
	for f.messages < messages {
		if more, err := f.step(time.Time{}); err != nil || !more {
			return err
		}
	}
	for {
		if _, tick, err := f.due(); err != nil || !tick && f.entry.Kind == MessageEntry {
			return err
		}
		if more, err := f.step(moment); err != nil || !more {
			return err
		}
	}
}

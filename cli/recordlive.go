package cli

import (
	"errors"
	"fmt"

	"labtop/recording"
)

// recorderOptions are what the config says of the recording of a session on a
// broker of that name.
func recorderOptions(c *Config, broker string) recording.RecorderOptions {
	return recording.RecorderOptions{
		Path: c.Record, Force: c.Force, RotateBytes: c.Rotation.Bytes, RotateAfter: c.Rotation.After,
		Info: recording.Info{Program: readVersion().String(), Broker: broker},
	}
}

// startRecorder begins a recording, with a hint when it cannot.
func startRecorder(o recording.RecorderOptions) (*recording.Recorder, error) {
	r, err := recording.StartRecorder(o)
	if errors.Is(err, recording.ErrExists) {
		return nil, usageError(fmt.Errorf("%w; choose another name, or give --force", err))
	}
	return r, err
}

// endedEarly says in one line that a recording has ended by itself.
func endedEarly(err error) string {
	if errors.Is(err, recording.ErrNothing) || errors.Is(err, recording.ErrRemoved) {
		return crashed(err).Error()
	}
	return fmt.Sprintf("%v; the recording ends here, and is whole until here", crashed(err))
}

// recordBeside begins the recording that the config asks for; nil when it asks for
// none. That it has ended early is told on stderr.
func (a *app) recordBeside(c *Config) (*recording.Recorder, error) {
	if c.Record == "" {
		return nil, nil
	}
	o := recorderOptions(c, c.Broker.String())
	o.OnEnd = func(err error) { a.warn(endedEarly(err)) }
	return startRecorder(o)
}

// record begins the recording that the config asks for, if it does. tell gets one
// line if it, or one that is begun later, ends early; with nil that is said when the lab
// is left.
func (l *live) record(c *Config, tell func(string)) error {
	l.tape.options, l.tape.told = recorderOptions(c, l.name), tell
	if c.Record == "" {
		return nil
	}
	return l.tape.begin(c.Record)
}

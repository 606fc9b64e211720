package cli

import (
	"errors"
	"fmt"
	"time"

	"labtop/alerts"
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
// line if it ends early; with nil that is said when the lab is left.
func (l *live) record(c *Config, tell func(string)) error {
	if c.Record == "" {
		return nil
	}
	o := recorderOptions(c, l.name)
	o.OnEnd = func(err error) {
		l.log.Error("the recording has ended", keyReason, err.Error())
		if tell != nil {
			tell(endedEarly(err))
		}
	}
	recorder, err := startRecorder(o)
	if err != nil {
		return err
	}
	l.recorder, l.told = recorder, tell != nil
	l.monitor.RecordTo(recorder)
	return nil
}

// recordAlert records a step of an alert, if there is a recording.
func (l *live) recordAlert(t alerts.Transition) {
	if l.recorder == nil {
		return
	}
	a := &t.Alert
	l.recorder.Alert(t.Time, recording.Alert{
		Rule: a.Rule, Device: a.Series.Device, Metric: a.Series.Metric, Topic: a.Series.Topic, Path: a.Series.Path,
		From: t.From.String(), To: t.To.String(), Severity: a.Severity.String(), Text: a.Text, Summary: a.Summary,
	})
}

// endRecordingAt leaves out of the recording what comes from now on. The owner calls
// it.
func (l *live) endRecordingAt(now time.Time) {
	if l.recorder != nil {
		l.monitor.RecordTo(nil)
		l.recorder.EndAt(now)
	}
}

// endRecording closes the recording, if there is one. The error is without a word
// when it was told already.
func (l *live) endRecording() error {
	if l.recorder == nil {
		return nil
	}
	err := l.recorder.Stop()
	switch {
	case err == nil:
		return nil
	case l.told && l.recorder.Status().Ended:
		return &exitError{code: ExitFailure}
	}
	return errors.New(endedEarly(err))
}

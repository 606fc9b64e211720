package cli

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"labtop/alerts"
	"labtop/model"
)

// messageReader gives messages one by one, in their order, and io.EOF after the
// last. Another error says where it is wrong; nothing comes after it.
type messageReader interface {
	next() (model.Message, error)
}

// openMessages opens what `labtop log --json` has printed; "-" is stdin. Closing
// ends the reading.
func (a *app) openMessages(path string) (messageReader, io.Closer, error) {
	if path == "-" {
		return newLogReader("stdin", a.env.Stdin), io.NopCloser(nil), nil
	}
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, nil, usagef("there is no file %s; labtop log --json > FILE writes one", path)
		}
		return nil, nil, usageError(fmt.Errorf("cannot read the messages: %w", err))
	}
	return newLogReader(path, f), f, nil
}

// longestLine is how long a line may be, in bytes: a payload at its cap, each byte
// of it escaped.
const longestLine = 8 << 20

// logReader reads the lines of `labtop log --json`. The rules are:
//
//   - A line that is none ends the reading with an error that tells its number; a
//     line without an end at the end of the file, which a full disk or a kill
//     leaves, is left out.
//   - Members that are not known are left out, so that a newer labtop's lines can
//     be read.
//   - No line takes more memory than its bound.
type logReader struct {
	name string
	in   *bufio.Reader
	line int
	buf  []byte
	// topics keeps one string for each topic, as long as there are few.
	topics map[string]string
}

func newLogReader(name string, in io.Reader) *logReader {
	return &logReader{name: name, in: bufio.NewReaderSize(in, 64<<10), topics: map[string]string{}}
}

func (r *logReader) next() (model.Message, error) {
	for {
		line, ended, err := r.read()
		if err != nil {
			return model.Message{}, err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		m, err := r.parse(line)
		switch {
		case err == nil:
			return m, nil
		case !ended:
			return model.Message{}, io.EOF // cut off while it was written
		}
		return model.Message{}, r.wrong(err)
	}
}

func (r *logReader) wrong(err error) error {
	return usageError(fmt.Errorf("%s:%d: %w", r.name, r.line, err))
}

// read returns the next line without its end, and whether it had one. The line is
// valid until the next call.
func (r *logReader) read() (line []byte, ended bool, err error) {
	r.line++
	r.buf = r.buf[:0]
	for {
		part, err := r.in.ReadSlice('\n')
		if len(r.buf)+len(part) > longestLine {
			return nil, false, r.wrong(fmt.Errorf("the line is longer than %s", formatSize(longestLine)))
		}
		r.buf = append(r.buf, part...)
		switch {
		case err == nil:
			return r.buf[:len(r.buf)-1], true, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(r.buf) > 0:
			return r.buf, false, nil
		case errors.Is(err, io.EOF):
			return nil, false, io.EOF
		default:
			return nil, false, fmt.Errorf("reading %s: %w", r.name, err)
		}
	}
}

// parse reads one line.
func (r *logReader) parse(line []byte) (model.Message, error) {
	var l logLine
	if err := json.Unmarshal(line, &l); err != nil {
		return model.Message{}, errors.New("this is no line of labtop log --json")
	}
	m := model.Message{Time: l.Time, QoS: l.QoS, Retained: l.Retained, Dup: l.Dup, Size: l.Size}
	topic := l.Topic
	if l.TopicRaw != "" {
		raw, err := base64.StdEncoding.DecodeString(l.TopicRaw)
		if err != nil {
			return m, errors.New("topic_base64 is no base64")
		}
		topic = string(raw)
	}
	switch {
	case l.Payload != nil && l.Base64 != nil:
		return m, errors.New("payload and payload_base64 exclude each other")
	case l.Payload != nil:
		m.Payload = []byte(*l.Payload)
	case l.Base64 != nil:
		raw, err := base64.StdEncoding.DecodeString(*l.Base64)
		if err != nil {
			return m, errors.New("payload_base64 is no base64")
		}
		m.Payload = raw
	}
	switch {
	case l.Time.IsZero():
		return m, errors.New("the time is missing")
	case l.Time.Before(earliest) || l.Time.After(latest):
		return m, fmt.Errorf("the time %s is out of range", l.Time.Format(time.RFC3339))
	case topic == "" || len(topic) > 65535:
		return m, errors.New("the topic is missing or too long")
	case l.QoS > 2:
		return m, fmt.Errorf("the QoS is %d", l.QoS)
	}
	m.Size = max(m.Size, len(m.Payload))
	m.Topic = r.topic(topic)
	return m, nil
}

// The times that messages can have, so that sums of them do not overflow.
var (
	earliest = time.Date(1971, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2110, 1, 1, 0, 0, 0, 0, time.UTC)
)

// manyTopics is how many topics are kept as one string each.
const manyTopics = 100_000

func (r *logReader) topic(topic string) string {
	if known, ok := r.topics[topic]; ok {
		return known
	}
	if len(r.topics) < manyTopics {
		r.topics[topic] = topic
	}
	return topic
}

// replayed feeds messages to a store, in batches, until there are no more or stop
// says so. It returns how many there were.
func replayed(store *model.Store, in messageReader, stop func() error) (messages int, err error) {
	batch := make([]model.Message, 0, 256)
	last := time.Time{}
	for err == nil {
		var m model.Message
		if m, err = in.next(); err == nil {
			if messages == 0 {
				store.Tick(m.Time, model.SourceStats{})
			}
			messages++
			batch = append(batch, m)
			if m.Time.After(last) {
				last = m.Time
			}
		}
		if len(batch) > 0 && (err != nil || len(batch) == cap(batch)) {
			store.Apply(batch)
			batch = batch[:0]
			if err == nil {
				err = stop()
			}
		}
	}
	if messages > 0 {
		store.Tick(last.Add(alerts.Grace), model.SourceStats{})
	}
	if errors.Is(err, io.EOF) {
		err = stop()
	}
	return messages, err
}

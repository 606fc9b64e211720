package recording

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"
	"strconv"
	"time"

	"labtop/model"
)

// Writer writes one recording. One goroutine may use it. After an error it is
// of no more use: what was written before is a recording up to there.
type Writer struct {
	out      io.Writer
	pending  []byte // goes out with the next write
	channels channels
	chunk    *chunk
	chunks   uint64 // that are written
	index    []chunkPlace
	about    []group // the places of the metadata: that of the file, and those of clocks
	sequence uint32  // of the last record
	crc      uint32  // of all that is written
	size     int64
	start    uint64 // the times of the records in whole chunks
	end      uint64
	total    uint64 // messages in whole chunks
	held     uint64 // and in the chunk that is being filled
	granted  []model.Subscription
	said     saidProperties
}

// saidProperties are those that the file told last.
type saidProperties struct {
	properties *model.Properties
	text       []byte
	chunk      uint64 // in which it did, counted from 1; 0 when it never did
}

// NewWriter begins a recording. Each write to out is a whole number of records.
func NewWriter(out io.Writer, info Info) (*Writer, error) {
	w := &Writer{out: out, channels: newChannels(), start: math.MaxUint64}
	var err error
	if w.chunk, err = newChunk(); err != nil {
		return nil, fmt.Errorf("beginning a recording: %w", err)
	}
	b := appendRecord(slices.Clone(magic), opHeader, func(b []byte) []byte {
		return appendText(appendText(b, profile), info.Program)
	})
	w.pending = b
	w.tell(metadataName, []pair{
		{"broker", info.Broker},
		{"program", info.Program},
		{"started", info.Started.UTC().Format(time.RFC3339Nano)},
		{"version", strconv.Itoa(Version)},
	})
	return w, w.write()
}

// tell adds a metadata record, which goes out before the next chunk.
func (w *Writer) tell(name string, pairs []pair) {
	from := w.place()
	w.pending = appendRecord(w.pending, opMetadata, func(b []byte) []byte { return appendPairs(appendText(b, name), pairs) })
	w.about = append(w.about, group{opMetadata, from, w.place()})
}

// place is where the file ends, once what is pending is written.
func (w *Writer) place() int64 { return w.size + int64(len(w.pending)) }

// Message adds a message. A payload of more than [MaxPayload] bytes is cut. It
// keeps nothing of m.
func (w *Writer) Message(m *model.Message) error { return w.add(m.Time, m, 1) }

// Known adds what is known of a topic at a time, before the first message: the last one
// that came on it, whose Known is set.
func (w *Writer) Known(at time.Time, m *model.Message) error { return w.add(at, m, 0) }

// add adds a message to the records of a time; it is so many of those that are counted.
func (w *Writer) add(at time.Time, m *model.Message, counted uint64) error {
	payload := m.Payload[:min(len(m.Payload), MaxPayload)]
	if len(w.chunk.records)+len(payload) > 2*chunkBytes {
		if err := w.Flush(); err != nil {
			w.held += counted
			return err
		}
	}
	w.held += counted
	if err := w.tellProperties(at, m.Properties); err != nil {
		return err
	}
	if size := max(m.Size, len(m.Payload)); size > len(payload) {
		if err := w.event(at, kindCut, cutJSON{Size: size}); err != nil {
			return err
		}
	}
	if id := w.channels.of(m); id != 0 {
		w.begin(id, at, at, len(payload))
		w.chunk.records = append(w.chunk.records, payload...)
	} else {
		kind, cut := kindOverflow, *m
		if m.Known {
			kind = kindKnown
		}
		cut.Payload = payload
		packet := appendPublish(nil, &cut)
		w.begin(w.channels.ofKind(kind), at, m.Time, len(packet))
		w.chunk.records = append(w.chunk.records, packet...)
	}
	return w.flushFull()
}

// tellProperties tells those of a message, unless the last ones that the chunk has told are
// the same. A file without any tells nothing.
func (w *Writer) tellProperties(at time.Time, p *model.Properties) error {
	chunk := w.chunks + 1
	if p == w.said.properties && (w.said.chunk == chunk || w.said.chunk == 0) {
		return nil
	}
	text := PropertiesJSON(p)
	if text == nil {
		text = json.RawMessage(noProperties)
	}
	told := w.said.chunk == chunk && bytes.Equal(text, w.said.text)
	w.said = saidProperties{p, text, chunk}
	if told {
		return nil
	}
	return w.event(at, kindProperties, text)
}

// Connection adds a state of the connection as of a time, which is when it came to be
// so or, at the beginning of a file, later; and its subscriptions when they have
// changed.
func (w *Writer) Connection(at time.Time, c *model.Connection) error {
	if !slices.Equal(w.granted, c.Subscriptions) {
		w.granted = c.Subscriptions
		if err := w.event(at, kindSubscriptions, toSubscriptionsJSON(c.Subscriptions)); err != nil {
			return err
		}
	}
	return w.event(at, kindConnection, toConnectionJSON(c))
}

// Gap says that messages are missing here.
func (w *Writer) Gap(at time.Time, g Gap) error {
	g.From, g.To = utc(g.From), utc(g.To)
	return w.event(at, kindGap, g)
}

// Note adds a note.
func (w *Writer) Note(at time.Time, text string) error { return w.event(at, kindNote, noteJSON{text}) }

// Alert adds a step of an alert.
func (w *Writer) Alert(at time.Time, a Alert) error { return w.event(at, kindAlert, a) }

// Clock says that the clock was set by step, forward when positive, or that nobody
// listened for away.
func (w *Writer) Clock(at time.Time, step, away time.Duration) error {
	return w.clock(at, newClockJSON(step, away))
}

// clock adds an entry of the clock, at the beginning of a chunk, before which a metadata
// record tells of it: so the times of chunks can be understood without reading them. Those
// that no reader would follow are told by the entry alone.
func (w *Writer) clock(at time.Time, j *clockJSON) error {
	if len(w.about) <= mostSteps {
		if err := w.Flush(); err != nil {
			return err
		}
		w.tell(clockName, []pair{{"step", j.step().String()}})
	}
	return w.event(at, kindClock, j)
}

// Entry adds what was read from another recording. The end is left to Close.
func (w *Writer) Entry(e *Entry) error {
	switch e.Kind {
	case MessageEntry:
		return w.Message(&e.Message)
	case KnownEntry:
		return w.Known(e.Time, &e.Message)
	case ConnectionEntry:
		return w.Connection(e.Time, e.Connection)
	case GapEntry:
		return w.Gap(e.Time, e.Gap)
	case NoteEntry:
		return w.Note(e.Time, e.Note)
	case AlertEntry:
		return w.Alert(e.Time, e.Alert)
	case ClockEntry:
		return w.Clock(e.Time, e.Step, e.Away)
	}
	return nil
}

// event adds a record to one of the channels below labtop/.
func (w *Writer) event(at time.Time, kind string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("recording a %s: %w", kind, err)
	}
	w.begin(w.channels.ofKind(kind), at, at, len(data))
	w.chunk.records = append(w.chunk.records, data...)
	if kind == kindCut || kind == kindProperties { // it stays with its message
		return nil
	}
	return w.flushFull()
}

// begin adds the start of a message record, and the channel's definition before
// it when that is due.
func (w *Writer) begin(id uint16, at, published time.Time, n int) {
	if last := w.channels.defined[id]; last == 0 || w.chunks+1-last >= redefineAfter {
		w.channels.defined[id] = w.chunks + 1
		w.chunk.records = appendChannel(w.chunk.records, w.channels.all[id])
	}
	w.sequence++
	w.chunk.message(id, w.sequence, logTime(at), logTime(published), n)
	w.channels.counts[id]++
}

// logTime is a time as the format keeps it: nanoseconds since 1970, and none
// before or after the year 2262.
func logTime(t time.Time) uint64 {
	switch s := t.Unix(); {
	case s < 0:
		return 0
	case s >= maxTime/int64(time.Second):
		return maxTime
	}
	return uint64(t.UnixNano())
}

func (w *Writer) flushFull() error {
	if len(w.chunk.records) < chunkBytes {
		return nil
	}
	return w.Flush()
}

// Flush writes what was added since the last one, so that it outlives the process.
func (w *Writer) Flush() error {
	if len(w.chunk.records) == 0 {
		return nil
	}
	var place chunkPlace
	w.pending, place = w.chunk.appendTo(w.pending, w.place())
	if err := w.write(); err != nil {
		return err
	}
	w.start, w.end = min(w.start, place.start), max(w.end, place.end)
	w.total, w.held = w.total+w.held, 0
	w.chunk.reset()
	if w.chunks++; w.chunks <= maxIndexed {
		w.index = append(w.index, place)
	} else {
		w.index = nil
	}
	return nil
}

// write hands the pending bytes over, all at once.
func (w *Writer) write() error {
	n, err := w.out.Write(w.pending)
	if err != nil {
		return fmt.Errorf("writing the recording: %w", err)
	}
	w.size += int64(n)
	w.crc = crc32.Update(w.crc, crc32.IEEETable, w.pending)
	w.pending = w.pending[:0]
	if cap(w.pending) > 4*chunkBytes {
		w.pending = nil
	}
	return nil
}

// Close ends the recording at a time. It does not close what is written to.
func (w *Writer) Close(at time.Time) error {
	if err := w.event(at, kindEnd, struct{}{}); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	w.pending = w.appendEnd(w.pending, w.size, w.crc)
	return w.write()
}

// Size is how many bytes of whole records were written.
func (w *Writer) Size() int64 { return w.size }

// Messages is how many messages are in the file, and how many only in memory.
func (w *Writer) Messages() (written, held uint64) { return w.total, w.held }

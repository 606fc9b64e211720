package recording

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"labtop/model"
	"labtop/safetext"
)

// Reader reads a recording from its start: messages and what else happened, in the
// order in which they were recorded. That is the order of their times, except
// where the clock was set back. It trusts no index and needs none.
//
// Its memory is bounded whatever the file says. What is damaged is left out and
// counted; a file that was cut ends where it was cut.
type Reader struct {
	file     io.ReaderAt
	size     int64
	in       *bufio.Reader // at offset at
	body     []byte
	chunks   chunkDecoder
	ours     bool // labtop wrote it: sequences count
	info     Info
	records  []byte // what is left of the present chunk
	payloads slab
	stop     func() error // as in [File.StopBy]; nil for never
	readerState
}

// readerState is what changes while a recording is read, but for the bytes at hand.
type readerState struct {
	at    int64
	chunk int64 // where the present chunk is
	sure  int64 // what went wrong did so after this place
	work  int64 // how many bytes were looked at
	done  bool  // the recording's own end was read

	lacking bool // the chunk before the present place could not be read, which is counted

	channels []*channel // by id
	shared   bool       // others have the slice too
	topics   int        // bytes of their topics
	summary  bool       // the channels in the summary were looked at
	health   Health

	sequence   uint32 // of the last record
	cut        cutJSON
	cutAt      uint32            // the sequence of the record that cut is about
	properties *model.Properties // of the messages that follow
	granted    []model.Subscription
}

// channel is what is kept of a channel.
type channel struct {
	topic         string
	qos           byte
	retained, dup bool
	kind          string // of a channel below labtop/
}

// Health says how whole a recording is, as far as it was read.
type Health struct {
	// Cut says that the file was not closed: the program ended without warning,
	// the disk was full, or it is still being written.
	Cut bool
	// Damaged counts the places that could not be read, Lost the records that were
	// there, as far as the file tells.
	Damaged int
	Lost    uint64
	// Dropped counts the messages that its recorder could not keep, as its gaps tell.
	Dropped uint64
	// DamagedAfter, when it is not 0, is how many bytes of a compressed log could be
	// decompressed: damage that comes after them ends it.
	DamagedAfter int64
	// Skipped counts the messages that are none of MQTT's or, of a log, the lines that
	// hold none; FirstSkipped is the number of the first such line.
	Skipped      uint64
	FirstSkipped int
	// Rewritten says that the payloads of a log are not byte for byte what was
	// received, Altered counts those of which bytes are replaced or missing.
	Rewritten bool
	Altered   uint64
	// Sent counts the messages of a log that the program that wrote it had sent.
	Sent uint64
	// Torn says that the last line of a log has no end, so that its payload may be cut.
	Torn bool
}

// Errors of files that are no recordings.
var (
	// ErrFormat: the file is no recording.
	ErrFormat = errors.New("no recording and no log that can be read as one")
	// ErrNewer: the file needs a newer labtop.
	ErrNewer = errors.New("written by a newer labtop")
)

// NewReader begins to read a recording of so many bytes.
func NewReader(file io.ReaderAt, size int64) (*Reader, error) {
	chunks, err := newChunkDecoder()
	if err != nil {
		return nil, fmt.Errorf("reading a recording: %w", err)
	}
	r := &Reader{file: file, size: size, chunks: chunks}
	r.in = bufio.NewReaderSize(nil, 64<<10)
	r.seek(0)
	start := make([]byte, len(magic))
	if _, err := io.ReadFull(r.in, start); err != nil || !bytes.Equal(start, magic) {
		return nil, ErrFormat
	}
	r.at, r.sure = int64(len(magic)), int64(len(magic))-1
	return r, r.readHeader()
}

func (r *Reader) seek(at int64) {
	r.at = at
	r.in.Reset(io.NewSectionReader(r.file, at, r.size-at))
}

// readHeader reads what stands before the first chunk: what wrote the file, and
// for whom.
func (r *Reader) readHeader() error {
	op, body, err := r.record()
	if err != nil {
		return nil //nolint:nilerr // Next tells of it
	}
	header := fields{b: body}
	found := header.text()
	if op != opHeader || header.err != nil {
		r.seek(int64(len(magic)))
		return nil //nolint:nilerr // Next looks for a chunk, and tells of what it skips
	}
	if op, body, err = r.record(); err == nil && op == opMetadata {
		about := fields{b: body}
		if name := about.bytes(); string(name) == metadataName {
			if pairs := about.pairs("version", "program", "broker", "started"); about.err == nil {
				return r.readAbout(pairs)
			}
		}
	}
	r.seek(int64(len(magic)))
	if found != profile {
		const most = 40
		return fmt.Errorf("this MCAP file has the profile %q, not %q: %w", safetext.Clean(found[:min(len(found), most)]), profile, ErrFormat)
	}
	return nil
}

func (r *Reader) readAbout(about map[string]string) error {
	if v, err := strconv.Atoi(about["version"]); err == nil && v > Version {
		return fmt.Errorf("the recording needs a labtop that reads version %d of the format; this one reads %d: %w", v, Version, ErrNewer)
	}
	started, _ := time.Parse(time.RFC3339Nano, about["started"]) // zero when it is none
	r.info = Info{Program: about["program"], Broker: about["broker"], Started: started}
	r.ours = true
	return nil
}

// Info is what the recording says of itself; it is text from outside.
func (r *Reader) Info() Info { return r.info }

// Health is how whole the recording is, as far as it was read.
func (r *Reader) Health() Health { return r.health }

// Next reads the next entry into e. At the end it returns io.EOF; any other error
// is one of reading the file.
func (r *Reader) Next(e *Entry) error {
	for {
		for len(r.records) > 0 {
			op, body, ok := r.inChunk()
			switch {
			case !ok:
				r.damaged()
				r.records = nil
			case op == opChannel:
				r.define(body)
			case op == opMessage:
				if r.entry(body, e) {
					return nil
				}
			}
		}
		if err := r.nextChunk(); err != nil {
			return err
		}
	}
}

// inChunk takes the next record out of the present chunk.
func (r *Reader) inChunk() (op opcode, body []byte, ok bool) {
	if len(r.records) < recordHead {
		return 0, nil, false
	}
	op, length := opcode(r.records[0]), binary.LittleEndian.Uint64(r.records[1:])
	if op == opReserved || length > uint64(len(r.records)-recordHead) {
		return 0, nil, false
	}
	body = r.records[recordHead:][:length]
	r.records = r.records[recordHead+int(length):]
	return op, body, true
}

// damaged counts a place that could not be read.
func (r *Reader) damaged() { r.health.Damaged++ }

// define takes in a channel. One whose id is in use already stays as it is.
func (r *Reader) define(body []byte) {
	const most = 64<<10 + 4<<10 // a topic has 65 535 bytes at most
	if len(body) < 2 || len(body) > most || r.known(binary.LittleEndian.Uint16(body)) != nil {
		return
	}
	f := fields{b: body}
	id, _, topic, _ := f.uint16(), f.uint16(), f.bytes(), f.bytes()
	if r.topics+len(topic) > maxTopics {
		return
	}
	about := f.pairs("labtop", "qos", "retained", "dup")
	if f.err != nil {
		return
	}
	r.topics += len(topic)
	known := &channel{topic: string(topic), kind: about["labtop"], retained: about["retained"] == "true", dup: about["dup"] == "true"}
	if known.kind == "" {
		qos, err := strconv.ParseUint(about["qos"], 10, 8)
		if err != nil || qos > 2 {
			known.kind = "foreign"
		}
		known.qos = byte(qos)
	}
	if r.shared {
		r.channels, r.shared = slices.Clone(r.channels), false
	}
	for len(r.channels) <= int(id) {
		r.channels = append(r.channels, nil)
	}
	r.channels[id] = known
}

// known is a channel that was defined, or nil.
func (r *Reader) known(id uint16) *channel {
	if int(id) >= len(r.channels) {
		return nil
	}
	return r.channels[id]
}

// entry makes an entry of a message record; false when it holds none.
func (r *Reader) entry(body []byte, e *Entry) bool {
	if len(body) < messageHead {
		r.damaged()
		return false
	}
	id, sequence := binary.LittleEndian.Uint16(body), binary.LittleEndian.Uint32(body[2:])
	at := time.Unix(0, int64(min(binary.LittleEndian.Uint64(body[6:]), maxTime)))
	data := body[messageHead:]
	r.count(sequence)
	ch := r.channel(id)
	if ch == nil {
		r.health.Lost++
		return false
	}
	*e = Entry{Time: at}
	whole := ch.kind == kindOverflow || ch.kind == kindKnown
	if ch.kind != "" && !whole {
		return r.event(ch.kind, sequence, data, e)
	}
	m := &e.Message
	if whole {
		if !parsePublish(data, m) {
			r.damaged()
			return false
		}
		m.Payload = r.payloads.copy(m.Payload)
	} else {
		*m = model.Message{
			Topic: ch.topic, Payload: r.payloads.copy(data), Size: len(data),
			QoS: ch.qos, Retained: ch.retained, Dup: ch.dup,
		}
	}
	if r.cutAt == sequence && r.cut.Size > m.Size {
		m.Size = r.cut.Size
	}
	m.Time, m.Properties = at, r.properties
	if ch.kind == kindKnown {
		e.Kind, m.Known = KnownEntry, true
		m.Time = time.Unix(0, int64(min(binary.LittleEndian.Uint64(body[14:]), uint64(at.UnixNano())))) // never later
	}
	return true
}

// maxTime is the last moment that a [time.Time] can be made of.
const maxTime = 1<<63 - 1

// count sees from the sequence how many records were not read.
func (r *Reader) count(sequence uint32) {
	if missing := sequence - r.sequence - 1; r.ours && missing < 1<<31 {
		r.health.Lost += uint64(missing)
	}
	r.sequence = sequence
}

// channel finds a channel. When its definition was in a damaged place, the
// summary at the end of the file may still have it.
func (r *Reader) channel(id uint16) *channel {
	ch := r.known(id)
	if ch == nil && !r.summary {
		r.summary = true
		r.readSummary()
		ch = r.known(id)
	}
	return ch
}

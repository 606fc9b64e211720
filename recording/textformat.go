package recording

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Format is a kind of file that can be read.
type Format struct {
	// Name is how it is chosen, About what such a file is, for a sentence that begins
	// with "the file is".
	Name, About string
	// Lacks is what such a file does not tell.
	Lacks Lacks
}

// Lacks is a set of what a format does not tell.
type Lacks uint8

// What a format may not tell.
const (
	// LacksTimes: messages are placed one after another, see [File.Place].
	LacksTimes Lacks = 1 << iota
	// LacksDates: there is only the time of the day.
	LacksDates
	// LacksZone: times are taken for those of this machine's clock.
	LacksZone
	// LacksQoS, LacksRetained and LacksDup: it is 0, or never set.
	LacksQoS
	LacksRetained
	LacksDup
	// LacksBytes: a payload may not be byte for byte what was received.
	LacksBytes
)

// Formats are those that can be read, in the order in which they are tried.
func Formats() []Format {
	formats := append([]Format{{Name: MCAPFormat, About: "a recording"}}, captureFormats()...)
	for _, f := range textFormats() {
		formats = append(formats, f.Format)
	}
	return formats
}

// textFormat is how a log is read: cut into records, each of which holds a message or
// none.
type textFormat struct {
	Format
	// bare says that nothing comes after a payload, so that one that was cut looks like a
	// whole one.
	bare bool
	// cut begins to cut a text.
	cut func(in *window) cutter
	// parse reads the records that it is cut into.
	parse parser
	// suits says whether the first records can be such a log's, where it is not enough
	// that most of them hold messages; nil when it is.
	suits func(first [][]byte) bool
}

// parser reads a record; m is what those before it have told, from the start of the log
// on. The record is valid during the call, what it finds in it too.
type parser func(record []byte, m *memory, f *found) error

// memory is what the records of a log tell of those after them. A copy of it is all that
// must be kept to go on with another record at another time. Where nothing was read yet
// it is zero, but for the end of its stamps.
type memory struct {
	stamps stamps
	// table is the head of a table, rewritten that payloads were in [MosquittoFormat].
	table     tableHead
	rewritten bool
}

// beginning is the memory of a log that is read from its start; at is a time at or after
// its end.
func beginning(at time.Time) memory { return memory{stamps: stamps{end: at}} }

// found is a message that was found in a record.
type found struct {
	topic, payload []byte
	size           int       // the payload's true size when that is larger
	time           time.Time // zero when it is not told
	qos            byte
	retained, dup  bool
	// properties are those of MQTT 5 as JSON, see [propertiesJSON]; empty for none.
	properties []byte
	// lacks is what the record does not tell, beyond what its format never does.
	lacks Lacks
	// altered says that bytes of the payload are replaced or missing, rewritten that those
	// of all payloads of the log may be.
	altered, rewritten bool
	// sent says that the program that wrote the log had sent it.
	sent bool
}

// Errors of records.
var (
	// errRecord: it is none of the format's.
	errRecord = errors.New("it is no record of the format")
	// errNoMessage: it is one of the format's, and holds no message.
	errNoMessage = errors.New("it holds no message")
	// errHead: it tells of the records after it, such as the head of a table.
	errHead = errors.New("it tells of the records after it")
)

// textFormats are those that are known, in the order in which they are tried.
func textFormats() []textFormat {
	return []textFormat{
		labtopLog(), mosquittoJSON(), mosquittoFields(), mosquittoHex(),
		mqttui(), mqttx(), jsonObjects(), csvBase64(), csvTable(),
		tasmota(), zigbee2MQTT(), homeAssistant(), mosquittoStamped(), mosquittoVerbose(),
	}
}

// lookedBytes is how much of a log tells its format, unless its records are longer.
const lookedBytes = 64 << 10

// detect finds the format of a text by its first records: of one format most of them
// are, or the text is none that is known. It takes nothing from in, and reads on where
// the first records are long.
func detect(in *window, name string, at time.Time) (textFormat, error) {
	formats := textFormats()
	if name != "" {
		f, err := named(name)
		if err == nil {
			err = in.fill(lookedBytes)
		}
		if err != nil {
			return f, err
		}
		f.looksAt(in.text(), in.ended(), at)
		return f, nil
	}
	for size := lookedBytes; ; size *= 4 {
		if err := in.fill(size); err != nil {
			return textFormat{}, fmt.Errorf("reading the log: %w", err)
		}
		text := in.text()
		for _, f := range formats {
			if f.looksAt(text, in.ended(), at) {
				return f, nil
			}
		}
		if len(text) < size || size >= 1<<20 && bytes.IndexByte(text, '\n') >= 0 {
			return textFormat{}, refused(text)
		}
	}
}

// named is the text format of a name, or of what mosquitto_sub prints with a format.
func named(name string) (textFormat, error) {
	if strings.Contains(name, "%") {
		return templateFormat(name)
	}
	for _, f := range textFormats() {
		if f.Name == name {
			return f, nil
		}
	}
	return textFormat{}, ErrFormat
}

// looksAt says whether a text that begins so is one of the format's, and adds to what
// the format lacks what none of the messages tells. whole says that there is no more of
// the text.
func (f *textFormat) looksAt(start []byte, whole bool, at time.Time) bool {
	records := f.first(start, whole)
	if f.suits != nil && !f.suits(records) {
		return false
	}
	m := beginning(at)
	good, bad := 0, 0
	lacks := ^Lacks(0)
	for _, r := range records {
		var in found
		err := f.parse(r, &m, &in)
		if in.time.IsZero() {
			in.time = at
		}
		switch {
		case err == nil && sound(&in):
			good++
			lacks &= in.lacks
		case errors.Is(err, errHead), errors.Is(err, errNoMessage):
		default:
			bad++
		}
	}
	if good == 0 || good < bad {
		return false
	}
	f.Lacks |= lacks
	return true
}

// firstTime is the time of the first message that has one, as far as it is near; at when
// it is not. The messages before it are placed there.
func (f *textFormat) firstTime(in *window, at time.Time) time.Time {
	const near = 16 << 20
	if f.Lacks&LacksTimes != 0 {
		return at
	}
	for size := lookedBytes; ; size *= 4 {
		if in.fill(size) != nil { // whoever reads on is told
			return at
		}
		text := in.text()
		cut, m := f.cut(&window{buf: text, to: len(text), err: io.EOF}), beginning(at)
		for {
			r, err := cut.next()
			if err != nil {
				break
			}
			var in found
			if f.parse(r.text, &m, &in) == nil && !in.time.IsZero() {
				return in.time
			}
		}
		if len(text) < size || size >= near {
			return at
		}
	}
}

// first are the first records of a text, those that are blank apart.
func (f *textFormat) first(start []byte, whole bool) [][]byte {
	cut := f.cut(&window{buf: start, to: len(start), err: io.EOF})
	var records [][]byte
	for {
		r, err := cut.next()
		if err != nil || r.torn && !whole {
			return records
		}
		if len(bytes.TrimSpace(r.text)) > 0 {
			records = append(records, r.text)
		}
	}
}

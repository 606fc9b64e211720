package recording

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Names of tables of messages: those that mqtt_recorder writes, without a head, in the
// order topic, payload, QoS, retained, seconds since 1970 and seconds since the message
// before; and those of others, whose head has the keys that JSON has. The rules are:
//
//   - Between fields is a comma or, as spreadsheets save them, a semicolon or a tab.
//   - A field within quotes may hold these, line ends, and quotes twice each.
//   - mqtt_recorder writes payloads as they are or in base64, and does not say which. They
//     are base64 when all of the first ones can be and most of them are of a text; one of
//     two names, given to --format, says it else.
//   - Where a table has a head, a payload that begins with "b64:" and goes on as base64 is
//     one that was no text.
const (
	CSVFormat       = "csv"
	CSVBase64Format = "csv-base64"
)

func csvTable() textFormat {
	return table(CSVFormat, "a table of mqtt_recorder or one with a head", false)
}

func csvBase64() textFormat {
	return table(CSVBase64Format, "a table of mqtt_recorder with payloads in base64", true)
}

func table(name, about string, coded bool) textFormat {
	f := textFormat{
		Format: Format{name, about, LacksDup},
		cut: func(in *window) cutter {
			row := rowScan{separator: separatorOf(in.text())}
			return &lineCutter{in: in, goesOn: func(n int, line, _ []byte) bool { return row.within(n, line) }}
		},
		parse: tableReader{coded}.parse,
	}
	if coded {
		f.suits = areBase64
	}
	return f
}

// separatorOf is what stands between the fields of a text's first line.
func separatorOf(text []byte) byte {
	var counts [256]int
	inside := false
	for _, c := range text {
		if c == '\n' {
			break
		}
		inside = inside != (c == '"')
		if !inside {
			counts[c]++
		}
	}
	best := byte(',')
	for _, c := range []byte{';', '\t'} {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return best
}

// rowScan follows the lines of a row.
type rowScan struct {
	separator byte
	inside    bool // of quotes
}

// within says whether a row goes on after its n-th line.
func (r *rowScan) within(n int, line []byte) bool {
	if n == 0 {
		r.inside = false
	}
	if !r.inside && bytes.IndexByte(line, '"') < 0 {
		return false
	}
	starts, closed := !r.inside, false
	for _, c := range line {
		quote := c == '"'
		switch {
		case quote && r.inside:
			r.inside = false
		case quote && (starts || closed): // a second quote is one of the text
			r.inside = true
		}
		closed = quote && !r.inside
		starts = c == r.separator && !r.inside
	}
	return r.inside
}

// fieldsOf are the fields of a row.
func fieldsOf(row []byte, separator byte) (fields [][]byte) {
	for {
		if len(row) == 0 || row[0] != '"' {
			field, rest, more := bytes.Cut(row, []byte{separator})
			if fields = append(fields, field); !more {
				return fields
			}
			row = rest
			continue
		}
		var field []byte
		row = row[1:]
		for {
			part, rest, closed := bytes.Cut(row, []byte{'"'})
			field, row = append(field, part...), rest
			if !closed || len(row) == 0 || row[0] != '"' {
				break
			}
			field, row = append(field, '"'), row[1:]
		}
		rest, more := bytes.CutPrefix(row, []byte{separator})
		if fields = append(fields, field); !more {
			return fields
		}
		row = rest
	}
}

// tableReader reads the rows of a table.
type tableReader struct {
	coded bool // payloads are base64
}

// tableHead is how a table is to be read.
type tableHead struct {
	separator byte // 0 before the first row
	columns
	headed bool
}

// columns are where a table has what, -1 where it does not.
type columns struct{ topic, payload, coded, hex, qos, retained, time int }

func (t tableReader) parse(record []byte, m *memory, f *found) error {
	if head := &m.table; head.separator == 0 {
		head.separator = separatorOf(record)
		head.columns, head.headed = columnsOf(record, head.separator)
		if head.headed {
			return errHead
		}
	}
	fields := fieldsOf(record, m.table.separator)
	at := func(column int) string {
		if column < 0 || column >= len(fields) {
			return ""
		}
		return strings.TrimSpace(string(fields[column]))
	}
	c := m.table.columns
	if len(fields) <= max(c.topic, c.payload, c.coded, c.hex, c.qos, c.retained, c.time) {
		return errRecord
	}
	f.topic = fields[c.topic]
	return t.message(fields, at, m, f)
}

// message finds what is in the fields of a row beside the topic.
func (t tableReader) message(fields [][]byte, at func(int) string, m *memory, f *found) error {
	c := m.table.columns
	var err error
	switch {
	case c.coded >= 0:
		f.payload, err = base64.StdEncoding.DecodeString(at(c.coded))
	case c.hex >= 0:
		f.payload, err = hex.DecodeString(at(c.hex))
	case t.coded:
		f.payload, err = base64.StdEncoding.DecodeString(at(c.payload))
	default:
		f.payload, f.lacks = fields[c.payload], LacksBytes
		if coded, ok := bytes.CutPrefix(f.payload, []byte("b64:")); ok && m.table.headed {
			if decoded, err := base64.StdEncoding.DecodeString(string(coded)); err == nil {
				f.payload = decoded
			}
		}
	}
	if err != nil {
		return errRecord
	}
	if c.qos < 0 {
		f.lacks |= LacksQoS
	} else if n, err := strconv.ParseUint(at(c.qos), 10, 8); err != nil {
		return errRecord
	} else {
		f.qos = byte(n)
	}
	if c.retained < 0 {
		f.lacks |= LacksRetained
	} else if word := at(c.retained); !isTrue(word) && !isFalse(word) {
		return errRecord
	} else {
		f.retained = isTrue(word)
	}
	if c.time < 0 {
		f.lacks |= LacksTimes
		return nil
	}
	when, lacks, ok := m.stamps.read(at(c.time))
	if !ok {
		return errRecord
	}
	f.time, f.lacks = when, f.lacks|lacks
	return nil
}

// columnsOf are those of a table that begins with a row: what it says if it is a head, and
// else mqtt_recorder's.
func columnsOf(first []byte, separator byte) (c columns, headed bool) {
	if c, headed = headOf(fieldsOf(first, separator)); headed {
		return c, true
	}
	return columns{topic: 0, payload: 1, coded: -1, hex: -1, qos: 2, retained: 3, time: 4}, false
}

// headOf reads the head of a table. One of readings, such as labtop's own exports, has
// none of messages.
func headOf(fields [][]byte) (columns, bool) {
	names := make([]string, len(fields))
	for i, field := range fields {
		names[i] = bareKey(strings.TrimSpace(string(field)))
	}
	find := func(keys []string) int {
		return slices.IndexFunc(names, func(name string) bool { return slices.Contains(keys, name) })
	}
	c := columns{
		topic: find(topicKeys), payload: find(payloadKeys), coded: find(base64Keys), hex: find(hexKeys),
		qos: find([]string{"qos"}), retained: find(retainKeys), time: find(timeKeys),
	}
	readings := slices.Contains(names, "metric") || slices.Contains(names, "unit")
	return c, c.topic >= 0 && max(c.payload, c.coded, c.hex) >= 0 && !readings
}

// isFalse says whether a word says no, as isTrue does yes.
func isFalse(word string) bool {
	switch word {
	case "false", "False", "FALSE", "0":
		return true
	}
	return false
}

// areBase64 says whether the payloads of a table of mqtt_recorder are base64: all of them
// can be, and most are of a text.
func areBase64(first [][]byte) bool {
	if len(first) == 0 {
		return false
	}
	separator := separatorOf(first[0])
	c, headed := columnsOf(first[0], separator)
	if headed {
		first = first[1:]
	}
	if c.payload < 0 {
		return false
	}
	payloads, texts := 0, 0
	for _, record := range first {
		fields := fieldsOf(record, separator)
		if len(fields) <= c.payload || !headed && len(fields) < 5 || len(fields[c.payload]) == 0 {
			continue
		}
		payloads++
		decoded, err := base64.StdEncoding.DecodeString(string(fields[c.payload]))
		if err != nil {
			return false
		}
		if utf8.Valid(decoded) && bytes.IndexFunc(decoded, func(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\r\n", r) }) < 0 {
			texts++
		}
	}
	return texts > 0 && 2*texts >= payloads
}

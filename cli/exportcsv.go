package cli

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"labtop/model"
	"labtop/recording"
	"labtop/safetext"
)

// maxCell is how many bytes of a text a cell holds; spreadsheets take no more.
const maxCell = 32_000

// plainNumber is what a spreadsheet reads as a number and nothing else.
var plainNumber = regexp.MustCompile(`^[+-]?[0-9]+([.,][0-9]+)?([eE][+-]?[0-9]+)?$`)

// cell is a text from outside as a cell: safe to print, and text for a spreadsheet,
// which would take what begins like a formula for one. Numbers stay numbers. Where the
// decimal comma is usual, spreadsheets begin a cell after a semicolon.
func cell(text []byte) string {
	cut := ""
	if len(text) > maxCell {
		n := maxCell
		for n > maxCell-utf8.UTFMax && !utf8.RuneStart(text[n]) {
			n--
		}
		text, cut = text[:n], "…"
	}
	clean := safetext.CleanBytes(text) + cut
	if strings.IndexByte(clean, ';') < 0 {
		return noFormula(clean)
	}
	parts := strings.Split(clean, ";")
	for i, part := range parts {
		parts[i] = noFormula(part)
	}
	return strings.Join(parts, ";")
}

// noFormula is a text that no spreadsheet takes for a formula.
func noFormula(text string) string {
	start := strings.TrimLeft(text, ` "`)
	if start != "" && strings.IndexByte("=+-@", start[0]) >= 0 && !plainNumber.MatchString(text) {
		return "'" + text
	}
	return text
}

// figure is a value as a cell: a number, true, false, or nothing.
func figure(v model.Value) string {
	switch v.Kind {
	case model.Number:
		return strconv.FormatFloat(v.Num, 'g', -1, 64)
	case model.Bool:
		return strconv.FormatBool(v.Num != 0)
	}
	return ""
}

// momentCell is a time as a cell.
func momentCell(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// tidyTable is CSV with one line a reading.
type tidyTable struct {
	csv  *csv.Writer
	rows *recording.Rows
	line []string
	err  error
}

func newTidyTable(w *bufio.Writer, rows *recording.Rows) *tidyTable {
	t := &tidyTable{csv: csv.NewWriter(w), rows: rows}
	t.err = t.csv.Write([]string{"time", "device", "metric", "value", "unit", "text", "topic", "qos", "retained", "path"})
	return t
}

func (t *tidyTable) message(m *model.Message) error {
	if t.err != nil {
		return t.err
	}
	for _, r := range t.rows.Of(m) {
		t.line = append(t.line[:0], momentCell(r.Time), cell([]byte(r.Device)), cell([]byte(r.Metric)), figure(r.Value), cell([]byte(r.Unit)),
			cell(r.Text), cell([]byte(r.Topic)), strconv.Itoa(int(r.QoS)), strconv.FormatBool(r.Retained), cell([]byte(r.Path)))
		if err := t.csv.Write(t.line); err != nil {
			return err
		}
	}
	return nil
}

func (t *tidyTable) end() error {
	t.csv.Flush()
	return errors.Join(t.err, t.csv.Error())
}

// maxColumns is how many metrics a wide table has at most: more than any program
// reads.
const maxColumns = 16_000

// column is a metric of a wide table, and what came of it in the present line.
type column struct {
	key, title string
	sum        float64
	n          int
}

// wideTable is CSV with a column a metric and one line for each stretch of time in
// which something came.
type wideTable struct {
	csv     *csv.Writer
	rows    *recording.Rows
	every   time.Duration
	columns []*column
	byKey   map[string]*column
	start   time.Time // of the present line; zero before the first
}

func newWideTable(w *bufio.Writer, rows *recording.Rows, every time.Duration) *wideTable {
	return &wideTable{csv: csv.NewWriter(w), rows: rows, every: every, byKey: map[string]*column{}}
}

// columnKey is unique for a metric.
func columnKey(r *recording.Row) string { return r.Topic + "\x00" + r.Path }

// collect finds the columns. A retained message is state, not an event of its time.
func (t *wideTable) collect(m *model.Message) error {
	if m.Retained {
		return nil
	}
	for _, r := range t.rows.Of(m) {
		key := columnKey(&r)
		if !r.Value.Plottable() || t.byKey[key] != nil {
			continue
		}
		if len(t.columns) == maxColumns {
			return usagef("--wide: there are more than %d metrics; choose some with -t", maxColumns)
		}
		title := r.Device + " " + r.Label
		if r.Unit != "" {
			title += " (" + r.Unit + ")"
		}
		c := &column{key: key, title: cell([]byte(title))}
		t.columns, t.byKey[key] = append(t.columns, c), c
	}
	return nil
}

// begin writes the head of the table, the columns by name.
func (t *wideTable) begin() *wideTable {
	slices.SortFunc(t.columns, func(a, b *column) int { return cmp.Compare(a.key, b.key) })
	head := []string{"time"}
	for _, c := range t.columns {
		head = append(head, c.title)
	}
	_ = t.csv.Write(head) // end tells the error
	return t
}

func (t *wideTable) message(m *model.Message) error {
	if m.Retained {
		return nil
	}
	start := m.Time.Truncate(t.every)
	if !start.Equal(t.start) {
		if err := t.write(); err != nil {
			return err
		}
		t.start = start
	}
	for _, r := range t.rows.Of(m) {
		if c := t.byKey[columnKey(&r)]; c != nil && r.Value.Plottable() {
			c.sum += r.Value.Num
			c.n++
		}
	}
	return nil
}

// write writes the present line, if anything is in it.
func (t *wideTable) write() error {
	line, some := []string{momentCell(t.start)}, false
	for _, c := range t.columns {
		text := ""
		if c.n > 0 {
			text, some = strconv.FormatFloat(c.sum/float64(c.n), 'g', 12, 64), true
		}
		c.sum, c.n = 0, 0
		line = append(line, text)
	}
	if !some {
		return nil
	}
	return t.csv.Write(line)
}

func (t *wideTable) end() error {
	err := t.write()
	t.csv.Flush()
	return errors.Join(err, t.csv.Error())
}

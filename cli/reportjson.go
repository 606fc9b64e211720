package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"labtop/alerts"
	"labtop/model"
)

// writeReport prints a report with its devices, as encoding/json would with an indent of
// two blanks. It makes a device and a metric at a time: there may be very many.
func writeReport(w io.Writer, r *report, devices model.Listing, standing func(model.Key) alerts.Standing) error {
	p := newJSONPrinter(w)
	var device reportDevice // two for all: each in an interface of its own would be much garbage
	var metric reportMetric
	p.print(r, "devices", func() {
		for d, metrics := range devices {
			device = newReportDevice(&d)
			p.item(&device, "metrics", func() {
				for m := range metrics {
					metric = newReportMetric(&m, standing(keyOf(&d, &m)))
					p.item(&metric, "", nil)
				}
			})
			if p.err != nil {
				return
			}
		}
	})
	_, _ = p.w.WriteString("\n")
	if p.err == nil {
		p.err = p.w.Flush()
	}
	if p.err != nil {
		return fmt.Errorf("printing the state: %w", p.err)
	}
	return nil
}

// jsonPrinter prints JSON of which long lists are made as they are printed.
type jsonPrinter struct {
	w       *bufio.Writer
	text    bytes.Buffer
	encoder *json.Encoder
	depth   int
	first   bool // of the present list nothing is printed yet
	err     error
}

func newJSONPrinter(w io.Writer) *jsonPrinter {
	p := &jsonPrinter{w: bufio.NewWriterSize(w, 64<<10)}
	p.encoder = json.NewEncoder(&p.text)
	p.encoder.SetEscapeHTML(false)
	return p
}

// print prints v. What items prints takes the place of the list with a name, which must
// be empty in v; without a name there is none.
func (p *jsonPrinter) print(v any, list string, items func()) {
	p.text.Reset()
	p.encoder.SetIndent(p.indent(), "  ")
	if err := p.encoder.Encode(v); err != nil {
		p.err = err
		return
	}
	text := bytes.TrimSuffix(p.text.Bytes(), []byte("\n"))
	head, tail, found := text, []byte(nil), false
	if list != "" {
		head, tail, found = bytes.Cut(text, []byte(`"`+list+`": []`)) // a quote within a string has a backslash
	}
	_, p.err = p.w.Write(head)
	if !found {
		return
	}
	tail = bytes.Clone(tail)
	_, _ = p.w.WriteString(`"` + list + `": [`)
	p.depth += 2
	p.first = true
	items()
	if p.depth--; !p.first {
		_, _ = p.w.WriteString("\n" + p.indent())
	}
	p.depth--
	p.first = false
	_, _ = p.w.WriteString("]")
	if p.err == nil {
		_, p.err = p.w.Write(tail)
	}
}

// item prints v as the next of the present list.
func (p *jsonPrinter) item(v any, list string, items func()) {
	if p.err != nil {
		return
	}
	if !p.first {
		_, _ = p.w.WriteString(",")
	}
	p.first = false
	_, _ = p.w.WriteString("\n" + p.indent())
	p.print(v, list, items)
}

func (p *jsonPrinter) indent() string { return strings.Repeat("  ", p.depth) }

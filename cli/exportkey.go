package cli

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"labtop/model"
	"labtop/recording"
	"labtop/ui"
)

// exportKnown writes what a session knows of a metric, or of all of a device, as CSV
// into a file of the working directory. It returns its name and, where there are texts,
// that no more is known of them than what they say now.
func exportKnown(s ui.Session, k model.Key) (file string, err error) {
	known := s.Store.Recall(k)
	file, err = exportRecalled(s, k, known)
	isText := func(r model.Recalled) bool { return len(r.Readings) == 0 && r.Metric.Value.Kind == model.Text }
	if err == nil && slices.ContainsFunc(known, isText) {
		file += "; of a text only the last one is known"
	}
	return file, err
}

func exportRecalled(s ui.Session, k model.Key, known []model.Recalled) (file string, err error) {
	if len(known) == 0 {
		return "", errors.New("nothing is known of it any more")
	}
	name := cmp.Or(fileName(known[0].Device.Name), "device")
	if k.Topic != "" {
		name += "-" + cmp.Or(fileName(known[0].Metric.Label), "metric")
	}
	var out *recording.Draft
	err = firstFree(name, s.Store.Status().Now, ".csv", func(path string) (err error) {
		out, err = recording.NewDraft(path, false)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("the export cannot be written: %s", rootOf(err))
	}
	if err = writeKnown(out, known); err == nil {
		err = out.Keep()
	}
	if err != nil {
		return "", fmt.Errorf("the export cannot be written: %s", rootOf(errors.Join(err, out.Discard())))
	}
	return out.Name(), nil
}

// writeKnown writes one line a reading. Older ones are summed up: a line then says how
// many there are, with the last, the least and the greatest of them. A metric that is
// text has one line, of what it said last.
func writeKnown(out io.Writer, known []model.Recalled) error {
	w := bufio.NewWriterSize(out, 64<<10)
	table := csv.NewWriter(w)
	_ = table.Write([]string{"time", "device", "metric", "value", "unit", "text", "topic", "path", "min", "max", "readings", "until"})
	for i := range known {
		m, device := &known[i].Metric, known[i].Device.ID
		row := func(time, value, text, least, most string, n int, until string) {
			_ = table.Write([]string{ // Flush tells the error
				time, cell([]byte(device)), cell([]byte(m.Name)), value, cell([]byte(m.Unit)), text,
				cell([]byte(m.Topic)), cell([]byte(m.Path)), least, most, strconv.Itoa(n), until,
			})
		}
		for _, r := range known[i].Readings {
			figure := func(v float64) string {
				if r.N == 0 {
					return ""
				}
				return figure(model.Value{Kind: m.Value.Kind, Num: v})
			}
			row(momentCell(r.From), figure(r.Last), "", figure(r.Min), figure(r.Max), r.N, momentCell(r.Until))
		}
		if len(known[i].Readings) == 0 {
			row(momentCell(m.Time), figure(m.Value), cell([]byte(m.Text)), "", "", 1, momentCell(m.Time))
		}
	}
	table.Flush()
	return errors.Join(table.Error(), w.Flush())
}

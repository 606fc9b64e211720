package model_test

import (
	"strconv"
	"testing"

	"labtop/model"
)

// TestMisfits has texts come among numbers.
func TestMisfits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		said      []string
		want      string // the value: the number, or the text
		condition model.Condition
		text      string // as it was received last
	}{
		{"a garbled number", []string{"22.5", "2#.5"}, "22.5", model.NoReading, "2#.5"},
		{"two points", []string{"22.5", "22.5.1"}, "22.5", model.NoReading, "22.5.1"},
		{"an escape sequence", []string{"22.5", "\x1b[31m22.5"}, "22.5", model.NoReading, "␛[31m22.5"},
		{"JSON that was cut", []string{"22.5", `{"temperature":2`}, "22.5", model.NoReading, `{"temperature":2`},
		{"a single letter", []string{"22.5", "C"}, "22.5", model.NoReading, "C"},
		{"a complaint", []string{"22.5", "error"}, "22.5", model.NoReading, "error"},
		{"a complaint of two words", []string{"22.5", "Sensor FAILED"}, "22.5", model.NoReading, "Sensor FAILED"},
		{"a complaint with a number", []string{"22.5", "ERR 85"}, "22.5", model.NoReading, "ERR 85"},
		{"a long text", []string{"22.5", "this is not a word but a whole sentence of them"}, "22.5", model.NoReading, "this is not a word but a whole sentence of them"},
		{"a good one after it", []string{"22.5", "2#.5", "23.5"}, "23.5", model.Fine, "23.5"},
		{"three in a row", []string{"22.5", "a1", "a2", "a3"}, "22.5", model.NoReading, "a3"},
		{"four in a row: another kind of thing", []string{"22.5", "12:30", "12:31", "12:32", "12:33"}, "12:33", model.Fine, "12:33"},
		{"four in all", []string{"22.5", "a1", "a2", "23.5", "a3", "a4"}, "23.5", model.NoReading, "a4"},
		{"nan does not make them fewer", []string{"22.5", "a1", "a2", "nan", "a3", "a4"}, "a4", model.Fine, "a4"},
		{"after another kind of thing", []string{"22.5", "1:0", "1:1", "1:2", "1:3", "1:4"}, "1:4", model.Fine, "1:4"},
		{"brightness off", []string{"40", "off"}, "off", model.Fine, "off"},
		{"fan auto", []string{"40", "auto"}, "auto", model.Fine, "auto"},
		{"mode heat_cool", []string{"40", "heat_cool"}, "heat_cool", model.Fine, "heat_cool"},
		{"a word of another script", []string{"40", "выкл"}, "выкл", model.Fine, "выкл"},
		{"a word with marks", []string{"40", "ปิด"}, "ปิด", model.Fine, "ปิด"},
		{"garbage after a word", []string{"40", "auto", "4#"}, "4#", model.Fine, "4#"},
		{"a text first", []string{"v1.2", "v1.3"}, "v1.3", model.Fine, "v1.3"},
		{"a number after texts", []string{"v1.2", "22.5", "v1.3"}, "22.5", model.NoReading, "v1.3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, model.Limits{})
			for i, said := range tt.said {
				l.say(float64(i), "lab/t", said)
			}
			m := l.metric("lab/t", "")
			value := m.Text
			if m.Value.Kind == model.Number {
				value = number(m.Value.Num)
			}
			if value != tt.want || m.Condition != tt.condition || m.Text != tt.text || m.Count != uint64(len(tt.said)) {
				t.Errorf("%s, %v, %q, %d messages", value, m.Condition, m.Text, m.Count)
			}
			if n := len(l.Devices(true)[0].Metrics); n != 1 {
				t.Errorf("%d metrics", n)
			}
		})
	}
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// TestMisfitsInMembers has a text come in place of members.
func TestMisfitsInMembers(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	l.say(0, "lab/t", "a=1,b=2,mode=auto")
	l.say(1, "lab/t", `{"a":1,"b`)
	for path, condition := range map[string]model.Condition{"a": model.NoReading, "b": model.NoReading, "mode": model.Fine} {
		if m := l.metric("lab/t", path); m.Condition != condition {
			t.Errorf("%s: %v", path, m.Condition)
		}
	}
	l.say(2, "lab/t", "a=3,b=2 #,mode=auto")
	if m := l.metric("lab/t", "a"); m.Condition != model.Fine || m.Value.Num != 3 {
		t.Errorf("a: %+v", m)
	}
	if n := len(l.Devices(true)[0].Metrics); n != 3 {
		t.Errorf("%d metrics", n)
	}
	for i := range 5 { // it is what the topic holds now
		l.say(3+float64(i), "lab/t", "12:30")
	}
	if m := l.metric("lab/t", ""); m.Text != "12:30" || m.Condition != model.Fine {
		t.Errorf("the whole: %+v", m)
	}
}

// TestMisfitIsAGap looks at the history: what came is no point in it, and the line is
// interrupted; unless the message is a stored one.
func TestMisfitIsAGap(t *testing.T) {
	t.Parallel()
	for _, garbage := range []string{"2#.5", "\x00\x01"} {
		l := newLab(t, model.Limits{})
		for i, said := range []string{"1", "2", garbage, "3"} {
			l.say(float64(i)*10, "lab/t", said)
		}
		l.say(35, "lab/t", garbage, retained)
		m := l.metric("lab/t", "")
		if m.Plotted != 3 || m.Min != 1 || m.Max != 3 || m.Value.Num != 3 {
			t.Errorf("%+v", m)
		}
		gaps := 0
		page := model.NewView(l.Store, false).Read(model.Query{
			Height: 3, Cursor: model.Key{Device: "lab", Topic: "lab/t"}, Chart: &model.ChartQuery{Columns: 40},
		})
		for _, c := range page.Detail.Series[0].Columns {
			if c.Gap {
				gaps++
			}
		}
		if gaps != 1 {
			t.Errorf("%d gaps after %q", gaps, garbage)
		}
	}
}

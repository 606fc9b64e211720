package model_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"labtop/model"

	"pgregory.net/rapid"
)

// list is the ids and metrics of all lines: "a:temperature a:" and so on.
func list(lines []model.Line) string {
	var s []string
	for _, line := range lines {
		name := line.Device.Name + ":"
		if line.Metric != nil {
			name += line.Metric.Name
		}
		s = append(s, name)
	}
	return strings.Join(s, " ")
}

func TestSortings(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	for i := range 20 { // lab2 speaks each second, lab10 each 2 s, lab1 each 4 s until second 8
		second := float64(i)
		l.say(second, "d/lab2/x", "1")
		if i%2 == 0 {
			l.say(second, "d/lab10/x", "1")
		}
		if i%4 == 0 && i <= 8 {
			l.say(second, "d/lab1/x", "1")
		}
	}
	l.say(0, "d/lab3/x", "1", retained)
	l.say(1, "d/lab3/status", "offline", retained)
	l.tick(25)
	tests := []struct {
		sort model.Sort
		star string
		want string
	}{
		{model.SortName, "", "lab1:x lab2:x lab3:x lab10:x"},
		{model.SortName, "d/lab10", "lab10:x lab1:x lab2:x lab3:x"},
		{model.SortState, "", "lab3:x lab1:x lab2:x lab10:x"},
		{model.SortAge, "", "lab2:x lab10:x lab1:x lab3:x"},
		{model.SortRate, "", "lab2:x lab10:x lab1:x lab3:x"},
	}
	for _, test := range tests {
		t.Run(test.sort.String()+test.star, func(t *testing.T) {
			t.Parallel()
			order := model.Order{Sort: test.sort, Starred: map[string]bool{test.star: true}, FoldAll: true}
			p := model.NewView(l.Store, false).Read(model.Query{Order: order, Height: 20})
			if got := list(p.Lines); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if p.Lines[0].Starred != (test.star != "") {
				t.Error("star")
			}
		})
	}
}

// TestSeverityDecidesFirst sorts by state with alerts: the worst first, whatever
// the states.
func TestSeverityDecidesFirst(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	for _, device := range []string{"d/a", "d/b", "d/c", "d/d"} {
		l.say(0, device+"/x", "1")
	}
	l.say(1, "d/a/status", "offline")
	severity := map[string]int{"d/b": 1, "d/d": 2}
	order := model.Order{Sort: model.SortState, FoldAll: true, Severity: func(device string) int { return severity[device] }}
	v := model.NewView(l.Store, false)
	if got, want := list(v.Read(model.Query{Order: order, Height: 9}).Lines), "d:x b:x a:x c:x"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	order.Sort = model.SortName
	if got, want := list(v.Read(model.Query{Order: order, Version: 1, Height: 9}).Lines), "a:x b:x c:x d:x"; got != want {
		t.Errorf("by name: got %s, want %s", got, want)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	for _, topic := range []string{"d/lab1/temperature", "d/lab1/Humidity", "d/lab2/temperature", "e/C++/x"} {
		l.say(0, topic, "1")
	}
	tests := []struct{ filter, want string }{
		{"", "lab1:temperature lab1:Humidity lab2:temperature C++:x"},
		{"lab1", "lab1:temperature lab1:Humidity"},
		{"LAB1", "lab1:temperature lab1:Humidity"},
		{"humid", "lab1:Humidity"},
		{"temp", "lab1:temperature lab2:temperature"},
		{"d/+/temperature", "lab1:temperature lab2:temperature"},
		{"d/+/Temperature", ""},
		{"D/#", ""},
		{"d/lab1/#", "lab1:temperature lab1:Humidity"},
		{"#", "lab1:temperature lab1:Humidity lab2:temperature C++:x"},
		{"c++", "C++:x"},
		{"e/c#", ""},
		{"nothing", ""},
	}
	for _, test := range tests {
		t.Run(test.filter, func(t *testing.T) {
			t.Parallel()
			p := model.NewView(l.Store, false).Read(model.Query{Order: model.Order{Filter: test.filter}, Height: 20})
			got := strings.ReplaceAll(list(p.Lines), "lab1:Humidity lab1:temperature", "lab1:temperature lab1:Humidity")
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if test.want == "" && (p.Total != 0 || p.Cursor != -1 || p.Key != model.Key{}) {
				t.Errorf("empty list: %+v", p)
			}
		})
	}
}

func TestFolding(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	for _, topic := range []string{"d/a/temperature", "d/a/x", "d/a/y", "d/b/x", "d/b/y"} {
		l.say(0, topic, "1")
	}
	some := map[string]bool{"d/a": true}
	tests := []struct {
		name   string
		order  model.Order
		want   string
		hidden int
	}{
		{"none", model.Order{}, "a:temperature a:x a:y b:x b:y", 0},
		{"one", model.Order{Folded: some}, "a:temperature b:x b:y", 2},
		{"all", model.Order{FoldAll: true}, "a:temperature b:x", 2},
		{"all but one", model.Order{FoldAll: true, Folded: some}, "a:temperature a:x a:y b:x", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := model.NewView(l.Store, false).Read(model.Query{Order: test.order, Height: 20})
			if got := list(p.Lines); got != test.want || p.Lines[0].Hidden != test.hidden {
				t.Errorf("got %s, %d hidden", got, p.Lines[0].Hidden)
			}
		})
	}
}

// TestCursorPassesEveryLine walks over lines that have no metric.
func TestCursorPassesEveryLine(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{Metrics: 3})
	l.say(0, "d/a/status", "online")
	l.say(0, "d/b/x", "1")
	l.say(0, "d/c/status", "offline")
	l.say(0, "d/e/status", "offline") // no metric is left for it
	v := model.NewView(l.Store, false)
	var key model.Key
	walk := func(move int, lines ...int) {
		t.Helper()
		for _, want := range lines {
			p := v.Read(model.Query{Cursor: key, Move: move, Height: 3})
			if p.Total != 7 || p.Cursor != want {
				t.Fatalf("cursor %d of %d, want %d of 7", p.Cursor, p.Total, want)
			}
			key = p.Key
		}
	}
	walk(0, 0, 0)
	walk(1, 1, 2, 3, 4, 5, 6, 6)
	walk(-1, 5, 4, 3, 2, 1, 0, 0)
}

func TestCursorStaysOnItsLine(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	l.say(0, "d/m/x", "1")
	l.say(0, "d/m/y", "1")
	v := model.NewView(l.Store, false)
	key := v.Read(model.Query{Height: 5, Move: 1}).Key
	if key != (model.Key{Device: "d/m", Topic: "d/m/y"}) {
		t.Fatalf("key %+v", key)
	}
	check := func(when string, order model.Order, version uint64, want model.Key, cursor int) {
		t.Helper()
		p := v.Read(model.Query{Height: 5, Cursor: key, Order: order, Version: version})
		if p.Key != want || p.Cursor != cursor {
			t.Errorf("%s: line %d, %+v", when, p.Cursor, p.Key)
		}
	}
	l.say(1, "d/a/x", "1")
	check("a device appears above", model.Order{}, 0, key, 2)
	l.say(1, "d/m/temperature", "1")
	check("a metric appears above", model.Order{}, 0, key, 3)
	l.say(2, "d/m/status", "online")
	check("a presence appears below", model.Order{}, 0, key, 3)
	check("another order", model.Order{Sort: model.SortAge}, 1, key, 2)
	check("folded", model.Order{FoldAll: true}, 2, model.Key{Device: "d/m"}, 1)
	check("filtered away", model.Order{Filter: "d/a"}, 3, model.Key{Device: "d/a", Topic: "d/a/x"}, 0)
	check("back", model.Order{}, 4, key, 3)
}

func TestHeights(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	v := model.NewView(l.Store, false)
	for _, height := range []int{-1, 0, 1, 5, 1 << 40} {
		p := v.Read(model.Query{Height: height, Trend: -1, Move: math.MaxInt, Top: -5, Chart: &model.ChartQuery{Columns: -1}})
		if p.Total != 0 || p.Cursor != -1 || p.Top != 0 || len(p.Lines) != 0 || p.Detail != nil {
			t.Errorf("empty store, height %d: %+v", height, p)
		}
	}
	l.say(0, "d/a/x", "1")
	l.say(0, "d/b/x", "1")
	for height, lines := range map[int]int{-1: 0, 0: 0, 1: 1, 2: 2, 1 << 40: 2} {
		p := v.Read(model.Query{Height: height, Move: math.MaxInt, Top: 7, Trend: 3, Chart: &model.ChartQuery{Columns: -1, Messages: -1}})
		if len(p.Lines) != lines || p.Cursor != 1 {
			t.Errorf("height %d: %d lines, cursor %d", height, len(p.Lines), p.Cursor)
		}
	}
}

// TestPaging checks the arithmetic of lines for any list and any keys.
func TestPaging(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := newLab(t, model.Limits{})
		folded := map[string]bool{}
		for i, n := range rapid.SliceOfN(rapid.IntRange(1, 5), 0, 12).Draw(t, "metrics") {
			id := fmt.Sprintf("d/lab%d", i)
			for j := range n {
				l.say(0, fmt.Sprintf("%s/m%d", id, j), "1")
			}
			if rapid.Bool().Draw(t, "present") {
				l.say(0, id+"/status", "online")
			}
			folded[id] = rapid.Bool().Draw(t, "folded")
		}
		order := model.Order{Folded: folded}
		whole := model.NewView(l.Store, false).Read(model.Query{Order: order, Height: 1000})
		v := model.NewView(l.Store, false)
		q := model.Query{Order: order, Height: rapid.IntRange(1, 10).Draw(t, "height")}
		line := 0
		for range 30 {
			q.Move = rapid.IntRange(-12, 12).Draw(t, "move")
			q.Top += rapid.IntRange(-12, 12).Draw(t, "scroll")
			p := v.Read(q)
			line = max(min(line+q.Move, whole.Total-1), 0)
			switch {
			case p.Total != whole.Total || p.Total != len(whole.Lines):
				t.Fatalf("total %d, want %d", p.Total, whole.Total)
			case p.Total == 0:
				return
			case p.Cursor != line:
				t.Fatalf("cursor %d, want %d", p.Cursor, line)
			case p.Cursor < p.Top || p.Cursor >= p.Top+q.Height:
				t.Fatalf("cursor %d is not visible from %d", p.Cursor, p.Top)
			case len(p.Lines) != min(q.Height, p.Total) || p.Top < 0 || p.Top+len(p.Lines) > p.Total:
				t.Fatalf("%d lines from %d of %d", len(p.Lines), p.Top, p.Total)
			}
			for i := range p.Lines {
				got, want := p.Lines[i], whole.Lines[p.Top+i]
				if got.Device.ID != want.Device.ID || got.Index != want.Index || list(p.Lines[i:i+1]) != list(whole.Lines[p.Top+i:p.Top+i+1]) {
					t.Fatalf("line %d is %s, want %s", i, list(p.Lines), list(whole.Lines[p.Top:]))
				}
			}
			q.Cursor, q.Top = p.Key, p.Top
		}
	})
}

func TestGroupsAreWhole(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	l.say(0, "d/a/x", "1")
	l.say(0, "d/a/y", "1")
	l.say(0, "d/b/status", "online")
	p := model.NewView(l.Store, false).Read(model.Query{Height: 9})
	var got []string
	for _, line := range p.Lines {
		got = append(got, fmt.Sprintf("%s %d/%d", line.Device.Name, line.Index, line.Size))
	}
	if want := "a 0/2,a 1/2,b 0/2,b 1/2"; strings.Join(got, ",") != want {
		t.Errorf("got %v", got)
	}
	if p.Lines[0].Device != p.Lines[1].Device {
		t.Error("the device is not shared by its lines")
	}
}

func TestNewDevicesOfALongList(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	for i := range 3000 {
		l.say(0, fmt.Sprintf("d/%d/x", i), "1")
	}
	v := model.NewView(l.Store, false)
	q := model.Query{Height: 1, Cursor: model.Key{Device: "d/2999", Topic: "d/2999/x"}}
	if p := v.Read(q); p.Total != 3000 || p.Cursor != 2999 {
		t.Fatalf("cursor %d of %d", p.Cursor, p.Total)
	}
	l.say(0.1, "d/a/x", "1")
	if p := v.Read(q); p.Total != 3000 {
		t.Errorf("%d lines: made anew at once", p.Total)
	}
	l.tick(2)
	if p := v.Read(q); p.Total != 3001 {
		t.Errorf("%d lines, want 3001", p.Total)
	}
}

package model_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"labtop/model"
)

// levels are those of which the topics of the tests are made, in their natural order.
var levels = []string{"", "a", "b", "lab2", "lab10"}

// treeModel is the tree of topics as one would write it down: groups of topics by their
// next level, without ranges of a sorted list.
type treeModel struct {
	counts  map[string]int
	opened  map[string]bool
	openAll bool
	rows    []string
}

// list adds the rows of topics that begin with a path and have one level more at least.
func (m *treeModel) list(topics []string, path []string) {
	groups := map[string][]string{}
	for _, t := range topics {
		level := strings.Split(t, "/")[len(path)]
		groups[level] = append(groups[level], t)
	}
	ordered := slices.Collect(maps.Keys(groups))
	slices.SortFunc(ordered, func(a, b string) int {
		rank := func(level string) int {
			if level == "$SYS" {
				return len(levels)
			}
			return slices.Index(levels, level)
		}
		return rank(a) - rank(b)
	})
	for _, level := range ordered {
		m.row(groups[level], path, append(slices.Clone(path), level))
	}
}

// row adds the row of the topics at a place or below it, and those below.
func (m *treeModel) row(topics []string, above, place []string) {
	name := strings.Join(place, "/")
	if !slices.Contains(topics, name) {
		next := strings.Split(topics[0], "/")[len(place)]
		if !slices.ContainsFunc(topics, func(t string) bool { return strings.Split(t, "/")[len(place)] != next }) {
			m.row(topics, above, append(slices.Clone(place), next))
			return
		}
	}
	count := 0
	for _, t := range topics {
		count += m.counts[t]
	}
	below := slices.DeleteFunc(slices.Clone(topics), func(t string) bool { return t == name })
	open := len(below) > 0 && m.opened[name] != m.openAll
	m.rows = append(m.rows, describe(name, strings.Join(place[len(above):], "/"), len(below) > 0, open, len(topics), count, len(below) < len(topics)))
	if open {
		m.list(below, place)
	}
}

func describe(path, label string, inner, open bool, topics, count int, last bool) string {
	return fmt.Sprintf("%q %q inner=%v open=%v topics=%d count=%d last=%v", path, label, inner, open, topics, count, last)
}

// TestTopicTree compares what a viewer sees of the tree with the model, whatever comes,
// is opened and is filtered.
func TestTopicTree(t *testing.T) {
	t.Parallel()
	topic := rapid.Custom(func(t *rapid.T) string {
		first := rapid.SampledFrom(append(slices.Clone(levels), "$SYS")).Draw(t, "first")
		rest := rapid.SliceOfN(rapid.SampledFrom(levels), 0, 4).Draw(t, "rest")
		return strings.Join(append([]string{first}, rest...), "/")
	})
	filters := map[string]func(string) bool{
		"":      func(string) bool { return true },
		"B":     func(t string) bool { return strings.Contains(t, "b") },
		"+/a/#": func(t string) bool { return model.MatchTopic("+/a/#", t) },
	}
	rapid.Check(t, func(t *rapid.T) {
		l := newLab(t, model.Limits{})
		v := model.NewTopicView(l.Store)
		want := treeModel{counts: map[string]int{}, opened: map[string]bool{}}
		q := model.TopicQuery{}
		now := 0.0
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			for _, name := range rapid.SliceOfN(topic, 0, 12).Draw(t, "messages") {
				if name == "" {
					continue // not a topic
				}
				now++
				l.Apply([]model.Message{message(now, name, "1")})
				want.counts[name]++
			}
			if known := slices.Sorted(maps.Keys(want.counts)); len(known) > 0 {
				parts := strings.Split(rapid.SampledFrom(known).Draw(t, "opened"), "/")
				place := strings.Join(parts[:rapid.IntRange(1, len(parts)).Draw(t, "levels")], "/")
				want.opened = maps.Clone(want.opened)
				want.opened[place] = !want.opened[place]
			}
			want.openAll = rapid.Bool().Draw(t, "open all")
			q.Filter = rapid.SampledFrom(slices.Sorted(maps.Keys(filters))).Draw(t, "filter")
			q.Opened, q.OpenAll, q.Version = want.opened, want.openAll, q.Version+1
			q.Height, q.Move = rapid.IntRange(1, 9).Draw(t, "height"), rapid.IntRange(-5, 5).Draw(t, "move")
			var matching []string
			for name := range want.counts {
				if filters[q.Filter](name) {
					matching = append(matching, name)
				}
			}
			want.rows = nil
			if len(matching) > 0 {
				want.list(matching, nil)
			}
			p := v.Read(q)
			checkTree(t, &p, want.rows, q.Height)
			if p.Topics != len(matching) || p.Known != len(want.counts) {
				t.Fatalf("%d of %d topics, want %d of %d", p.Topics, p.Known, len(matching), len(want.counts))
			}
			q.Cursor, q.Top = p.Path, p.Top
		}
	})
}

// checkTree compares a page with the part of all rows that it should show.
func checkTree(t *rapid.T, p *model.TopicPage, rows []string, height int) {
	t.Helper()
	if p.Total != len(rows) || len(p.Rows) != min(height, len(rows)) {
		t.Fatalf("%d rows of %d, want %d of %d: %v", len(p.Rows), p.Total, min(height, len(rows)), len(rows), rows)
	}
	var got []string
	for i := range p.Rows {
		r := &p.Rows[i]
		got = append(got, describe(r.Path, r.Label, r.Inner, r.Open, r.Topics, int(r.Count), r.Last != nil))
	}
	if len(rows) == 0 {
		return
	}
	if diff := cmp.Diff(rows[p.Top:p.Top+len(got)], got); diff != "" {
		t.Fatalf("-want +got:\n%s", diff)
	}
	if p.Cursor < p.Top || p.Cursor >= p.Top+len(got) || p.Rows[p.Cursor-p.Top].Path != p.Path {
		t.Fatalf("the cursor is at %d, the rows from %d to %d", p.Cursor, p.Top, p.Top+len(got))
	}
}

// opened reads all rows of a tree that is open everywhere.
func openTree(v *model.TopicView, version uint64) model.TopicPage {
	return v.Read(model.TopicQuery{OpenAll: true, Version: version, Height: 1 << 20})
}

func TestTopicTreeCursor(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	for i, topic := range []string{"a/b/x", "a/b/y", "a/c", "z"} {
		l.Apply([]model.Message{message(float64(i), topic, "1")})
	}
	v := model.NewTopicView(l.Store)
	open := map[string]bool{"a": true, "a/b": true}
	read := func(version uint64, opened map[string]bool, cursor string, move int) string {
		return v.Read(model.TopicQuery{Opened: opened, Version: version, Cursor: cursor, Move: move, Height: 2}).Path
	}
	if got := read(1, open, "a/b/y", 0); got != "a/b/y" {
		t.Errorf("it stays: %q", got)
	}
	if got := read(1, open, "a/b/y", 1); got != "a/c" {
		t.Errorf("one down: %q", got)
	}
	if got := read(1, open, "a/b/y", -100); got != "a" {
		t.Errorf("to the top: %q", got)
	}
	if got := read(1, open, "z", 100); got != "z" {
		t.Errorf("to the end: %q", got)
	}
	if got := read(2, map[string]bool{"a": true}, "a/b/y", 0); got != "a/b" {
		t.Errorf("folded away: %q", got)
	}
	if got := read(3, nil, "a/b/y", 0); got != "a" {
		t.Errorf("with all that is above: %q", got)
	}
}

// TestTopicTreeOfDeepTopics bounds the depth of the rows, and their number.
func TestTopicTreeOfDeepTopics(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	long := strings.Repeat("x/", 32767) + "y" // 65 535 bytes
	names := []string{long, long[:65534]}
	for i := range 200 {
		names = append(names, strings.Repeat("d/", i)+"leaf")
	}
	for i, name := range names {
		l.Apply([]model.Message{message(float64(i), name, "1")})
	}
	p := openTree(model.NewTopicView(l.Store), 1)
	if p.Total >= 2*len(names) {
		t.Errorf("%d rows of %d topics", p.Total, len(names))
	}
	seen := map[string]bool{}
	for _, r := range p.Rows {
		if r.Depth > 63 {
			t.Errorf("%.20q… is %d deep", r.Path, r.Depth)
		}
		if r.Last != nil {
			seen[r.Path] = true
		}
	}
	for _, name := range names {
		if !seen[name] {
			t.Errorf("%.20q… of %d bytes is not in the tree", name, len(name))
		}
	}
}

// TestTopicTreeAfterRestore sees the topics of the state that is there now.
func TestTopicTreeAfterRestore(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	l.Apply([]model.Message{message(0, "a/1", "1")})
	before := l.Checkpoint()
	l.Apply([]model.Message{message(1, "a/2", "2"), message(2, "a/1", "3")})
	v := model.NewTopicView(l.Store)
	show := func() (rows []string) {
		for _, r := range openTree(v, 1).Rows {
			text := fmt.Sprint(r.Path, " ", r.Count)
			if r.Last != nil {
				text += " " + string(r.Last.Payload)
			}
			rows = append(rows, text)
		}
		return rows
	}
	if diff := cmp.Diff([]string{"a 3", "a/1 2 3", "a/2 1 2"}, show()); diff != "" {
		t.Error(diff)
	}
	l.Restore(before)
	if diff := cmp.Diff([]string{"a/1 1 1"}, show()); diff != "" {
		t.Error(diff)
	}
	l.Apply([]model.Message{message(2.5, "a/1", "5")})
	if diff := cmp.Diff([]string{"a/1 2 5"}, show()); diff != "" {
		t.Error(diff)
	}
	l.Restore(before) // with the same topics
	if diff := cmp.Diff([]string{"a/1 1 1"}, show()); diff != "" {
		t.Error(diff)
	}
	l.Apply([]model.Message{message(3, "b", "4")})
	if diff := cmp.Diff([]string{"a/1 1 1", "b 1 4"}, show()); diff != "" {
		t.Error(diff)
	}
}

// TestTopicTreeSums has what a place has in all at once where it is small, and after a
// second where it is large.
func TestTopicTreeSums(t *testing.T) {
	t.Parallel()
	const n = 1000
	l := newLab(t, model.Limits{})
	for i := range n {
		l.Apply([]model.Message{message(0, fmt.Sprintf("large/%d", i), "1")})
	}
	l.Apply([]model.Message{message(0, "small/1", "1"), message(0, "small/1/command", "x")})
	l.tick(0) // so that all metrics of the one device are in their places
	v := model.NewTopicView(l.Store)
	counts := func() (all []uint64) {
		for _, r := range v.Read(model.TopicQuery{Version: 1, Height: 2}).Rows {
			all = append(all, r.Count)
		}
		return all
	}
	if diff := cmp.Diff([]uint64{n, 2}, counts()); diff != "" {
		t.Error(diff)
	}
	for i := range n {
		l.Apply([]model.Message{message(0.5, fmt.Sprintf("large/%d", i), "2")})
	}
	l.Apply([]model.Message{message(0.5, "small/1", "2")})
	if got := counts(); got[0] < n || got[0] >= 2*n || got[1] != 3 {
		t.Errorf("at once: %d", got)
	}
	l.Tick(epoch.Add(2*time.Second), model.SourceStats{})
	if diff := cmp.Diff([]uint64{2 * n, 3}, counts()); diff != "" {
		t.Error(diff)
	}
}

// BenchmarkTopicTree opens a tree of 100 000 topics, moves in it while it is all open,
// and folds it.
func BenchmarkTopicTree(b *testing.B) {
	s := filled(100_000)
	q := model.TopicQuery{OpenAll: true, Height: 60}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			model.NewTopicView(s).Read(q)
		}
	})
	v := model.NewTopicView(s)
	b.Run("move", func(b *testing.B) {
		q := q
		for b.Loop() {
			q.Move = 1
			p := v.Read(q)
			q.Cursor, q.Top = p.Path, p.Top
		}
	})
	b.Run("fold and open", func(b *testing.B) {
		q := q
		for b.Loop() {
			q.Version++
			v.Read(q)
		}
	})
	b.Run("filter", func(b *testing.B) {
		q := q
		q.Filter = "dev/+/temperature"
		for b.Loop() {
			q.Version++
			v.Read(q)
		}
	})
}

package model_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"labtop/model"
)

// TestLogViewAgainstList plays messages, reads, moves, filters and pauses at
// random, and compares the view with a list that is filtered anew each time.
func TestLogViewAgainstList(t *testing.T) {
	t.Parallel()
	topics := []string{"lab/one", "lab/two", "home/ONE"}
	filters := []string{"", "one", "lab/+", "lab/# 7", "nothing", "ONE one"}
	matches := func(filter string, m *model.LogMessage) bool {
		for _, word := range strings.Fields(filter) {
			if strings.ContainsAny(word, "+#") {
				if !model.MatchTopic(word, m.Topic) {
					return false
				}
			} else if !strings.Contains(strings.ToLower(m.Topic+"\n"+string(m.Payload)), strings.ToLower(word)) {
				return false
			}
		}
		return true
	}
	rapid.Check(t, func(r *rapid.T) {
		keep := rapid.IntRange(1, 30).Draw(r, "keep")
		l := newLab(t, model.Limits{Recent: keep})
		v := model.NewLogView(l.Store)
		var kept, shown []model.LogMessage // what the store keeps, what the view shows
		q := model.LogQuery{Height: rapid.IntRange(0, 12).Draw(r, "height")}
		sent := 0
		for range rapid.IntRange(1, 30).Draw(r, "steps") {
			for range rapid.IntRange(0, 12).Draw(r, "messages") {
				sent++
				m := message(float64(sent), rapid.SampledFrom(topics).Draw(r, "topic"), strconv.Itoa(sent))
				l.Apply([]model.Message{m})
				kept = append(kept, model.LogMessage{Number: uint64(sent), Message: m})
				kept = kept[max(len(kept)-keep, 0):]
			}
			q.Hold = rapid.Bool().Draw(r, "hold")
			if rapid.IntRange(0, 3).Draw(r, "filter") == 0 {
				q.Filter = rapid.SampledFrom(filters).Draw(r, "which")
				q.Version++
			}
			q.Move = rapid.IntRange(-20, 20).Draw(r, "move")
			if !q.Hold {
				shown = append([]model.LogMessage(nil), kept...)
			}
			var want []model.LogMessage
			for _, m := range shown {
				if matches(q.Filter, &m) {
					want = append(want, m)
				}
			}
			p := v.Read(q)
			if p.Total != len(want) {
				r.Fatalf("%d messages match %q, want %d", p.Total, q.Filter, len(want))
			}
			if gone := uint64(sent - len(kept)); p.Status.LogGone != gone || p.Status.LogKept != uint64(len(kept)) {
				r.Fatalf("%d kept, %d gone; want %d and %d", p.Status.LogKept, p.Status.LogGone, len(kept), gone)
			}
			if diff := cmp.Diff(want[p.First:p.First+len(p.Messages)], p.Messages); diff != "" && len(p.Messages) > 0 {
				r.Fatalf("the page differs (-want +got):\n%s", diff)
			}
			if len(p.Messages) != min(q.Height, len(want)) {
				r.Fatalf("%d messages on a page of %d", len(p.Messages), q.Height)
			}
			if len(want) > 0 && q.Height > 0 && (p.Chosen < p.First || p.Chosen >= p.First+len(p.Messages)) {
				r.Fatalf("the cursor at %d is not on the page from %d", p.Chosen, p.First)
			}
			at := len(want) - 1
			if q.Cursor != 0 {
				for at = 0; at < len(want)-1 && want[at].Number < q.Cursor; at++ {
				}
			}
			at = max(min(at+q.Move, len(want)-1), min(0, len(want)-1))
			if p.Chosen != at {
				r.Fatalf("the cursor is at %d, want %d of %d", p.Chosen, at, len(want))
			}
			if follows := at == len(want)-1; follows != (p.Cursor == 0) || !follows && p.Cursor != want[at].Number {
				r.Fatalf("the cursor's message is %d at %d of %d", p.Cursor, at, len(want))
			}
			q.Cursor = p.Cursor
			if len(p.Messages) > 0 {
				q.Top = p.Messages[0].Number
			}
		}
	})
}

// TestLogViewStandsStill shows that a page stays where it is while messages
// come, as long as the cursor is not on the newest.
func TestLogViewStandsStill(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{Recent: 100})
	v := model.NewLogView(l.Store)
	for i := range 50 {
		l.say(float64(i), "lab/t", strconv.Itoa(i))
	}
	p := v.Read(model.LogQuery{Height: 10, Move: -3})
	first := p.Messages[0].Number
	for i := range 40 {
		l.say(float64(50+i), "lab/t", "new")
		p = v.Read(model.LogQuery{Height: 10, Cursor: p.Cursor, Top: p.Messages[0].Number})
		if p.Messages[0].Number != first || p.Cursor != 47 {
			t.Fatalf("the page begins with message %d and the cursor is on %d after %d more", p.Messages[0].Number, p.Cursor, i+1)
		}
	}
}

func TestLogSystemMessages(t *testing.T) {
	t.Parallel()
	for _, keep := range []bool{false, true} {
		l := newLab(t, model.Limits{RecentSystem: keep})
		l.say(1, "$SYS/broker/uptime", "1 seconds")
		l.say(2, "lab/t", "1")
		want := 1
		if keep {
			want = 2
		}
		if p := model.NewLogView(l.Store).Read(model.LogQuery{Height: 5}); len(p.Messages) != want {
			t.Errorf("%d messages with the broker's own kept: %v, want %d", len(p.Messages), keep, want)
		}
	}
}

func BenchmarkLogViewFlood(b *testing.B) {
	l := newLab(b, model.Limits{})
	v := model.NewLogView(l.Store)
	batch := make([]model.Message, 256)
	for i := range batch {
		batch[i] = model.Message{Topic: fmt.Sprintf("iotclass/lab%d/temperature", i), Payload: []byte(" 22.50"), Size: 6, Time: time.Unix(1, 0)}
	}
	for range 50 {
		l.Apply(batch)
	}
	for b.Loop() {
		b.StopTimer()
		for range 50 { // more than is kept
			l.Apply(batch)
		}
		b.StartTimer()
		v.Read(model.LogQuery{Height: 40, Filter: "lab/# 22"})
	}
}

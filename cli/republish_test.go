package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/model"
	"labtop/recording"
	"labtop/subscriber"
)

// entries are a recording in memory.
type entries []recording.Entry

func (s *entries) Next(e *recording.Entry) error {
	if len(*s) == 0 {
		return io.EOF
	}
	*e, *s = (*s)[0], (*s)[1:]
	return nil
}

// recordedAt is when the recordings of these tests begin.
var recordedAt = time.Date(2026, 11, 22, 14, 30, 0, 0, time.UTC)

// said is an entry with a message, so long after the start.
func said(after time.Duration, topic, payload string) recording.Entry {
	m := model.Message{Topic: topic, Payload: []byte(payload), Size: len(payload), Time: recordedAt.Add(after)}
	return recording.Entry{Kind: recording.MessageEntry, Time: m.Time, Message: m}
}

// taker takes publications over, and knows when; down says that it does not.
type taker struct {
	began time.Time
	got   []string // with the time, since it began
	calls int
	down  func(call, messages int) (done int, err error)
}

func (b *taker) publish(_ context.Context, messages []subscriber.Publication) (done int, err error) {
	done = len(messages)
	if b.calls++; b.down != nil {
		done, err = b.down(b.calls, len(messages))
	}
	for _, p := range messages[:done] {
		text := fmt.Sprintf("%v %s %s %d", time.Since(b.began), p.Topic, p.Payload, p.QoS)
		if p.Retain {
			text += "R"
		}
		b.got = append(b.got, text)
	}
	return done, err
}

// fromStart begins where the recording does.
func fromStart(start time.Time) time.Time { return start }

// toTaker is a republisher to b that tells nobody.
func toTaker(b *taker, speed float64) *republisher {
	b.began = time.Now()
	return &republisher{
		publish: b.publish, warn: func(string) {}, tell: func() {}, prefix: "replay/",
		wanted: func(string) bool { return true }, pace: pace{speed: speed},
	}
}

// TestRepublishTiming has each message at its time, at any speed, also where the
// recorded clock was set or goes back.
func TestRepublishTiming(t *testing.T) {
	t.Parallel()
	source := entries{
		said(0, "a", "1"), said(0, "a", "2"), said(2*time.Second, "b", "3"), said(12*time.Hour, "b", "4"),
		said(11*time.Hour, "b", "back"), said(11*time.Hour+time.Second, "b", "5"),
		{Kind: recording.ClockEntry, Time: recordedAt.Add(100 * time.Hour), Step: 89*time.Hour - time.Second},
		said(100*time.Hour+2*time.Second, "b", "6"),
		{Kind: recording.ClockEntry, Time: recordedAt.Add(200 * time.Hour), Away: 100*time.Hour - 2*time.Second},
		said(200*time.Hour+time.Second, "b", "7"),
	}
	for _, tt := range []struct {
		speed float64
		want  string
	}{
		{1, "0s 0s 2s 12h0m0s 12h0m0s 12h0m1s 12h0m3s 12h0m4s"},
		{0.1, "0s 0s 20s 120h0m0s 120h0m0s 120h0m10s 120h0m30s 120h0m40s"},
		{7200, "0s 0s 277.777µs 6s 6s 6.000138888s 6.000416666s 6.000555555s"},
		{0, "0s 0s 0s 0s 0s 0s 0s 0s"},
	} {
		t.Run(fmt.Sprint(tt.speed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := &taker{}
				r := toTaker(b, tt.speed)
				from := slices.Clone(source)
				if err := r.round(t.Context(), &from, fromStart); err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, text := range b.got {
					at, _, _ := strings.Cut(text, " ")
					got = append(got, at)
				}
				if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// TestRepublishWhat publishes the chosen messages of devices as they were, and counts
// those that cannot be.
func TestRepublishWhat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stored := said(0, "a/status", "online")
		stored.Message.Retained, stored.Message.QoS = true, 1
		twice := said(time.Second, "a/x", "\x00\xff")
		twice.Message.Dup, twice.Message.QoS = true, 2
		part := said(time.Second, "a/large", "begin")
		part.Message.Size = 1 << 21
		from := entries{
			stored, twice, part, said(time.Second, "$SYS/broker/uptime", "1"), said(time.Second, "labtop/alerts", "x"),
			said(time.Second, strings.Repeat("l", 65535), "1"), said(time.Second, "b/unwanted", "1"), said(time.Second, "a/empty", ""),
			said(59*time.Second, "a/y", "2"),
		}
		for _, retain := range []bool{false, true} {
			b := &taker{}
			r := toTaker(b, 1)
			r.retain, r.wanted = retain, func(topic string) bool { return !strings.HasPrefix(topic, "b/") }
			again := slices.Clone(from)
			if err := r.round(t.Context(), &again, fromStart); err != nil {
				t.Fatal(err)
			}
			want := []string{"0s replay/a/status online 1", "1s replay/a/x \x00\xff 2", "1s replay/a/empty  0", "59s replay/a/y 2 0"}
			if retain {
				want[0] += "R"
			}
			if diff := cmp.Diff(want, b.got); diff != "" || r.published != 4 || r.cut != 1 || r.unfit != 1 || r.unconfirmed != 0 || r.own != 2 || r.others != 1 {
				t.Errorf("%s %d %d %d %d %d %d", diff, r.published, r.cut, r.unfit, r.unconfirmed, r.own, r.others)
			}
		}
		b := &taker{}
		r := toTaker(b, 1)
		if err := r.round(t.Context(), &from, func(start time.Time) time.Time { return start.Add(59 * time.Second) }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"0s replay/a/y 2 0"}, b.got); diff != "" {
			t.Error(diff)
		}
	})
}

// TestRepublishUnwanted goes on after what the broker does not want, counts it, and says
// so once.
func TestRepublishUnwanted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &taker{}
		r := toTaker(b, 0)
		var warnings []string
		r.warn = func(text string) { warnings = append(warnings, text) }
		b.down = func(_, messages int) (int, error) {
			for range messages / 2 {
				r.refuse("replay/a\x1b", errors.New("the broker refused the message"))
			}
			return messages, nil
		}
		from := numbered(10)
		if err := r.round(t.Context(), &from, fromStart); err != nil {
			t.Fatal(err)
		}
		if text := r.summary(); text != "published 5 messages (5 refused by the broker)" || b.calls != 2 { // one connects
			t.Errorf("%q after %d calls", text, b.calls)
		}
		if diff := cmp.Diff([]string{"replay/a␛: the broker refused the message; further refusals are counted"}, warnings); diff != "" {
			t.Error(diff)
		}
	})
}

// TestRepublishAfterTheEnd refuses to begin after the end, also where the clock was set
// back after what is published.
func TestRepublishAfterTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			after     time.Duration
			code      int
			published int
		}{{4 * time.Minute, 0, 1}, {4*time.Minute + time.Millisecond, ExitUsage, 0}, {2 * time.Hour, ExitUsage, 0}} {
			b := &taker{}
			r := toTaker(b, 0)
			from := entries{said(0, "a", "1"), said(4*time.Minute, "a", "2"), said(time.Minute, "a", "3")}
			err := r.round(t.Context(), &from, func(start time.Time) time.Time { return start.Add(tt.after) })
			if exitCode(err) != tt.code || r.published != tt.published {
				t.Errorf("%v: %v, %d published", tt.after, err, r.published)
			}
			if err != nil && !strings.HasSuffix(err.Error(), ", for 4m0s; write a time within it") {
				t.Error(err)
			}
		}
	})
}

// numbered are n messages, one a second.
func numbered(n int) (all entries) {
	for i := range n {
		all = append(all, said(time.Duration(i)*time.Second, "a", strconv.Itoa(i)))
	}
	return all
}

// TestRepublishOutage loses the broker for a while: what was on its way is counted, and
// the rest follows at its pace when the broker is back.
func TestRepublishOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &taker{}
		r := toTaker(b, 1)
		var warnings []string
		r.warn = func(text string) { warnings = append(warnings, text) }
		b.down = func(_, messages int) (int, error) {
			since := time.Since(b.began)
			switch {
			case since == 3*time.Second && messages > 0:
				return 0, errors.New("the broker closed the connection")
			case since > 3*time.Second && since < 8*time.Second:
				return 0, errors.New("the broker refused the connection")
			}
			return messages, nil
		}
		from := numbered(7)
		if err := r.round(t.Context(), &from, fromStart); err != nil {
			t.Fatal(err)
		}
		// It is tried at 4 s, 4.5, 5.5, 7.5 and 11.5.
		want := []string{"0s 0", "1s 1", "2s 2", "11.5s 4", "12.5s 5", "13.5s 6"}
		for i, text := range want {
			at, payload, _ := strings.Cut(text, " ")
			want[i] = at + " replay/a " + payload + " 0"
		}
		if diff := cmp.Diff(want, b.got); diff != "" || r.published != 6 || r.unconfirmed != 1 {
			t.Errorf("%s %d %d", diff, r.published, r.unconfirmed)
		}
		if diff := cmp.Diff([]string{"the broker closed the connection; connecting again"}, warnings); diff != "" {
			t.Error(diff)
		}
	})
}

// TestRepublishRefused ends when the broker takes nothing.
func TestRepublishRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &taker{down: func(_, messages int) (int, error) {
			if messages == 0 {
				return 0, nil
			}
			return 0, errors.New("the broker closed the connection")
		}}
		r := toTaker(b, 1)
		from := numbered(100)
		err := r.round(t.Context(), &from, fromStart)
		if err == nil || !strings.HasPrefix(err.Error(), "the connection is lost again and again: the broker closed") || r.published != 0 || r.unconfirmed != 5 {
			t.Errorf("%v, %d not acknowledged", err, r.unconfirmed)
		}
	})
}

// TestRepublishGivesUp ends after a minute without the broker, at once without one from
// the start, and when it is told to.
func TestRepublishGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gone := errors.New("the broker refused the connection")
		b := &taker{}
		r := toTaker(b, 1)
		var warnings []string
		r.warn = func(text string) { warnings = append(warnings, text) }
		b.down = func(_, messages int) (int, error) {
			if time.Since(b.began) < 3*time.Second {
				return messages, nil
			}
			return 0, gone
		}
		from := numbered(100)
		err := r.round(t.Context(), &from, fromStart)
		if took := time.Since(b.began); err == nil || !strings.HasPrefix(err.Error(), "the broker is gone: the broker refused") || took < time.Minute || took > 64*time.Second {
			t.Errorf("%v after %v", err, took)
		}
		if r.published != 3 || r.unconfirmed != 0 {
			t.Errorf("%d published, %d not acknowledged", r.published, r.unconfirmed)
		}
		if diff := cmp.Diff([]string{"the broker refused the connection; connecting again"}, warnings); diff != "" {
			t.Error(diff)
		}
		b = &taker{down: func(int, int) (int, error) { return 0, gone }}
		from = numbered(100)
		if err := toTaker(b, 1).round(t.Context(), &from, fromStart); !errors.Is(err, gone) || time.Since(b.began) != 0 {
			t.Errorf("%v after %v", err, time.Since(b.began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 91*time.Second)
		defer cancel()
		b = &taker{}
		r = toTaker(b, 0.5)
		from = numbered(100)
		if err := r.round(ctx, &from, fromStart); !errors.Is(err, context.DeadlineExceeded) || r.published != 46 || time.Since(b.began) != 91*time.Second {
			t.Errorf("%v, %d published", err, r.published)
		}
	})
}

// TestRepublishProgress tells how far it is.
func TestRepublishProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &taker{}
		r := toTaker(b, 1)
		var told []string
		r.tell = func() { told = append(told, r.summary()+" until "+r.progressOf(recordedAt.Add(10*time.Second))) }
		from := entries{said(0, "a", "1"), said(4*time.Second, "a", "2")}
		if err := r.round(t.Context(), &from, fromStart); err != nil {
			t.Fatal(err)
		}
		later := func(d time.Duration) string { return recordedAt.Add(d).Local().Format(time.TimeOnly) }
		if text := strings.Join(told, "; "); !strings.Contains(text, "published 1 message until ") ||
			!strings.Contains(text, " "+later(2*time.Second)+", 20 %;") || !strings.Contains(text, " "+later(3*time.Second)+", 30 %") {
			t.Error(text)
		}
		if text := r.progressOf(time.Time{}); strings.Contains(text, "%") {
			t.Errorf("%q though nobody knows the end", text)
		}
	})
}

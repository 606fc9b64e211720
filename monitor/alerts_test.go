package monitor_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"labtop/alerts"
	"labtop/model"
)

// lab is a store with rules.
func lab(t *testing.T, rules ...alerts.Rule) (*model.Store, *alerts.Engine) {
	t.Helper()
	engine, err := alerts.New(rules, alerts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	store := newStore(t)
	store.Watch(engine)
	return store, engine
}

func reading(topic, payload string) model.Message {
	return model.Message{Topic: topic, Payload: []byte(payload), Size: len(payload), Time: time.Now()}
}

// TestAlertsByTheClock: the monitor's clock makes an alert fire when no message
// comes, one second late at most, and dated right; and a lost connection does not.
func TestAlertsByTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hot := alerts.Rule{Name: "hot", Metric: "temperature", Warning: &alerts.Condition{Kind: alerts.Above, Limit: 30, For: 10 * time.Second}}
		silent := alerts.Rule{Name: "silent", Metric: "*", Critical: &alerts.Condition{Kind: alerts.NoData, After: 30 * time.Second}}
		store, engine := lab(t, hot, silent)
		begin := time.Now()
		s := &script{batches: make(chan model.Batch, 4)}
		s.run = func(ctx context.Context) error {
			defer close(s.batches)
			connection := func(state model.ConnectionState, connects int) {
				s.batches <- model.Batch{Connection: &model.Connection{State: state, Since: time.Now(), Connects: connects}}
			}
			connection(model.Connected, 1)
			time.Sleep(time.Second)
			s.batches <- model.Batch{Messages: []model.Message{reading("iotclass/lab1/temperature", "31")}}
			time.Sleep(20 * time.Second)
			connection(model.Waiting, 1)
			time.Sleep(time.Hour)
			connection(model.Connected, 2)
			<-ctx.Done()
			return nil
		}
		stop := start(t, s, store)
		fires := func(after time.Duration, alertsNow int, rule string, at time.Duration) {
			t.Helper()
			time.Sleep(time.Until(begin.Add(after)))
			synctest.Wait()
			page := engine.Read(0, 10)
			if len(page.Alerts) != alertsNow {
				t.Fatalf("after %v: %+v", after, page.Alerts)
			}
			a := page.Alerts[0]
			if a.Rule != rule || a.State != alerts.Firing || !a.Fired.Equal(begin.Add(at)) {
				t.Errorf("after %v: %s %v at %v, want %s at %v", after, a.Rule, a.State, a.Fired.Sub(begin), rule, at)
			}
		}
		fires(12200*time.Millisecond, 1, "hot", 11*time.Second)
		fires(time.Hour, 1, "hot", 11*time.Second)
		reconnect := time.Hour + 21*time.Second
		fires(reconnect+29*time.Second, 1, "hot", 11*time.Second)
		fires(reconnect+32*time.Second, 2, "silent", reconnect+30*time.Second)
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestTenThousandAlerts: all fire at once, none is lost from the counts, and what
// the log no longer has is counted exactly.
func TestTenThousandAlerts(t *testing.T) {
	t.Parallel()
	const series = 10_000
	hot := alerts.Rule{Name: "hot", Metric: "temperature", Warning: &alerts.Condition{Kind: alerts.Above, Limit: 30}}
	store, engine := lab(t, hot)
	at := time.Unix(1_700_000_000, 0)
	for round, payload := range []string{"20", "31", "20"} {
		for from := 0; from < series; from += 250 {
			batch := make([]model.Message, 250)
			for i := range batch {
				batch[i] = reading(fmt.Sprintf("iotclass/lab%d/temperature", from+i), payload)
				batch[i].Time = at.Add(time.Duration(round) * time.Second)
			}
			store.Apply(batch)
		}
		c := engine.Counts()
		wantActive, wantSteps := 0, uint64(0)
		switch round {
		case 1:
			wantActive, wantSteps = series, series
		case 2:
			wantSteps = 2 * series
		}
		if c.Warning != wantActive || c.Transitions != wantSteps || c.Unwatched != 0 {
			t.Errorf("round %d: %+v", round, c)
		}
		if round == 1 {
			page := engine.Read(series-3, 10)
			if len(page.Alerts) != 3 || page.Alerts[2].Series.Name != "lab0" {
				t.Errorf("the last of %d alerts: %+v", page.Counts.Active(), page.Alerts)
			}
		}
	}
	c := engine.Counts()
	if steps, kept := engine.History(0, 1); kept != alerts.DefaultLog || c.Gone != 2*series-alerts.DefaultLog || steps[0].Alert.Series.Name != "lab"+strconv.Itoa(series-1) {
		t.Errorf("%d kept, %d gone, the newest %+v", kept, c.Gone, steps[0].Alert.Series)
	}
}

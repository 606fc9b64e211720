package model_test

import (
	"fmt"
	"runtime"
	"sync"
	"testing"

	"labtop/model"
)

// TestOneOwnerManyReaders is for the race detector: one goroutine writes,
// several read everything that can be read.
func TestOneOwnerManyReaders(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{Topics: 300, Metrics: 900, HistoryBytes: 100_000, Recent: 50})
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for n := range 4 {
		readers.Go(func() {
			v := model.NewView(l.Store, n%2 == 0)
			q := model.Query{Height: 20, Trend: 12, Chart: &model.ChartQuery{Columns: 50, Messages: 5}}
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				q.Version++
				q.Order = model.Order{Sort: model.Sort(i % 4), FoldAll: i%7 == 0}
				q.Move = i%11 - 5
				p := v.Read(q)
				q.Cursor, q.Top = p.Key, p.Top
				use(p)
				l.Status()
				l.Changed()
				if i%20 == 0 {
					l.Devices(true)
				}
			}
		})
	}
	payloads := []string{"22.5", "nan", "", "on", "hello", "a=1,b=2", "b=3,c=4 C", "\x00", "online", "offline"}
	for i := range 160 {
		batch := make([]model.Message, 0, 20)
		for j := range 20 {
			n := i*20 + j
			m := message(float64(i)/10, fmt.Sprintf("d/%d/m%d", n*7%90, n%5), payloads[n%len(payloads)])
			if n%13 == 0 {
				m.Topic = fmt.Sprintf("d/%d/status", n%90)
			}
			m.Retained = n%17 == 0
			batch = append(batch, m)
		}
		l.Apply(batch)
		switch i % 40 {
		case 10:
			l.tick(float64(i) / 10)
		case 20:
			l.SetConnection(model.Connection{State: model.Connected, Connects: i, Since: at(float64(i) / 10)})
		case 30:
			l.tick(-1e5)
		}
		runtime.Gosched() // let the readers in
	}
	close(stop)
	readers.Wait()
}

// use reads what a page points to.
func use(p model.Page) (n int) {
	for _, line := range p.Lines {
		n += len(line.Device.ID)
		if line.Metric != nil {
			n += len(line.Metric.Text) + len(line.Trend)
		}
	}
	if p.Detail != nil {
		for _, m := range p.Detail.Messages {
			for _, b := range m.Payload {
				n += int(b)
			}
		}
	}
	return n
}

package recording_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"labtop/recording"
)

// linesOf is a log of n messages of 300 boards, so much apart, a line each.
func linesOf(n int, apart time.Duration, line func(b *strings.Builder, at time.Time, topic, payload string)) string {
	var b strings.Builder
	for i := range n {
		at := epoch.Add(time.Duration(i) * apart).UTC()
		line(&b, at, fmt.Sprintf("iotclass/lab%03d/temperature", i%300), fmt.Sprintf("%d.%02d", 20+i%7, i*37%100))
	}
	return b.String()
}

// verboseText is what mosquitto_sub prints with -v.
func verboseText(n int) string {
	return linesOf(n, time.Second, func(b *strings.Builder, _ time.Time, topic, payload string) {
		b.WriteString(topic + "  " + payload + "\n")
	})
}

// isoTime is how mosquitto_sub prints %I.
const isoTime = "2006-01-02T15:04:05-0700"

// stampedText is what mosquitto_sub prints with -F '%I %t %p'.
func stampedText(n int, apart time.Duration) string {
	return linesOf(n, apart, func(b *strings.Builder, at time.Time, topic, payload string) {
		b.WriteString(at.Format(isoTime) + " " + topic + " " + payload + "\n")
	})
}

// jsonText is what labtop log --json prints.
func jsonText(n int, apart time.Duration) string {
	return linesOf(n, apart, func(b *strings.Builder, at time.Time, topic, payload string) {
		fmt.Fprintf(b, `{"time":%q,"topic":%q,"qos":0,"retained":false,"dup":false,"size":5,"payload":%q}`+"\n", at.Format(time.RFC3339Nano), topic, payload)
	})
}

// BenchmarkLogs reads logs of the formats that are met most, and makes recordings of them.
func BenchmarkLogs(b *testing.B) {
	const lines, apart = 1_000_000, time.Millisecond // so that beginning counts for little
	mosquitto := func(payload string) func() string {
		return func() string {
			return linesOf(lines, apart, func(b *strings.Builder, at time.Time, topic, text string) {
				fmt.Fprintf(b, `{"tst":%q,"topic":%q,"qos":0,"retain":0,"payloadlen":5,"payload":`+payload+"}\n", at.Format("2006-01-02T15:04:05.000000Z-0700"), topic, text)
			})
		}
	}
	for _, log := range []struct {
		format string
		text   func() string
	}{
		{recording.VerboseFormat, func() string { return verboseText(lines) }},
		{recording.StampedFormat, func() string { return stampedText(lines, apart) }},
		{recording.FieldsFormat, func() string {
			return linesOf(lines, apart, func(b *strings.Builder, at time.Time, topic, payload string) {
				b.WriteString(at.Format(isoTime) + " " + topic + " 0 0 " + payload + "\n")
			})
		}},
		{recording.HexFormat, func() string {
			return linesOf(lines, apart, func(b *strings.Builder, at time.Time, topic, payload string) {
				fmt.Fprintf(b, "%d.%09d 0 0 5 %x %s\n", at.Unix(), at.Nanosecond(), payload, topic)
			})
		}},
		{recording.MosquittoFormat + " %j", mosquitto("%q")},
		{recording.MosquittoFormat + " %J", mosquitto("%s")},
		{recording.LogFormat, func() string { return jsonText(lines, apart) }},
		{recording.CSVFormat, func() string {
			return linesOf(lines, apart, func(b *strings.Builder, at time.Time, topic, payload string) {
				fmt.Fprintf(b, "%s,%s,0,False,%d.%06d,0.001\n", topic, payload, at.Unix(), at.Nanosecond()/1000)
			})
		}},
		{recording.MQTTXFormat, func() string {
			list := linesOf(lines, apart, func(b *strings.Builder, at time.Time, topic, payload string) {
				fmt.Fprintf(b, `{"id":"c0","createAt":%q,"out":false,"payload":%q,"qos":0,"retain":false,"topic":%q},`, at.Format("2006-01-02 15:04:05:000"), payload, topic)
			})
			return `[{"name":"lab","messages":[` + strings.TrimSuffix(list, ",") + `]}]`
		}},
		{recording.JSONFormat, func() string {
			return linesOf(lines, apart, func(b *strings.Builder, at time.Time, topic, payload string) {
				fmt.Fprintf(b, `{"topic":%q,"payload":%s,"qos":0,"retain":false,"timestamp":%d}`+"\n", topic, payload, at.UnixMilli())
			})
		}},
	} {
		text := log.text()
		for _, write := range []bool{false, true} {
			b.Run(log.format+map[bool]string{false: "/read", true: "/import"}[write], func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					readLines(b, text, lines, write)
				}
				b.ReportMetric(lines*float64(b.N)/b.Elapsed().Seconds(), "msg/s")
			})
		}
	}
}

// readLines reads a log of so many messages, and writes a recording of it.
func readLines(b *testing.B, text string, lines int, write bool) {
	b.Helper()
	f, err := recording.OpenStream(strings.NewReader(text), "")
	if err != nil {
		b.Fatal(err)
	}
	w, err := recording.NewWriter(io.Discard, about())
	if err != nil {
		b.Fatal(err)
	}
	var e recording.Entry
	n := 0
	for ; f.Next(&e) == nil; n++ {
		if write {
			err = w.Entry(&e)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	if n != lines || f.Health() != (recording.Health{Rewritten: f.Health().Rewritten}) {
		b.Fatalf("%s: %d messages, %+v", f.Format, n, f.Health())
	}
}

package alerts_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"labtop/alerts"
	"labtop/model"
)

// TestConditions is a table of each kind of condition: what is said, second by
// second, and what becomes of it.
func TestConditions(t *testing.T) {
	t.Parallel()
	const topic = "iotclass/lab1/temperature"
	for _, test := range []struct {
		name  string
		rule  alerts.Rule
		every float64 // seconds between the messages; 0 means 1
		topic string  // empty means the temperature's
		says  []string
		want  []string
	}{
		{
			name: "above", rule: simple(alerts.Condition{Kind: alerts.Above, Limit: 30}),
			says: []string{"30", "30.1", "30", "nan", "hello"},
			want: []string{"1 r lab1/temperature inactive→firing warning tell", "2 r lab1/temperature firing→resolved warning tell"},
		},
		{
			name: "above, nan and text say nothing", rule: simple(alerts.Condition{Kind: alerts.Above, Limit: 30}),
			says: []string{"31", "nan", "hello", "", "29"},
			want: []string{"0 r lab1/temperature inactive→firing warning tell", "4 r lab1/temperature firing→resolved warning tell"},
		},
		{
			name: "below", rule: simple(alerts.Condition{Kind: alerts.Below, Limit: 5, HasClear: true, Clear: 7}),
			says: []string{"5", "4.9", "6", "6.9", "7"},
			want: []string{"1 r lab1/temperature inactive→firing warning tell", "4 r lab1/temperature firing→resolved warning tell"},
		},
		{
			name: "outside", rule: simple(alerts.Condition{Kind: alerts.Outside, Limit: 10, Upper: 20, HasClear: true, Clear: 12, UpperClear: 18}),
			says: []string{"10", "20", "9", "11", "19", "12", "21", "18"},
			want: []string{
				"2 r lab1/temperature inactive→firing warning tell", "5 r lab1/temperature firing→resolved warning tell",
				"6 r lab1/temperature inactive→firing warning tell", "7 r lab1/temperature firing→resolved warning tell",
			},
		},
		{
			name: "equals a word", rule: word(alerts.Equals, "open"), topic: "home/hall/door",
			says: []string{"closed", "OPEN", "open", "closed"},
			want: []string{"1 r hall/door inactive→firing warning tell", "3 r hall/door firing→resolved warning tell"},
		},
		{
			name: "equals a boolean", rule: word(alerts.Equals, "true"), topic: "home/hall/motion",
			says: []string{"false", "ON", "0", "true"},
			want: []string{"1 r hall/motion inactive→firing warning tell", "2 r hall/motion firing→resolved warning tell", "3 r hall/motion inactive→firing warning tell"},
		},
		{
			name: "equals a number", rule: word(alerts.Equals, "3"), topic: "home/hall/mode",
			says: []string{"2", "3.0", "4"},
			want: []string{"1 r hall/mode inactive→firing warning tell", "2 r hall/mode firing→resolved warning tell"},
		},
		{
			name: "not", rule: word(alerts.Not, "idle"), topic: "home/hall/mode",
			says: []string{"idle", "nan", "running", "idle"},
			want: []string{"2 r hall/mode inactive→firing warning tell", "3 r hall/mode firing→resolved warning tell"},
		},
		{
			name: "rate, either way", rule: simple(alerts.Condition{Kind: alerts.Rate, Limit: 5}), every: 10,
			says: []string{"20", "20", "20", "20", "24", "27", "27", "27", "27", "27", "27", "27"},
			want: []string{"40 r lab1/temperature inactive→firing warning tell", "100 r lab1/temperature firing→resolved warning tell"},
		},
		{
			name: "rate, rising", rule: simple(alerts.Condition{Kind: alerts.Rate, Limit: 5, Direction: alerts.Rising}), every: 30,
			says: []string{"30", "20", "10", "20", "30"},
			want: []string{"120 r lab1/temperature inactive→firing warning tell"},
		},
		{
			name: "rate, falling", rule: simple(alerts.Condition{Kind: alerts.Rate, Limit: 5, Direction: alerts.Falling}), every: 30,
			says: []string{"30", "20", "10", "10", "10"},
			want: []string{"30 r lab1/temperature inactive→firing warning tell", "120 r lab1/temperature firing→resolved warning tell"},
		},
		{
			name: "rate of a slow board", rule: simple(alerts.Condition{Kind: alerts.Rate, Limit: 1}), every: 300,
			says: []string{"20", "24", "30", "31"},
			want: []string{"600 r lab1/temperature inactive→firing warning tell", "900 r lab1/temperature firing→resolved warning tell"},
		},
		{
			name: "at least", rule: simple(alerts.Condition{Kind: alerts.AtLeast, Limit: 30}),
			says: []string{"29.9", "30", "30.1", "29.9"},
			want: []string{"1 r lab1/temperature inactive→firing warning tell", "3 r lab1/temperature firing→resolved warning tell"},
		},
		{
			name: "at least, with a clear level", rule: simple(alerts.Condition{Kind: alerts.AtLeast, Limit: 30, HasClear: true, Clear: 28}),
			says: []string{"30", "28.1", "28"},
			want: []string{"0 r lab1/temperature inactive→firing warning tell", "2 r lab1/temperature firing→resolved warning tell"},
		},
		{
			name: "falls by", rule: simple(alerts.Condition{Kind: alerts.FallsBy, Limit: 5}),
			says: []string{"3", "30", "25", "nan", "hello", "19.9", "20"},
			want: []string{"5 r lab1/temperature inactive→firing warning tell", "6 r lab1/temperature firing→resolved warning tell"},
		},
		{
			name: "falls by, told for a while, once", rule: simple(alerts.Condition{Kind: alerts.FallsBy, Window: time.Minute}), every: 20,
			says: []string{"100", "120", "5", "25", "3", "23", "43", "63"},
			want: []string{"40 r lab1/temperature inactive→firing warning tell", "140 r lab1/temperature firing→resolved warning tell"},
		},
		{
			name: "grows and grows", rule: simple(alerts.Condition{Kind: alerts.Grows, Limit: 10, Window: time.Minute}), every: 10,
			says: []string{"100", "102", "104", "106", "108", "110", "112", "114", "116", "116", "116", "118"},
			want: []string{"70 r lab1/temperature inactive→firing warning tell", "100 r lab1/temperature firing→resolved warning tell"},
		},
		{
			name: "grows, but slowly", rule: simple(alerts.Condition{Kind: alerts.Grows, Limit: 10, Window: time.Minute}), every: 10,
			says: []string{"100", "101", "102", "103", "104", "105", "106", "107", "108", "109", "110"},
		},
		{
			name: "grows at once, and no more", rule: simple(alerts.Condition{Kind: alerts.Grows, Limit: 10, Window: time.Minute}), every: 10,
			says: []string{"100", "100", "500", "500", "500", "500", "500", "500", "500", "500", "500", "500"},
		},
		{
			name: "goes up and down", rule: simple(alerts.Condition{Kind: alerts.Grows, Limit: 10, Window: time.Minute}), every: 5,
			says: []string{"100", "200", "300", "400", "500", "100", "200", "300", "400", "500", "100", "200", "300", "400", "500", "100", "200", "300", "400", "500"},
		},
		{
			name: "grows though it goes back a little", rule: simple(alerts.Condition{Kind: alerts.Grows, Limit: 10, Window: time.Minute}), every: 5,
			says: []string{"100", "110", "108", "118", "116", "126", "124", "134", "132", "142", "140", "150", "148", "158", "156", "166"},
			want: []string{"60 r lab1/temperature inactive→firing warning tell"},
		},
		{
			name: "grows from nothing", rule: simple(alerts.Condition{Kind: alerts.Grows, Limit: 10, Window: time.Minute}), every: 10,
			says: []string{"0", "1", "2", "3", "4", "5", "6", "7"},
			want: []string{"70 r lab1/temperature inactive→firing warning tell"},
		},
		{
			name: "nobody knows how it grew while it was not heard", rule: simple(alerts.Condition{Kind: alerts.Grows, Limit: 10, Window: time.Minute}), every: 80,
			says: []string{"100", "200", "300", "400", "500"},
		},
		{
			name: "stuck", rule: simple(alerts.Condition{Kind: alerts.Stuck, After: 10 * time.Second}), every: 5,
			says: []string{"20", "20.0", "20", "20", "20.1"},
			want: []string{"10 r lab1/temperature inactive→firing warning tell", "20 r lab1/temperature firing→resolved warning tell"},
		},
		{
			name: "stuck takes more than two readings", rule: simple(alerts.Condition{Kind: alerts.Stuck, After: 10 * time.Second}), every: 60,
			says: []string{"20", "20"},
		},
		{
			name: "not a number", rule: simple(alerts.Condition{Kind: alerts.NotANumber}),
			says: []string{"20", "nan", "--", "20"},
			want: []string{"1 r lab1/temperature inactive→firing warning tell", "3 r lab1/temperature firing→resolved warning tell"},
		},
		{
			name: "no data", rule: simple(alerts.Condition{Kind: alerts.NoData, After: 3 * time.Second}), every: 2,
			says: []string{"20", "20", "20", "20"},
			want: []string{"9 r lab1/temperature inactive→firing warning tell"},
		},
		{
			name: "no data, learned", rule: simple(alerts.Condition{Kind: alerts.NoData}), every: 4,
			says: []string{"20", "20", "20", "20"},
			want: []string{"24 r lab1/temperature inactive→firing warning tell"},
		},
		{
			name: "another unit is left out", rule: withUnit(simple(alerts.Condition{Kind: alerts.Above, Limit: 30}), "°C"),
			says: []string{"80 F", "80 C"},
			want: []string{"1 r lab1/temperature inactive→firing warning tell"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, test.rule)
			if test.every == 0 {
				test.every = 1
			}
			if test.topic == "" {
				test.topic = topic
			}
			last := 0.0
			for i, payload := range test.says {
				last = float64(i) * test.every
				b.say(last, test.topic, payload, "")
			}
			for s := last; s < last+30; s++ {
				b.tick(s)
			}
			b.want(test.want...)
		})
	}
}

// simple is a rule named r about all temperatures.
func simple(c alerts.Condition) alerts.Rule {
	return alerts.Rule{Name: "r", Metric: "temperature", Warning: &c}
}

func word(kind alerts.Kind, text string) alerts.Rule {
	return alerts.Rule{Name: "r", Topic: "home/#", Warning: &alerts.Condition{Kind: kind, Text: text}}
}

func withUnit(r alerts.Rule, unit string) alerts.Rule {
	r.Unit = unit
	return r
}

func TestPresence(t *testing.T) {
	t.Parallel()
	b := newBench(t, alerts.Rule{Name: "gone", Critical: &alerts.Condition{Kind: alerts.Presence, Presence: model.Offline}})
	b.say(0, "iotclass/lab1/status", "offline", "r") // who knows since when
	b.say(0, "iotclass/lab2/status", "online", "r")
	b.say(5, "iotclass/lab2/status", "offline", "")
	b.say(6, "iotclass/lab1/status", "online", "")
	b.say(7, "iotclass/lab1/status", "offline", "")
	b.say(8, "iotclass/lab2/status", "online", "")
	b.want(
		"5 gone lab2/ inactive→firing critical tell",
		"7 gone lab1/ inactive→firing critical tell",
		"8 gone lab2/ firing→resolved critical tell",
	)
}

// TestInhibition: a board that is known to be away is not told to be silent too.
func TestInhibition(t *testing.T) {
	t.Parallel()
	for _, even := range []bool{false, true} {
		t.Run(strconv.FormatBool(even), func(t *testing.T) {
			t.Parallel()
			silent := simple(alerts.Condition{Kind: alerts.NoData, After: 10 * time.Second})
			silent.EvenOffline = even
			b := newBench(t, silent)
			b.say(0, "iotclass/lab1/temperature", "20", "")
			b.say(5, "iotclass/lab1/status", "offline", "")
			b.tick(60)
			b.say(61, "iotclass/lab1/status", "online", "")
			b.tick(65)
			b.tick(75)
			b.say(80, "iotclass/lab1/status", "offline", "")
			b.tick(100)
			if even {
				b.want("10 r lab1/temperature inactive→firing warning tell")
				return
			}
			b.want("71 r lab1/temperature inactive→firing warning tell",
				"80 r lab1/temperature firing→resolved warning (the device is offline) tell")
		})
	}
}

// TestSilenceOfOne: one dead board among living ones is found at its second.
func TestSilenceOfOne(t *testing.T) {
	t.Parallel()
	rule := alerts.Rule{Name: "r", Metric: "*", Warning: &alerts.Condition{Kind: alerts.NoData, After: 30 * time.Second}}
	b := newBench(t, rule)
	for s := 0; s < 120; s += 5 {
		for i := range 30 {
			if i != 7 || s < 20 {
				b.say(float64(s), fmt.Sprintf("iotclass/lab%d/temperature", i), "20", "")
				b.say(float64(s), fmt.Sprintf("iotclass/lab%d/uptime", i), "up "+strconv.Itoa(s), "")
			}
		}
		b.say(0, "iotclass/lab3/status", "online", "")
		b.tick(float64(s) + 1)
	}
	b.want("45 r lab7/temperature inactive→firing warning tell")
}

func TestExpected(t *testing.T) {
	t.Parallel()
	rule := alerts.Rule{
		Name: "r", Metric: "*", Expect: []string{"LAB1", "lab2", "lab3"},
		Warning: &alerts.Condition{Kind: alerts.NoData, After: 30 * time.Second},
	}
	b := newBench(t, rule)
	b.connection(1, model.Connecting, 0)
	b.connection(10, model.Connected, 1)
	b.say(12, "iotclass/lab1/temperature", "20", "")
	b.say(12, "iotclass/lab2/status", "online", "r")
	b.say(41, "iotclass/lab1/temperature", "20", "")
	b.tick(42)
	b.say(50, "iotclass/lab3/temperature", "20", "")
	b.tick(60)
	b.want(
		"40 r lab2/ inactive→firing warning tell",
		"40 r lab3/ inactive→firing warning tell",
		"50 r lab3/ firing→resolved warning tell",
	)
}

// TestStored: a stored value is a state of unknown age.
func TestStored(t *testing.T) {
	t.Parallel()
	b := newBench(t, above(0), word(alerts.Equals, "open"),
		alerts.Rule{Name: "silent", Metric: "*", Warning: &alerts.Condition{Kind: alerts.NoData, After: 10 * time.Second}})
	b.connection(0, model.Connected, 1)
	b.say(0, lab1, "99", "r")
	b.say(0, "home/hall/door", "open", "r")
	b.tick(100)
	b.want() // not one alert from what was stored
	b.say(101, lab1, "31", "")
	b.say(101, "home/hall/door", "closed", "")
	b.connection(105, model.Waiting, 1)
	b.tick(200) // nobody is silent while nobody listens
	b.connection(200, model.Connected, 2)
	b.say(200, lab1, "20", "r")
	b.say(200, "home/hall/door", "open", "r") // the old one, or a new one: nobody can tell
	b.say(201, lab1, "31", "")
	b.say(201, "home/hall/door", "open", "")
	b.say(202, lab1, "20", "")
	b.want(
		"101 hot lab1/temperature inactive→firing warning tell",
		"201 r hall/door inactive→firing warning tell",
		"202 hot lab1/temperature firing→resolved warning tell",
	)
	b.tick(230)
	b.want(append(tell(b.seen[:3]), "212 silent lab1/temperature inactive→firing warning tell")...)
}

// TestStoredWord: a word that was said while labtop was away counts, on a topic
// whose words the broker keeps.
func TestStoredWord(t *testing.T) {
	t.Parallel()
	const door = "home/hall/door"
	b := newBench(t, word(alerts.Equals, "open"))
	b.connection(0, model.Connected, 1)
	b.say(0, door, "closed", "r")
	b.say(1, door, "closed", "")
	b.connection(2, model.Waiting, 1)
	b.connection(3, model.Connected, 2)
	b.say(3, door, "open", "r")
	b.connection(4, model.Waiting, 2)
	b.connection(5, model.Connected, 3)
	b.say(5, door, "open", "r") // the same alert goes on
	b.say(6, door, "closed", "")
	b.want("3 r hall/door inactive→firing warning tell", "6 r hall/door firing→resolved warning tell")
}

// TestReconnect: what still holds after a lost connection is the same alert, and
// nothing fires by the clock meanwhile.
func TestReconnect(t *testing.T) {
	t.Parallel()
	b := newBench(t, above(10*time.Second))
	b.connection(0, model.Connected, 1)
	b.say(1, lab1, "31", "")
	b.say(1, "iotclass/lab2/temperature", "31", "")
	b.say(11, "iotclass/lab2/temperature", "31", "")
	b.say(12, "iotclass/lab2/temperature", "31", "")
	b.say(13, "iotclass/lab3/temperature", "31", "")
	b.connection(15, model.Waiting, 1)
	b.tick(60)
	b.connection(60, model.Connected, 2)
	b.tick(70)
	b.say(71, "iotclass/lab2/temperature", "31", "")
	b.say(72, "iotclass/lab3/temperature", "31", "")
	b.say(73, "iotclass/lab2/temperature", "20", "")
	b.want(
		"1 hot lab1/temperature inactive→pending warning",
		"1 hot lab2/temperature inactive→pending warning",
		"11 hot lab2/temperature pending→firing warning tell",
		"11 hot lab1/temperature pending→firing warning tell",
		"13 hot lab3/temperature inactive→pending warning",
		"72 hot lab3/temperature pending→firing warning tell",
		"73 hot lab2/temperature firing→resolved warning tell",
	)
}

// TestReadingsBeforeConnected: the first messages of a connection may come before it
// is said to be made; they belong to it nevertheless.
func TestReadingsBeforeConnected(t *testing.T) {
	t.Parallel()
	b := newBench(t, above(0))
	b.connection(0, model.Connecting, 0)
	b.say(1, lab1, "31", "")
	b.connection(1.1, model.Connected, 1)
	b.tick(2)
	b.connection(10, model.Waiting, 1)
	b.connection(12, model.Connecting, 1)
	b.say(13, "iotclass/lab2/temperature", "31", "")
	b.connection(13.1, model.Connected, 2)
	b.tick(14)
	b.want(
		"1 hot lab1/temperature inactive→pending warning",
		"1.1 hot lab1/temperature pending→firing warning tell",
		"13 hot lab2/temperature inactive→pending warning",
		"13.1 hot lab2/temperature pending→firing warning tell",
	)
}

// TestLateAndRepeated: they change nothing.
func TestLateAndRepeated(t *testing.T) {
	t.Parallel()
	b := newBench(t, above(10*time.Second),
		alerts.Rule{Name: "fast", Metric: "temperature", Warning: &alerts.Condition{Kind: alerts.Rate, Limit: 5}})
	b.say(0, lab1, "20", "")
	b.say(30, lab1, "20", "")
	b.say(40, lab1, "45", "d")
	b.say(35, lab1, "45", "")
	b.say(60, lab1, "20", "")
	b.tick(120)
	b.want()
}

// TestLoneSpike: one reading beyond the limit is forgotten, however far away the
// clear level is.
func TestLoneSpike(t *testing.T) {
	t.Parallel()
	b := newBench(t, above(10*time.Second))
	for s := 0; s < 100; s += 5 {
		v := "29.5"
		if s == 10 {
			v = "35"
		}
		b.say(float64(s), lab1, v, "")
	}
	b.want("10 hot lab1/temperature inactive→pending warning", "30 hot lab1/temperature pending→inactive warning")
}

// TestSilenceKeepsItsLength: the message that ends a silence may change what is known of the
// interval, not how long the silence was that was told of.
func TestSilenceKeepsItsLength(t *testing.T) {
	t.Parallel()
	b := newBench(t, simple(alerts.Condition{Kind: alerts.NoData}))
	for _, s := range []float64{0, 4, 8} {
		b.say(s, lab1, "20", "")
	}
	b.tick(30)
	b.say(38, lab1, "20", "")
	if len(b.seen) != 2 {
		t.Fatalf("%+v", b.seen)
	}
	for _, seen := range b.seen {
		if got := seen.Alert.Summary; got != "no data for 12 s" {
			t.Errorf("%v: %s", seen.To, got)
		}
	}
}

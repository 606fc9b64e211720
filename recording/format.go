package recording

import (
	"time"

	"labtop/model"
)

const (
	// profile is the MCAP profile of a recording.
	profile = "mqtt"
	// metadataName names the metadata record at the start, which tells the
	// version of the format and who wrote it.
	metadataName = "labtop"
	// clockName names the one that stands before a chunk which begins with an entry of the
	// clock.
	clockName = "labtop/clock"
	// Version is the version of the format that is written, and the newest that
	// is read.
	Version = 1
)

// The bounds of a file.
const (
	// chunkBytes is the size at which a chunk is written, before compression.
	chunkBytes = 1 << 20
	// maxRecord is the largest record that is read, maxChunk the largest chunk
	// after decompression.
	maxRecord = 16 << 20
	maxChunk  = 32 << 20
	// maxRatio is how many times its size a chunk may grow to when it is
	// decompressed, beyond freeChunk bytes.
	maxRatio  = 100
	freeChunk = 4 << 20
	// MaxPayload is what is kept of one payload; of a longer one its start.
	MaxPayload = 15 << 20
	// maxChannels is how many channels there may be, numbered from 1.
	maxChannels = 65535
	// maxTopics bounds the bytes of the topics of all channels of a file, so that writers
	// and readers can keep them.
	maxTopics = 16 << 20
	// maxIndexed is how many chunks the index at the end may have; a file with
	// more has none, and is read from its start.
	maxIndexed = 500_000
	// redefineAfter is after how many chunks a channel is defined anew.
	redefineAfter = 64
)

// The kinds of the channels below labtop/, as their metadata tell them.
const (
	kindConnection    = "connection"
	kindSubscriptions = "subscriptions"
	kindGap           = "gap"
	kindNote          = "note"
	kindAlert         = "alert"
	kindClock         = "clock"
	kindProperties    = "properties"
	kindCut           = "cut"
	kindEnd           = "end"
	kindOverflow      = "overflow"
	kindKnown         = "known"
)

// Kind is what an [Entry] tells.
type Kind uint8

// The kinds of entries.
const (
	// MessageEntry is a message: Entry.Message.
	MessageEntry Kind = iota
	// ConnectionEntry is a state of the connection: Entry.Connection.
	ConnectionEntry
	// GapEntry says that messages were lost: Entry.Gap.
	GapEntry
	// NoteEntry is a note that somebody made: Entry.Note.
	NoteEntry
	// AlertEntry is a step of an alert: Entry.Alert.
	AlertEntry
	// ClockEntry says that the clock was set, Entry.Step, or that nobody listened
	// before it, Entry.Away.
	ClockEntry
	// EndEntry is the end of a recording that was closed.
	EndEntry
	// KnownEntry is what was known of a topic when the recording began: its last message,
	// with the time at which that came: Entry.Message, whose Known is set.
	KnownEntry
	// SketchEntry is the state of the lab that a buffer is of: Entry.Sketch. No file has
	// one.
	SketchEntry
)

// Entry is one thing that a recording tells. Fields of other kinds are zero.
type Entry struct {
	Kind Kind
	// Time is when it happened; of a message, when it was received.
	Time       time.Time
	Message    model.Message
	Connection *model.Connection
	Gap        Gap
	Note       string
	Alert      Alert
	// Step is by how much the clock was set, forward when positive.
	Step time.Duration
	// Away is for how long nobody listened: the machine was suspended, or labtop
	// stopped.
	Away time.Duration
	// Sketch is a checkpoint.
	Sketch *model.Checkpoint
}

// Gap says what was lost before its place in the recording.
type Gap struct {
	// From and To are the times of the first and the last message that is missing.
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Messages and Bytes count them, topics, payloads and properties; Events counts states,
	// notes and alerts.
	Messages uint64 `json:"messages"`
	Bytes    uint64 `json:"bytes"`
	Events   uint64 `json:"events,omitempty"`
	// Reason says why, in one line.
	Reason string `json:"reason"`
}

// Alert is one step of an alert.
type Alert struct {
	Rule   string `json:"rule"`
	Device string `json:"device"`
	Metric string `json:"metric,omitempty"`
	Topic  string `json:"topic,omitempty"`
	Path   string `json:"path,omitempty"`
	// From and To are the states before and after, as their words.
	From     string `json:"from"`
	To       string `json:"to"`
	Severity string `json:"severity"`
	// Text is the reading as it was received, Summary what is wrong.
	Text    string `json:"text,omitempty"`
	Summary string `json:"summary,omitempty"`
}

// Info is what a recording says of itself.
type Info struct {
	// Program is what wrote the file, Broker the address without secrets.
	Program string
	Broker  string
	// Started is when the file was begun.
	Started time.Time
}

// The JSON on the channels below labtop/.

type connectionJSON struct {
	State    string    `json:"state"`
	Since    time.Time `json:"since"`
	Problem  string    `json:"problem,omitempty"`
	Hint     string    `json:"hint,omitempty"`
	NextTry  time.Time `json:"next_try,omitzero"`
	Attempts int       `json:"attempts,omitempty"`
	Connects int       `json:"connects"`
	Broker   string    `json:"broker,omitempty"`
	ClientID string    `json:"client_id,omitempty"`
	Insecure bool      `json:"insecure,omitempty"`
	Link     *linkJSON `json:"link,omitempty"` // missing before the first connection, and in files of old
}

type subscriptionJSON struct {
	Filter    string `json:"filter"`
	Requested byte   `json:"requested_qos"`
	Granted   *byte  `json:"granted_qos"` // null when it was refused or not answered
	Answered  bool   `json:"answered"`
	Error     string `json:"error,omitempty"`
}

type noteJSON struct {
	Text string `json:"text"`
}

type clockJSON struct {
	StepSeconds float64 `json:"step_seconds"`
	AwaySeconds float64 `json:"away_seconds,omitempty"`
}

func newClockJSON(step, away time.Duration) *clockJSON {
	return &clockJSON{step.Seconds(), away.Seconds()}
}

// step is by how much the clock was set, forward when positive.
func (j *clockJSON) step() time.Duration { return seconds(j.StepSeconds) }

type cutJSON struct {
	Size int `json:"size"`
}

func toConnectionJSON(c *model.Connection) connectionJSON {
	return connectionJSON{
		State: c.State.String(), Since: c.Since.UTC(), Problem: c.Problem, Hint: c.Hint, NextTry: utc(c.NextTry),
		Attempts: c.Attempts, Connects: c.Connects, Broker: c.Broker, ClientID: c.ClientID, Insecure: c.Insecure,
		Link: toLinkJSON(c.Link),
	}
}

// utc is t in UTC; the zero time stays zero.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}

func (j *connectionJSON) connection(subscriptions []model.Subscription) *model.Connection {
	c := &model.Connection{
		State: model.Closed, Since: j.Since, Problem: j.Problem, Hint: j.Hint, NextTry: j.NextTry,
		Attempts: j.Attempts, Connects: j.Connects, Broker: j.Broker, ClientID: j.ClientID, Insecure: j.Insecure,
		Link: j.Link.link(), Subscriptions: subscriptions,
	}
	for _, s := range []model.ConnectionState{model.Connecting, model.Connected, model.Waiting} {
		if s.String() == j.State {
			c.State = s
		}
	}
	return c
}

func toSubscriptionsJSON(subscriptions []model.Subscription) []subscriptionJSON {
	list := make([]subscriptionJSON, len(subscriptions))
	for i, s := range subscriptions {
		list[i] = subscriptionJSON{Filter: s.Filter, Requested: s.Requested, Answered: s.Answered, Error: s.Error}
		if s.Answered && !s.Refused() {
			list[i].Granted = &subscriptions[i].Granted
		}
	}
	return list
}

func fromSubscriptionsJSON(list []subscriptionJSON) []model.Subscription {
	subscriptions := make([]model.Subscription, len(list))
	for i, s := range list {
		subscriptions[i] = model.Subscription{Filter: s.Filter, Requested: s.Requested, Answered: s.Answered, Error: s.Error}
		if s.Granted != nil {
			subscriptions[i].Granted = *s.Granted
		}
	}
	return subscriptions
}

package model

import "time"

// Limits bound the memory of a [Store]. Zero fields take the default.
type Limits struct {
	// Topics is how many topics are tracked; messages on further ones are
	// counted and not kept.
	Topics int
	// Metrics is how many metrics are tracked over all topics.
	Metrics int
	// NameBytes is the memory for the names of topics and metrics; messages on topics
	// whose names have no room are counted and not kept. The default is 128 for each
	// topic, and a MiB at least.
	NameBytes int
	// PlaceBytes is the memory for what is known of the places in payloads that hold
	// several values; values at further places are skipped. The default is 128 for each
	// metric, and a MiB at least.
	PlaceBytes int
	// TextBytes is the memory for the last payloads and values as they were received;
	// of further ones the start is kept. The default is 48 for each topic, and a MiB at
	// least.
	TextBytes int
	// HistoryBytes is the memory for the histories of all metrics together.
	HistoryBytes int64
	// PayloadBytes is how much of the last payload of each topic is kept.
	PayloadBytes int
	// Recent is how many messages are kept whole, over all topics.
	Recent int
	// RecentBytes is the memory for the topics and payloads of those.
	RecentBytes int
	// RecentSystem keeps the broker's own messages ($SYS) too.
	RecentSystem bool
	// StaleAfter is the silence after which a metric is stale; 0 means three
	// times the interval learned from its own messages.
	StaleAfter time.Duration
	// BrokerClients is how many clients the broker lets in; 0 when that is not known.
	BrokerClients int
}

// The defaults suit a Raspberry Pi with a few hundred devices and leave a
// process with 250 000 topics well under half a gigabyte.
const (
	DefaultTopics       = 250_000
	DefaultMetrics      = 500_000
	DefaultHistoryBytes = 64 << 20
	DefaultPayloadBytes = 1024
	DefaultRecent       = 10_000
	DefaultRecentBytes  = 8 << 20
)

// The memory that names and places, and texts, have for each topic or metric: more than
// they need, unless they were made to be long.
const bytesEach, textEach = 128, 48

func (l Limits) withDefaults() Limits {
	set := func(v *int, def int) {
		if *v <= 0 {
			*v = def
		}
	}
	set(&l.Topics, DefaultTopics)
	set(&l.Metrics, DefaultMetrics)
	set(&l.NameBytes, max(l.Topics*bytesEach, 1<<20))
	set(&l.PlaceBytes, max(l.Metrics*bytesEach, 1<<20))
	set(&l.TextBytes, max(l.Topics*textEach, 1<<20))
	set(&l.PayloadBytes, DefaultPayloadBytes)
	set(&l.Recent, DefaultRecent)
	set(&l.RecentBytes, DefaultRecentBytes)
	if l.HistoryBytes <= 0 {
		l.HistoryBytes = DefaultHistoryBytes
	}
	l.StaleAfter, l.BrokerClients = max(l.StaleAfter, 0), max(l.BrokerClients, 0)
	return l
}

// Counters say what was received and what each bound has cost. They only grow.
type Counters struct {
	// Messages counts every message but the broker's own ($SYS).
	Messages uint64
	// System counts messages on topics that begin with "$".
	System uint64
	// Retained and Dup count messages with that flag.
	Retained uint64
	Dup      uint64
	// Commands counts messages on command topics, which are not readings.
	Commands uint64
	// Dropped counts messages that came and were not kept: the topic cap was
	// reached, or that of names.
	Dropped uint64
	// UntrackedMetrics counts readings that were not kept: the metric cap was reached,
	// or that of names.
	UntrackedMetrics uint64
	// Evicted counts readings whose history had to go for want of memory.
	Evicted uint64
	// Truncated counts payloads cut at the payload cap.
	Truncated uint64
	// Shortened counts texts of which only the start was kept for want of memory.
	Shortened uint64
	// Undecodable counts payloads that are binary data or broken JSON.
	Undecodable uint64
	// Unread counts payloads that look like JSON and are too large to be read.
	Unread uint64
	// Skipped counts readings left out of payloads that hold too many, or of which there
	// is no room for the place.
	Skipped uint64
	// BrokerDropped counts the messages that the broker says it has dropped, for
	// whichever client, since it first said so to us.
	BrokerDropped uint64
}

package subscriber

import (
	"strings"
	"sync"

	"labtop/model"
	"labtop/safetext"
)

// mostSamples and mostSystem bound what is kept of messages, samplePayload how many bytes
// of each.
const (
	mostSamples   = 5
	mostSystem    = 1000
	samplePayload = 200
)

// ears take what the session receives.
type ears struct {
	probes chan model.Message // messages on the probe's topic; those that do not fit are lost

	mu       sync.Mutex // guards what follows
	filters  []Filter
	messages []uint64 // by filter
	retained []uint64 // by filter
	system   map[string]string
	samples  []Sample
	stored   uint64
}

// hear takes a message.
func (e *examiner) hear(m model.Message) {
	if m.Topic == e.probe {
		select {
		case e.heard.probes <- m:
		default:
		}
	}
	h := &e.heard
	h.mu.Lock()
	defer h.mu.Unlock()
	if strings.HasPrefix(m.Topic, "$") {
		if len(h.system) < mostSystem && strings.HasPrefix(m.Topic, "$SYS/") {
			h.system[safetext.Clean(m.Topic)] = sample(m.Payload)
		}
		return
	}
	for i, f := range h.filters {
		if model.MatchTopic(unshared(f.Topic), m.Topic) {
			h.messages[i]++
			if m.Retained {
				h.retained[i]++
			}
		}
	}
	if m.Retained {
		if h.stored++; len(h.samples) < mostSamples {
			h.samples = append(h.samples, Sample{Topic: safetext.Clean(m.Topic), Payload: sample(m.Payload)})
		}
	}
}

// sample is the beginning of a payload, safe to print.
func sample(payload []byte) string {
	return safetext.CleanBytes(payload[:min(len(payload), samplePayload)])
}

// unshared is the filter within a shared subscription.
func unshared(filter string) string {
	if rest, shared := strings.CutPrefix(filter, "$share/"); shared {
		_, filter, _ = strings.Cut(rest, "/")
	}
	return filter
}

// attend counts messages by these filters from now on.
func (h *ears) attend(filters []Filter) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.filters, h.messages, h.retained = filters, make([]uint64, len(filters)), make([]uint64, len(filters))
}

// on is what came on a subscription so far.
func (h *ears) on(i int, s model.Subscription) Heard {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Heard{Subscription: s, Messages: h.messages[i], Retained: h.retained[i]}
}

// brokerSays are the most telling of the broker's own topics, in one line.
func (h *ears) brokerSays() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.system) == 0 {
		return ""
	}
	var parts []string
	for _, wanted := range []struct{ ending, before string }{
		{"/version", ""},
		{"/uptime", "up "},
		{"/clients/connected", "clients: "},
		{"/connections/count", "clients: "},
	} {
		for topic, value := range h.system {
			if strings.HasSuffix(topic, wanted.ending) && value != "" {
				parts = append(parts, wanted.before+value)
				break
			}
		}
	}
	return strings.Join(append(parts, count(len(h.system), "topic")), ", ")
}

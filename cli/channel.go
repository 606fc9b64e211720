package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"labtop/alerts/notify"
	"labtop/safetext"
)

const (
	// maxChannels bounds how many goroutines wait for alerts.
	maxChannels = 50
	// longestChannel is how long a channel's name may be, in bytes.
	longestChannel = 64
	// defaultAlertTopic is where the states of alerts are published.
	defaultAlertTopic = "labtop/alerts"
)

// channelKinds are the words for the kinds of channels.
var channelKinds = []string{"bell", "desktop", "command", "webhook", "mqtt", "alertmanager"}

// channelKeys are the keys of each kind.
var channelKeys = map[string][]string{
	"bell":         {},
	"desktop":      {"method"},
	"command":      {"argv"},
	"webhook":      {"url", "headers", "ca_file", "allow_private"},
	"mqtt":         {"topic"},
	"alertmanager": {"url", "headers", "ca_file", "allow_private"},
}

// sharedKeys are those of a channel of any kind.
var sharedKeys = []string{"every", "per_minute", "default"}

// secretSource is a text that may be a secret, or where to read it from. The zero
// value is an empty text.
type secretSource struct {
	text Secret
	// file is read up to its first line end; env names a variable.
	file, env string
	place     string
}

// placedChannel is a way to tell of alerts, as the config has it.
type placedChannel struct {
	name, kind, place string
	// every, perMinute are zero for the defaults; standard says that rules which
	// name no channel mean this one.
	every     time.Duration
	perMinute int
	standard  bool

	method       string // of a desktop: auto, osc9, osc777, both
	argv         []Secret
	url          secretSource
	headers      map[string]secretSource
	caFile       string
	caPlace      string
	allowPrivate bool
	topic        string
}

// builtInChannels are there without a word in the config.
func builtInChannels() []placedChannel {
	return []placedChannel{{name: "bell", kind: "bell"}, {name: "desktop", kind: "desktop", method: "auto"}}
}

// allChannels are those of the config and the built-in ones that it does not
// replace.
func (c *Config) allChannels() []placedChannel {
	channels := slices.DeleteFunc(builtInChannels(), func(b placedChannel) bool {
		return slices.ContainsFunc(c.Channels, func(p placedChannel) bool { return p.name == b.name })
	})
	return append(channels, c.Channels...)
}

func (c *Config) channelNames() []string {
	var names []string
	for _, ch := range c.allChannels() {
		names = append(names, ch.name)
	}
	return names
}

// checkChannel says that there is no channel of a name, and which is the nearest.
func (c *Config) checkChannel(name string) error {
	names := c.channelNames()
	if slices.Contains(names, name) {
		return nil
	}
	hint := didYouMean(name, names)
	if hint == "" {
		hint = "; there are " + strings.Join(names, ", ")
	}
	return fmt.Errorf("there is no channel %s%s", quote(name), hint)
}

// checkRuleChannels refuses rules that name a channel which there is not.
func (c *Config) checkRuleChannels() error {
	for i := range c.Rules {
		r := &c.Rules[i]
		for _, name := range r.Notify {
			if err := c.checkChannel(name); err != nil {
				return &placed{r.at("notify"), fmt.Errorf("rule %s: notify: %w", quote(r.Name), err)}
			}
		}
	}
	return nil
}

// channels are the ways to tell of alerts, which are read where they stand.
func channels() binding {
	return binding{
		shape: channelTable,
		clear: func(c *Config) { c.Channels = nil },
		set: func(c *Config, it item) error {
			c.Channels = append(c.Channels, *it.channel)
			return nil
		},
		show: func(c *Config) string {
			var all []string
			for i := range c.Channels {
				all = append(all, c.Channels[i].String())
			}
			return strings.Join(all, ", ")
		},
	}
}

// String names the channel, its kind and where it leads, without secrets.
func (ch *placedChannel) String() string {
	return safetext.Clean(ch.name) + " (" + strings.TrimSpace(ch.kind+" "+ch.where()) + ")"
}

// where is where the channel leads to, without secrets; empty where that says
// nothing.
func (ch *placedChannel) where() string {
	switch ch.kind {
	case "command":
		return safetext.Clean(string(ch.argv[0]))
	case "webhook", "alertmanager":
		if ch.url.text == "" {
			return hidden
		}
		return notify.Where(string(ch.url.text))
	case "mqtt":
		return safetext.Clean(ch.topic)
	}
	return ""
}

// resolve makes the names of files absolute.
func (ch *placedChannel) resolve(absolute func(string) string) {
	ch.caFile, ch.url.file = absolute(ch.caFile), absolute(ch.url.file)
	for name, s := range ch.headers {
		s.file = absolute(s.file)
		ch.headers[name] = s
	}
}

// Format writes the channel without its secrets, whatever the verb.
func (ch placedChannel) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, ch.String()) }

// exampleChannels are channels as `config init` writes them: each line a comment.
func exampleChannels() string {
	return "\n" + strings.Join([]string{
		`#  phone: {webhook: {url: "https://hooks.example.org/lab", headers: {Authorization: {env: LAB_TOKEN}}}}`,
		`#  light: {command: [/usr/local/bin/lab-light, red], every: 1m, per_minute: 5}`,
		`#  desk: {desktop: {method: osc9}, default: true}`,
		`#  states: {mqtt: {topic: labtop/alerts}}`,
		`#  pager: {alertmanager: {url: "http://localhost:9093"}}`,
	}, "\n")
}

package cli

import (
	"slices"
	"time"

	"labtop/simulator"
	"labtop/subscriber"
)

// Config is every setting of labtop, validated. It is not changed once a
// command has it, and can be printed: it holds its secrets as [Secret].
type Config struct {
	// Broker is the broker's address, Others are further ones of the same broker.
	Broker subscriber.Broker
	Others []subscriber.Broker
	// Filters are what to subscribe to; never empty.
	Filters []subscriber.Filter
	// QoS is for filters that name none, 0 to 2.
	QoS byte

	// Username is empty for none.
	Username string
	// Password is empty for none. It is filled only for commands that connect.
	Password Secret
	// PasswordFile holds the password in its first line; empty for none.
	PasswordFile string
	// PasswordCommand is a program that prints the password, with its arguments;
	// nil for none. It is run without a shell. An argument may be a secret itself.
	PasswordCommand []Secret
	// PasswordPrompt says to ask for the password on the terminal.
	PasswordPrompt bool

	// BrokerLimit is how many clients the broker lets in; 0 when that is not known.
	BrokerLimit int

	// CAFile, CertFile and KeyFile are PEM files; empty means the system's
	// authorities, no client certificate.
	CAFile   string
	CertFile string
	KeyFile  string
	// KeyPassword decrypts the key; empty for none. It is filled only for commands that
	// connect. KeyPasswordFile holds it in its first line; empty for none.
	KeyPassword     Secret
	KeyPasswordFile string
	// ServerName is the name in the broker's certificate; empty means the
	// URL's host.
	ServerName string
	// ALPN is the protocol to ask for in the TLS handshake; empty for none.
	ALPN string
	// Insecure says not to verify the broker's certificate.
	Insecure bool

	// Protocol is 3.1.1 or 5.
	Protocol string
	// ClientID is empty for a random one.
	ClientID string
	// KeepAlive is whole seconds, 1 s to 65 535 s (MQTT 3.1.1 section 3.1.2.10).
	KeepAlive time.Duration
	// ConnectTimeout bounds one attempt to connect.
	ConnectTimeout time.Duration
	// PresenceTopic is where labtop says that it is online and offline; empty for
	// nowhere.
	PresenceTopic string
	// CleanSession says to begin without what the broker kept for the client.
	CleanSession bool
	// SessionExpiry is for how long the broker is to keep it, whole seconds, MQTT 5 only.
	SessionExpiry time.Duration

	// File is the config file that was read; empty for none.
	File string
	// Profile is the profile chosen in it; empty for none.
	Profile string
	// Profiles are the names of all profiles of the file, sorted.
	Profiles []string

	// Devices are patterns that tell devices and metrics in topics, such as
	// "home/{device}/{metric}"; nil for the built-in conventions alone.
	Devices []string
	// Metrics declares units and decimals by a metric's name.
	Metrics map[string]Metric
	// Rules are the alert rules; nil for the built-in ones, empty for none.
	Rules []placedRule
	// Channels are the ways to tell of alerts besides the built-in ones.
	Channels []placedChannel
	// RulesFile is the file that they come from; empty for the config file.
	RulesFile string
	// StaleAfter is the silence after which a metric is stale; 0 means three
	// times its own learned interval.
	StaleAfter time.Duration
	// GuessUnits says to take a unit from a metric's name when nothing states it.
	GuessUnits bool
	// Limits bound the memory.
	Limits Limits

	// Challenges and Chaos are the special devices of a simulated lab.
	Challenges, Chaos []simulator.Special

	// Record is the file that the session is recorded to; empty for none. Force
	// says to overwrite it.
	Record   string
	Rotation Rotation
	Force    bool

	ReadOnly bool
	Plain    bool
	NoColor  bool
	ASCII    bool
	NoMouse  bool
	// Theme is auto, dark, light or contrast.
	Theme string
	// FPS is the most frames a second, 1 to 60.
	FPS int
	// LogFile is where labtop logs; empty for nowhere.
	LogFile string

	// origins tells for each setting, by name, where its value comes from.
	origins map[string]origin
	// topics are the filters as text, before QoS is known.
	topics []string
}

// Metric is what the config declares about the metrics of one name.
type Metric struct {
	// Unit is a symbol such as "°C"; empty for undeclared.
	Unit string
	// Decimals is how many to show, 0 to 9; -1 for undeclared.
	Decimals int
}

// Limits bound what labtop keeps.
type Limits struct {
	// Topics and Metrics are how many are tracked.
	Topics  int
	Metrics int
	// Alerts is how many pairs of a rule and a metric are watched.
	Alerts int
	// Payload is the size in bytes above which a payload is cut.
	Payload int64
	// Log is the memory in bytes for the payloads of the last messages,
	// LogMessages how many of those are kept.
	Log         int64
	LogMessages int
	// Rewind is the memory in bytes for what came last, to go back to it.
	Rewind int64
	// History is the memory in bytes for the histories of all metrics.
	History int64
	// Queue is how many messages may wait to be taken in.
	Queue int
}

// addresses are all addresses of the broker.
func (c *Config) addresses() []subscriber.Broker {
	return append([]subscriber.Broker{c.Broker}, c.Others...)
}

// encrypted says whether TLS is spoken at any of the broker's addresses.
func (c *Config) encrypted() bool { return slices.ContainsFunc(c.addresses(), subscriber.Broker.TLS) }

// finish settles what depends on more than one setting.
func (c *Config) finish() error {
	if err := c.readRulesFile(); err != nil {
		return usageError(err)
	}
	if err := c.checkRuleChannels(); err != nil {
		return usageError(err)
	}
	c.Filters = nil
	for _, text := range c.topics {
		f, err := subscriber.ParseFilter(text, c.QoS)
		if err != nil {
			return usageError(&placed{c.origins["topic"].place, err})
		}
		c.Filters = append(c.Filters, f)
	}
	switch {
	case c.Broker.Host == "":
		return usagef("%s: no broker is left; give one or remove the empty list", c.origins["broker"].place)
	case slices.ContainsFunc(c.Others, func(b subscriber.Broker) bool { return b.Username != c.Broker.Username }):
		return usagef("%s: all addresses of a broker have the same user; give the name with --username", c.origins["broker"].place)
	case len(c.Filters) == 0:
		return usagef("%s: no topic filter is left; give one or remove the empty list", c.origins["topic"].place)
	case c.CertFile != "" && c.KeyFile == "":
		return usagef("%s: a client certificate needs its key; give --key-file too", c.origins["cert-file"].place)
	case c.KeyFile != "" && c.CertFile == "":
		return usagef("%s: a client key needs its certificate; give --cert-file too", c.origins["key-file"].place)
	case !c.CleanSession && c.ClientID == "":
		return usagef("%s: a kept session needs a name; give --client-id too", c.origins["clean-session"].place)
	case c.PresenceTopic != "" && c.ReadOnly:
		return usagef("%s: labtop publishes there, which it must not in read-only mode; remove it, or write --presence-topic ''", c.origins["presence-topic"].place)
	}
	return nil
}

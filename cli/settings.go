package cli

import (
	"time"

	"labtop/ui"
)

// settings is the table of all settings, in the order of the help and of
// `config show`.
func settings() []group {
	return []group{
		{title: "Connection", settings: connectionSettings()},
		{title: "TLS", settings: tlsSettings()},
		{title: "Session", settings: sessionSettings()},
		{title: "Readings", settings: readingSettings()},
		{title: "Alerts", settings: alertSettings()},
		{title: "Limits", settings: limitSettings()},
		{title: "Screen", settings: screenSettings()},
		{title: "Recording", settings: recordingSettings(), local: true},
		{title: "Simulation", settings: simulationSettings(), local: true},
		{title: "Config", settings: configSettings()},
	}
}

func connectionSettings() []setting {
	return []setting{
		{
			name: "broker", short: "b", sources: both, key: "broker", arg: "URL",
			help:     "the broker: mqtt, mqtts, ws, wss, tcp or ssl (repeatable: other addresses of it)",
			standard: []string{"mqtt://localhost:1883"}, binding: broker(),
		},
		{
			name: "broker-limit", sources: both, key: "broker_limit", arg: "N",
			help:     "how many clients the broker lets in; 0: not known",
			standard: []string{"0"}, binding: number(func(c *Config) *int { return &c.BrokerLimit }, 0, 100_000_000),
		},
		{
			name: "topic", short: "t", sources: both, key: "topics", arg: "FILTER[@QOS]",
			help:     "subscribe to this filter (repeatable)",
			standard: []string{"#", "$SYS/#"}, binding: topics(),
		},
		{
			name: "qos", sources: both, key: "qos", arg: "N",
			help:     "QoS for filters that name none: 0, 1 or 2",
			standard: []string{"0"}, binding: qos(),
		},
		{
			name: "username", short: "u", sources: both, key: "username", arg: "NAME",
			help: "the user to log in as", example: "iotuser",
			binding: text(func(c *Config) *string { return &c.Username }),
		},
		{
			name: "password", sources: onEnv,
			help: "the password; never a flag, never in the file", binding: hiddenText(func(c *Config) *Secret { return &c.Password }),
		},
		{
			name: "password-file", sources: both, key: "password_file", arg: "FILE",
			help: "read the password from this file's first line", example: "~/.config/labtop/password",
			binding: file(func(c *Config) *string { return &c.PasswordFile }),
		},
		{
			name: "password-command", key: "password_command",
			help: "or take the password from the first line that this prints", example: "[pass, show, lab/mqtt]",
			binding: command(func(c *Config) *[]Secret { return &c.PasswordCommand }),
		},
		{
			name: "password-prompt", sources: both, key: "password_prompt",
			help:     "or ask for the password on the terminal",
			standard: []string{"false"}, binding: boolean(func(c *Config) *bool { return &c.PasswordPrompt }),
		},
	}
}

func tlsSettings() []setting {
	return []setting{
		{
			name: "ca-file", sources: both, key: "tls.ca_file", arg: "FILE",
			help: "trust these authorities, PEM, instead of the system's", example: "ca.crt",
			binding: file(func(c *Config) *string { return &c.CAFile }),
		},
		{
			name: "cert-file", sources: both, key: "tls.cert_file", arg: "FILE",
			help: "client certificate, PEM", example: "client.crt",
			binding: file(func(c *Config) *string { return &c.CertFile }),
		},
		{
			name: "key-file", sources: both, key: "tls.key_file", arg: "FILE",
			help: "client key, PEM, which may be encrypted", example: "client.key",
			binding: file(func(c *Config) *string { return &c.KeyFile }),
		},
		{
			name: "key-password", sources: onEnv,
			help: "the password of an encrypted client key; asked for when not given", binding: hiddenText(func(c *Config) *Secret { return &c.KeyPassword }),
		},
		{
			name: "key-password-file", sources: both, key: "tls.key_password_file", arg: "FILE",
			help: "read it from this file's first line", example: "~/.config/labtop/key-password",
			binding: file(func(c *Config) *string { return &c.KeyPasswordFile }),
		},
		{
			name: "server-name", sources: both, key: "tls.server_name", arg: "NAME",
			help: "the name in the broker's certificate, if not the URL's", example: "broker.lab",
			binding: text(func(c *Config) *string { return &c.ServerName }),
		},
		{
			name: "alpn", sources: both, key: "tls.alpn", arg: "NAME",
			help: "ask for this protocol in the TLS handshake", example: "mqtt",
			binding: text(func(c *Config) *string { return &c.ALPN }),
		},
		{
			name: "insecure", sources: both, key: "tls.insecure",
			help:     "do not verify the broker's certificate (dangerous)",
			standard: []string{"false"}, binding: boolean(func(c *Config) *bool { return &c.Insecure }),
		},
	}
}

func sessionSettings() []setting {
	return []setting{
		{
			name: "protocol", sources: both, key: "protocol", arg: "VERSION",
			help:     "MQTT 3.1.1 or 5",
			standard: []string{"3.1.1"}, binding: choice(func(c *Config) *string { return &c.Protocol }, "3.1.1", protocol5),
		},
		{
			name: "client-id", sources: both, key: "client_id", arg: "ID",
			help: "MQTT client identifier; random when not given", example: "labtop-desk",
			binding: text(func(c *Config) *string { return &c.ClientID }),
		},
		{
			name: "keepalive", sources: both, key: "keepalive", arg: "DURATION",
			help:     "MQTT keep-alive, whole seconds",
			standard: []string{"10s"},
			binding:  duration(func(c *Config) *time.Duration { return &c.KeepAlive }, time.Second, 65535*time.Second, time.Second),
		},
		{
			name: "clean-session", sources: both, key: "clean_session",
			help:     "begin without what the broker kept for this client",
			standard: []string{"true"}, binding: boolean(func(c *Config) *bool { return &c.CleanSession }),
		},
		{
			name: "session-expiry", sources: both, key: "session_expiry", arg: "DURATION",
			help:     "how long the broker keeps that while labtop is away, MQTT 5",
			standard: []string{"24h0m0s"},
			binding:  duration(func(c *Config) *time.Duration { return &c.SessionExpiry }, time.Second, 365*24*time.Hour, time.Second),
		},
		{
			name: "presence-topic", sources: both, key: "presence_topic", arg: "TOPIC",
			help: "say there that labtop is online, and offline, retained", example: "labtop/desk/status",
			binding: topicName(func(c *Config) *string { return &c.PresenceTopic }),
		},
		{
			name: "connect-timeout", sources: both, key: "connect_timeout", arg: "DURATION",
			help:     "give up one attempt to connect after this",
			standard: []string{"10s"},
			binding:  duration(func(c *Config) *time.Duration { return &c.ConnectTimeout }, 100*time.Millisecond, 10*time.Minute, 1),
		},
		{
			name: "read-only", sources: both, key: "read_only",
			help:     "never publish or clear anything",
			standard: []string{"false"}, binding: boolean(func(c *Config) *bool { return &c.ReadOnly }),
		},
	}
}

func readingSettings() []setting {
	return []setting{
		{
			name: "devices", key: "devices",
			help: "topic patterns that name the device and the metric", example: `["home/{device}/light/{metric}"]`,
			binding: devices(),
		},
		{
			name: "metrics", key: "metrics",
			help: "units and decimals by the metric's name", example: `{temperature: {unit: "°C", decimals: 2}}`,
			binding: metrics(),
		},
		{
			name: "stale-after", key: "stale_after",
			help:     "silence after which a value is stale; 0s: three times its own interval",
			standard: []string{"0s"},
			binding:  duration(func(c *Config) *time.Duration { return &c.StaleAfter }, 0, 30*24*time.Hour, 1),
		},
		{
			name: "guess-units", key: "guess_units",
			help:     "take a plausible temperature without any unit for °C",
			standard: []string{"false"}, binding: boolean(func(c *Config) *bool { return &c.GuessUnits }),
		},
	}
}

func alertSettings() []setting {
	return []setting{
		{
			name: "alerts", key: "alerts",
			help:    "the alert rules, instead of the built-in ones; [] for none",
			example: exampleRules(), binding: rules(),
		},
		{
			name: "rules", sources: both, arg: "FILE",
			help:    "the alert rules of this file, instead of those of the config",
			binding: file(func(c *Config) *string { return &c.RulesFile }),
		},
		{
			name: "notify", key: "notify",
			help:    "channels for the notify of rules, besides bell and desktop",
			example: exampleChannels(), binding: channels(),
		},
	}
}

func limitSettings() []setting {
	return []setting{
		{
			name: "limit-topics", key: "limits.topics",
			help:     "topics that are tracked; what comes on others is counted",
			standard: []string{"250000"}, binding: number(func(c *Config) *int { return &c.Limits.Topics }, 1, 10_000_000),
		},
		{
			name: "limit-metrics", key: "limits.metrics",
			help:     "metrics that are tracked over all topics",
			standard: []string{"500000"}, binding: number(func(c *Config) *int { return &c.Limits.Metrics }, 1, 20_000_000),
		},
		{
			name: "limit-alerts", key: "limits.alerts",
			help:     "pairs of an alert rule and a metric that are watched",
			standard: []string{"12000"}, binding: number(func(c *Config) *int { return &c.Limits.Alerts }, 1, 20_000_000),
		},
		{
			name: "limit-payload", key: "limits.payload",
			help:     "payloads above this size are cut",
			standard: []string{"1MiB"}, binding: size(func(c *Config) *int64 { return &c.Limits.Payload }, 1<<10, 256<<20),
		},
		{
			name: "limit-log", key: "limits.log",
			help:     "memory for the payloads of the last messages, which the log shows",
			standard: []string{"8MiB"}, binding: size(func(c *Config) *int64 { return &c.Limits.Log }, 1<<10, 16<<30),
		},
		{
			name: "limit-log-messages", key: "limits.log_messages",
			help:     "how many messages the log keeps at most",
			standard: []string{"10000"}, binding: number(func(c *Config) *int { return &c.Limits.LogMessages }, 1, 10_000_000),
		},
		{
			name: "limit-history", key: "limits.history",
			help:     "memory for the histories of all metrics together",
			standard: []string{"64MiB"}, binding: size(func(c *Config) *int64 { return &c.Limits.History }, 1<<20, 64<<30),
		},
		{
			name: "limit-rewind", key: "limits.rewind",
			help:     "memory for what came last, to go back to it while live",
			standard: []string{"64MiB"}, binding: size(func(c *Config) *int64 { return &c.Limits.Rewind }, 0, 64<<30),
		},
		{
			name: "limit-queue", key: "limits.queue",
			help:     "messages that wait to be taken in; then the broker is held back",
			standard: []string{"4096"}, binding: number(func(c *Config) *int { return &c.Limits.Queue }, 16, 1_000_000),
		},
	}
}

func screenSettings() []setting {
	return []setting{
		{
			name: "plain", sources: both,
			help:     "plain text that scrolls, no screen",
			standard: []string{"false"}, binding: boolean(func(c *Config) *bool { return &c.Plain }),
		},
		{
			name: "no-color", sources: both, key: "no_color",
			help:     "no colours; NO_COLOR in the environment does the same",
			standard: []string{"false"}, binding: boolean(func(c *Config) *bool { return &c.NoColor }),
		},
		{
			name: "ascii", sources: both, key: "ascii",
			help:     "draw with ASCII characters only",
			standard: []string{"false"}, binding: boolean(func(c *Config) *bool { return &c.ASCII }),
		},
		{
			name: "theme", sources: both, key: "theme", arg: "NAME",
			help:     "colours: auto, dark, light or contrast",
			standard: []string{"auto"},
			binding:  choice(func(c *Config) *string { return &c.Theme }, ui.ThemeNames()...),
		},
		{
			name: "fps", sources: both, key: "fps", arg: "N",
			help:     "most frames a second, 1 to 60",
			standard: []string{"30"}, binding: number(func(c *Config) *int { return &c.FPS }, 1, 60),
		},
		{
			name: "no-mouse", sources: both, key: "no_mouse",
			help:     "leave the mouse to the terminal, to select text",
			standard: []string{"false"}, binding: boolean(func(c *Config) *bool { return &c.NoMouse }),
		},
		{
			name: "log-file", sources: both, key: "log_file", arg: "FILE",
			help: "write labtop's own log to this file", example: "~/.local/state/labtop/labtop.log",
			binding: file(func(c *Config) *string { return &c.LogFile }),
		},
	}
}

func configSettings() []setting {
	return []setting{
		{
			name: "config", short: "c", sources: both, arg: "FILE",
			help:    "the config file; see labtop config path",
			binding: file(func(c *Config) *string { return &c.File }),
		},
		{
			name: "profile", sources: both, arg: "NAME",
			help:    "use this profile of the config file",
			binding: text(func(c *Config) *string { return &c.Profile }),
		},
	}
}

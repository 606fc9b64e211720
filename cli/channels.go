package cli

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"

	"labtop/alerts/notify"
	"labtop/subscriber"
)

// notifierNeeds is what channels need besides the config.
type notifierNeeds struct {
	screen *notify.Screen
	// dial makes the connection to the broker; nil to dial that of the config.
	dial func(context.Context) (net.Conn, error)
	log  *slog.Logger
}

// newNotifier makes the channels of the config and starts them. Secrets are read
// now.
func (a *app) newNotifier(c *Config, needs notifierNeeds) (*notify.Dispatcher, error) {
	runner := notify.NewRunner()
	var channels []notify.Channel
	for _, p := range c.allChannels() {
		ch := notify.Channel{
			Name: p.name, Kind: p.kind, Where: p.where(), Every: p.every, PerMinute: p.perMinute, Default: p.standard,
		}
		var err error
		switch p.kind {
		case "bell":
			ch.Sender = &notify.Bell{Screen: needs.screen}
		case "desktop":
			ch.Sender = a.desktop(p.method, needs.screen)
		case "command":
			ch.Sender = &notify.Command{Runner: runner, Argv: plainTexts(p.argv), Env: a.env.Environ()}
		case "webhook":
			ch.Sender, err = a.webhook(&p)
		case "alertmanager":
			ch.Mirror, err = a.alertmanager(&p)
		case "mqtt":
			ch.Mirror = notify.NewMQTT(p.topic, newAlertPublisher(c, needs.dial))
			if c.ReadOnly {
				ch.Mirror, ch.Off = nil, "nothing is published in read-only mode"
			}
		}
		if err != nil {
			return nil, usageError(err)
		}
		channels = append(channels, ch)
	}
	return notify.New(channels, needs.log), nil
}

// alertTopics are the filters of the topics on which labtop tells of alerts, which
// must raise none: its own and those of another labtop with the default.
func (c *Config) alertTopics() []string {
	filters := []string{notify.Filter(defaultAlertTopic)}
	for _, p := range c.Channels {
		if p.kind == "mqtt" && p.topic != defaultAlertTopic {
			filters = append(filters, notify.Filter(p.topic))
		}
	}
	return filters
}

func plainTexts(secrets []Secret) []string {
	texts := make([]string, len(secrets))
	for i, s := range secrets {
		texts[i] = string(s)
	}
	return texts
}

func (a *app) desktop(method string, screen *notify.Screen) *notify.Desktop {
	d := notify.DesktopFor(a.env.get)
	d.Screen = screen
	if method != "auto" {
		d.OSC9, d.OSC777 = method != "osc777", method != "osc9"
	}
	return &d
}

func (a *app) webhook(p *placedChannel) (notify.Sender, error) {
	o, err := a.httpOptions(p)
	if err != nil {
		return nil, err
	}
	w, err := notify.NewWebhook(o)
	if err != nil {
		return nil, &placed{p.url.place, err}
	}
	return w, nil
}

func (a *app) alertmanager(p *placedChannel) (notify.Mirror, error) {
	o, err := a.httpOptions(p)
	if err != nil {
		return nil, err
	}
	am, err := notify.NewAlertmanager(o)
	if err != nil {
		return nil, &placed{p.url.place, err}
	}
	return am, nil
}

// httpOptions reads the secrets and the authorities of a channel.
func (a *app) httpOptions(p *placedChannel) (o notify.HTTPOptions, err error) {
	o.AllowPrivate, o.Headers = p.allowPrivate, map[string]string{}
	if o.URL, err = a.reveal(&p.url); err != nil {
		return o, err
	}
	for name, source := range p.headers {
		if o.Headers[name], err = a.reveal(&source); err != nil {
			return o, err
		}
		if err := notify.CheckHeader(name, o.Headers[name]); err != nil {
			return o, &placed{source.place, err}
		}
	}
	if p.caFile != "" {
		o.CA, err = p.authorities()
	}
	return o, err
}

// reveal is the text of a secret, from where it is kept.
func (a *app) reveal(s *secretSource) (string, error) {
	switch {
	case s.file != "":
		data, err := readBounded(s.file, maxPasswordBytes)
		if err != nil {
			return "", &placed{s.place, fmt.Errorf("cannot read the secret: %w", err)}
		}
		if line := firstLine(data); line != "" {
			return string(line), nil
		}
		return "", &placed{s.place, fmt.Errorf("the first line of %s is empty; write the secret there", s.file)}
	case s.env != "":
		if value := a.env.get(s.env); value != "" {
			return value, nil
		}
		return "", &placed{s.place, fmt.Errorf("the environment variable %s is not set", s.env)}
	}
	return string(s.text), nil
}

func (ch *placedChannel) authorities() (*x509.CertPool, error) {
	data, err := readBounded(ch.caFile, maxFileBytes)
	if err != nil {
		return nil, &placed{ch.caPlace, fmt.Errorf("cannot read the file: %w", err)}
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, &placed{ch.caPlace, fmt.Errorf("%s holds no PEM certificate; name the certificate of the authority that signed the server's", ch.caFile)}
	}
	return pool, nil
}

// checkChannelFiles sees that the files that channels name are there, and warns of
// secrets that others can read. It reads no pipes.
func (c *Config) checkChannelFiles() (warnings []string, err error) {
	for i := range c.Channels {
		ch := &c.Channels[i]
		if regular(ch.caFile) || ch.caFile != "" && !exists(ch.caFile) {
			if _, err := ch.authorities(); err != nil {
				return warnings, usageError(err)
			}
		}
		sources := []secretSource{ch.url}
		for _, s := range ch.headers {
			sources = append(sources, s)
		}
		for _, s := range sources {
			if s.file == "" {
				continue
			}
			info, err := os.Stat(s.file)
			if err == nil && info.IsDir() {
				err = errors.New(s.file + " is a directory; name a file")
			}
			if err != nil {
				return warnings, usageError(&placed{s.place, fmt.Errorf("cannot read the secret: %w", err)})
			}
			warning := fmt.Sprintf("%s can be read by others; run chmod 600 on it", s.file)
			if info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 && !slices.Contains(warnings, warning) {
				warnings = append(warnings, warning)
			}
		}
	}
	return warnings, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// alertPublisher publishes the states of alerts on the broker that is watched.
type alertPublisher struct{ *subscriber.Publisher }

func newAlertPublisher(c *Config, dial func(context.Context) (net.Conn, error)) alertPublisher {
	o := subscriberOptions(c)
	o.Dial = dial
	return alertPublisher{subscriber.NewPublisher(o)}
}

// Publish implements [notify.Publisher].
func (p alertPublisher) Publish(ctx context.Context, messages []notify.Publication) (int, error) {
	all := make([]subscriber.Publication, len(messages))
	for i, m := range messages {
		all[i] = subscriber.Publication{Topic: m.Topic, Payload: m.Payload, QoS: 1, Retain: true}
	}
	return p.Publisher.Publish(ctx, all)
}

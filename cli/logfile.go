package cli

import (
	"fmt"
	"log/slog"
	"os"

	"labtop/model"
	"labtop/safetext"
)

// The keys of the log.
const (
	keyBroker   = "broker"
	keyClientID = "client_id"
	keyAttempts = "failed_attempts"
	keyConnects = "connects"
	keyAddress  = "address"
	keyPresent  = "present"
	keyHint     = "hint"
	keyFilter   = "filter"
	keyReason   = "reason"
)

// openLog opens the log file of the config, for appending. Without one the
// log goes nowhere.
func openLog(c *Config) (log *slog.Logger, closeLog func() error, err error) {
	if c.LogFile == "" {
		return slog.New(slog.DiscardHandler), func() error { return nil }, nil
	}
	f, err := os.OpenFile(c.LogFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, usageError(&placed{c.origins["log-file"].place, fmt.Errorf("cannot open the log: %w", err)})
	}
	log = slog.New(slog.NewTextHandler(f, &slog.HandlerOptions{ReplaceAttr: cleanAttr})).With(keyBroker, c.brokers())
	return log, f.Close, nil
}

// cleanAttr makes the text of the log safe to print: people read it in terminals.
func cleanAttr(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindString {
		a.Value = slog.StringValue(safetext.Clean(a.Value.String()))
	}
	return a
}

// logConnection writes each change of the connection: info when the state
// changed, warn when something is missing for now.
func logConnection(log *slog.Logger) func(model.Connection) {
	return func(c model.Connection) {
		switch c.State {
		case model.Connected:
			log.Info("connected", keyAddress, c.Broker, keyClientID, c.ClientID, keyConnects, c.Connects)
			if c.Link != nil && c.Link.Persistent {
				log.Info("a session is kept", keyPresent, c.Link.Present)
			}
			if c.Forgotten() {
				log.Warn("the broker had not kept the session: what was sent meanwhile is lost")
			}
			for _, s := range c.Subscriptions {
				if s.Refused() {
					log.Warn("subscription refused", keyFilter, s.Filter, keyReason, s.Error)
				}
			}
		case model.Waiting:
			log.Warn("no connection", keyAddress, c.Broker, keyReason, c.Problem, keyHint, c.Hint, keyAttempts, c.Attempts)
		case model.Closed:
			log.Info("disconnected")
		case model.Connecting:
		}
	}
}

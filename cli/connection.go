package cli

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"

	"labtop/subscriber"
)

// protocol5 is how MQTT 5 is asked for.
const protocol5 = "5"

// subscriberOptions are what the config says of the connection.
func subscriberOptions(c *Config) subscriber.Options {
	return subscriber.Options{
		Broker:   c.Broker,
		Others:   c.Others,
		Filters:  c.Filters,
		ClientID: c.ClientID,
		Username: cmp.Or(c.Username, c.Broker.Username),
		Password: func() (string, error) { return string(c.Password), nil },
		TLS: subscriber.TLSOptions{
			CAFile: c.CAFile, CertFile: c.CertFile, KeyFile: c.KeyFile,
			KeyPassword: func() (string, error) { return string(c.KeyPassword), nil },
			ServerName:  c.ServerName, ALPN: c.ALPN, Insecure: c.Insecure,
		},
		KeepAlive:         c.KeepAlive,
		ConnectTimeout:    c.ConnectTimeout,
		V5:                c.Protocol == protocol5,
		PersistentSession: !c.CleanSession,
		SessionExpiry:     c.SessionExpiry,
		PresenceTopic:     c.PresenceTopic,
		MaxPayload:        int(c.Limits.Payload),
		Queue:             c.Limits.Queue,
	}
}

// asVisitor gives a command that only looks in, beside a dashboard perhaps, a client
// id of its own made of the configured one: of two clients with the same id the broker
// puts the older one out (MQTT 3.1.1 section 3.1.4). The broker then keeps nothing for
// it. An id that was given for this very call stays as it is. The presence is the
// dashboard's, and a visitor's neither on coming nor on going.
func (c *Config) asVisitor() {
	c.PresenceTopic = ""
	if c.ClientID == "" || c.origins["client-id"].layer >= fromEnv {
		return
	}
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails, as documented
	c.ClientID += "-" + hex.EncodeToString(b[:])
	c.CleanSession = true
}

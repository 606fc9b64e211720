package subscriber

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"labtop/model"
	"labtop/subscriber/wire"
)

const (
	defaultKeepAlive      = 10 * time.Second
	defaultConnectTimeout = 10 * time.Second
	defaultQueue          = 4096
	defaultSessionExpiry  = 24 * time.Hour

	// pingTimeout is how long a PINGRESP may take. It is looked at each quarter
	// of the keep-alive, so that at 10 s a silent broker is given up after 17.5 s
	// at the latest.
	pingTimeout = 4 * time.Second
	// writeTimeout is how long the system may take to accept a packet, or 16 KiB
	// of a large one, ackTimeout the broker's own system to acknowledge it, and
	// publishTimeout a publish in all, see Publish.
	writeTimeout   = 5 * time.Second
	ackTimeout     = 8 * time.Second
	publishTimeout = 9 * time.Second
)

// Options say which broker to connect to, and how.
type Options struct {
	Broker Broker
	// Others are further addresses of the same broker, as the nodes of a cluster have
	// them; nil for none. They are tried in turn, with the same name, password and TLS.
	Others []Broker
	// Filters are asked for on every connection. Of two with the same topic the
	// last counts.
	Filters []Filter
	// ClientID is the MQTT client identifier; empty means a random one.
	ClientID string
	// Username is empty for the one in Broker, if any.
	Username string
	// Password is asked before every attempt, so that it may change; nil means
	// no password.
	Password func() (string, error)
	TLS      TLSOptions
	// KeepAlive is how long the connection may be silent before it is probed, in
	// whole seconds from 1 to 65535; 0 means 10 s.
	KeepAlive time.Duration
	// ConnectTimeout bounds the way from the first packet to the broker's
	// CONNACK, and again the wait for its SUBACKs; 0 means 10 s.
	ConnectTimeout time.Duration
	// V5 says that MQTT 5 is spoken; else it is MQTT 3.1.1.
	V5 bool
	// PersistentSession asks the broker to keep the session (MQTT 3.1.1 section
	// 3.1.2.4, clean session 0); it needs a ClientID. False means a clean session.
	PersistentSession bool
	// SessionExpiry is for how long the broker is to keep such a session without a
	// connection, in whole seconds; 0 means a day. With MQTT 3.1.1 the broker decides.
	SessionExpiry time.Duration
	// MaxPayload is how many bytes of a payload are kept; 0 means 1 MiB.
	MaxPayload int
	// Queue is how many messages may wait for the owner; when there are more, TCP
	// holds the broker back, which is counted. 0 means 4096.
	Queue int
	// PresenceTopic is where a [Source] says online and offline, retained, with a last
	// will; empty for nowhere. Nothing else uses it.
	PresenceTopic string
	// OnChange is told each state of the connection, for a log; nil for nobody.
	// It is called by Run's goroutine.
	OnChange func(model.Connection)
	// Dial makes the connection; nil means that the one to Broker is dialled.
	// What it returns carries bare MQTT, whatever Broker says.
	Dial func(ctx context.Context) (net.Conn, error)

	// worked are the addresses to which there was a connection before, so that the URL
	// is right. It belongs to Run's goroutine.
	worked map[Broker]bool
	// hasPassword says that the last attempt had a password.
	hasPassword bool
	// chosenID says that somebody chose the ClientID, so that another may have
	// chosen the same.
	chosenID bool
	// unreleased is what is known of a persistent session; nil for nothing. It
	// belongs to the connection of the moment.
	unreleased *wire.Unreleased
}

// withDefaults fills in what is not set.
func (o Options) withDefaults() Options {
	o.Filters = unique(o.Filters)
	if o.chosenID = o.ClientID != ""; !o.chosenID {
		var b [4]byte
		_, _ = rand.Read(b[:]) // never fails, as documented
		o.ClientID = "labtop-" + hex.EncodeToString(b[:])
	}
	o.Username = cmp.Or(o.Username, o.Broker.Username)
	o.KeepAlive = cmp.Or(o.KeepAlive, defaultKeepAlive)
	o.KeepAlive = min(max(o.KeepAlive, time.Second), 65535*time.Second)
	o.ConnectTimeout = cmp.Or(o.ConnectTimeout, defaultConnectTimeout)
	o.SessionExpiry = cmp.Or(o.SessionExpiry, defaultSessionExpiry)
	if o.Queue <= 0 {
		o.Queue = defaultQueue
	}
	return o
}

// password asks for the password.
func (o *Options) password() (string, error) {
	if o.Password == nil {
		return "", nil
	}
	password, err := o.Password()
	if err != nil {
		return "", fmt.Errorf("cannot read the password: %w", err)
	}
	if password != "" && o.Username == "" { // MQTT 3.1.1 section 3.1.2.9
		return "", errors.New("a password needs a user name; give one with --username")
	}
	return password, nil
}

// addresses are all addresses of the broker.
func (o *Options) addresses() []Broker { return append([]Broker{o.Broker}, o.Others...) }

// turn makes the first of the other addresses the Broker, and that the last of the others.
func (o *Options) turn() {
	all := o.addresses()
	all = append(all[1:], all[0])
	o.Broker, o.Others = all[0], all[1:]
}

// insecure says whether the certificate of the broker, at any of its addresses, is asked
// for and not verified.
func (o *Options) insecure() bool {
	return o.TLS.Insecure && slices.ContainsFunc(o.addresses(), Broker.TLS)
}

// where names the broker in texts.
func (o *Options) where() string { return cmp.Or(o.url(), "the broker") }

// url is the broker's URL; empty when it has none, because Dial makes the connection.
func (o *Options) url() string {
	if o.Broker.Host == "" {
		return ""
	}
	return o.Broker.String()
}

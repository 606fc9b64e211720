package subscriber

import (
	"net"
	"net/url"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"

	"labtop/crash"
	"labtop/subscriber/wire"
)

// quiesce is how long a good-bye may take, in milliseconds as paho wants it.
const quiesce = 250

// client4 speaks MQTT 3.1.1 with paho.mqtt.golang. It serves one connection: paho does
// not bear being used again.
type client4 struct{ paho mqtt.Client }

func newClient4(s *session, password string) *client4 {
	o := mqtt.NewClientOptions()
	o.Servers = []*url.URL{{Scheme: "tcp", Host: "guard"}} // never dialled
	o.SetCustomOpenConnectionFn(func(*url.URL, mqtt.ClientOptions) (net.Conn, error) { return guarded{s.guard, s.fail}, nil })
	o.SetProtocolVersion(4) // else a refusal is tried again as MQTT 3.1
	o.SetClientID(s.options.ClientID)
	o.SetUsername(s.options.Username)
	o.SetPassword(password)
	o.SetCleanSession(!s.options.PersistentSession)
	o.SetKeepAlive(s.options.KeepAlive)
	o.SetPingTimeout(pingTimeout)
	o.SetWriteTimeout(writeTimeout)
	o.SetConnectTimeout(s.options.ConnectTimeout)
	o.SetAutoReconnect(false)
	o.SetConnectRetry(false)
	o.SetResumeSubs(false)
	o.SetStore(forgetful{})
	if s.presence != nil {
		o.SetBinaryWill(s.presence.topic, []byte(offline), 1, true)
	}
	o.SetConnectionLostHandler(func(_ mqtt.Client, err error) { s.lose(err) })
	return &client4{mqtt.NewClient(o)}
}

func (c *client4) connect() error {
	token := c.paho.Connect()
	<-token.Done()
	return token.Error() //nolint:wrapcheck // who called it knows what it was for
}

func (c *client4) subscribe(filters []Filter) []receipt {
	wanted := make(map[string]byte, len(filters))
	for _, f := range filters {
		wanted[f.Topic] = f.QoS
	}
	return []receipt{c.paho.SubscribeMultiple(wanted, nil)}
}

func (c *client4) publish(m Publication) receipt {
	return c.paho.Publish(m.Topic, m.QoS, m.Retain, m.Payload)
}

func (*client4) window() int { return publishAtOnce }

func (c *client4) close() { c.paho.Disconnect(quiesce) }

// guarded is the guard in the hands of paho, whose goroutines catch no panic.
type guarded struct {
	*wire.Conn
	fail func(error)
}

func (g guarded) Read(p []byte) (n int, err error) {
	defer crash.Catch(g.failed(&err))
	return g.Conn.Read(p)
}

func (g guarded) Write(p []byte) (n int, err error) {
	defer crash.Catch(g.failed(&err))
	return g.Conn.Write(p)
}

func (g guarded) Close() (err error) {
	defer crash.Catch(g.failed(&err))
	return g.Conn.Close()
}

// failed makes a panic what ends the program and what paho is told.
func (g guarded) failed(err *error) func(error) {
	return func(e error) {
		g.fail(e)
		*err = e
	}
}

// forgetful is a paho store that keeps nothing: a client is used for one
// connection only, and what a broker never completes must not pile up.
type forgetful struct{}

func (forgetful) Open()                             {}
func (forgetful) Put(string, packets.ControlPacket) {}
func (forgetful) Get(string) packets.ControlPacket  { return nil }
func (forgetful) All() []string                     { return nil }
func (forgetful) Del(string)                        {}
func (forgetful) Close()                            {}
func (forgetful) Reset()                            {}

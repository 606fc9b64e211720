package subscriber

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/gorilla/websocket"

	"labtop/subscriber/wire"
)

// The causes below are tried from the most exact to the vaguest. A cause that
// does not apply says so with an empty summary.

// errKeepAlive: the broker was silent for too long.
var errKeepAlive = errors.New("no answer to the keep-alive")

// classify explains why an attempt or a connection failed. Where the broker has several
// addresses, it says at which.
func (o *Options) classify(err error) *ConnectError {
	if done, ok := errors.AsType[*ConnectError](err); ok {
		return done
	}
	x := o.explain(err)
	if len(o.Others) > 0 && !strings.Contains(x.summary, o.where()) {
		x.summary = o.where() + ": " + x.summary
	}
	return x.explained(err)
}

func (o *Options) explain(err error) explanation {
	at := connected
	var se *stageError
	if errors.As(err, &se) {
		at = se.stage
	}
	for _, cause := range []func(error, stage) explanation{
		o.configCause, o.connackCause, o.reasonCause, o.protocolCause, o.tlsCause, o.webSocketCause,
		o.networkCause, o.timeoutCause, o.closedCause,
	} {
		if x := cause(err, at); x.summary != "" {
			return x
		}
	}
	if at == connected {
		return explanation{summary: fmt.Sprintf("the connection to %s was lost: %v", o.where(), err)}
	}
	return explanation{summary: fmt.Sprintf("cannot connect to %s: %v", o.where(), err)}
}

func (o *Options) configCause(err error, at stage) explanation {
	if at != configuring {
		return explanation{}
	}
	return explanation{summary: err.Error(), hint: "the files are read again before each attempt"}
}

func (o *Options) protocolCause(err error, at stage) explanation {
	var pe *wire.ProtocolError
	if !errors.As(err, &pe) {
		return explanation{}
	}
	x := explanation{summary: fmt.Sprintf("%s sent what MQTT forbids: %v", o.where(), pe)}
	switch {
	case pe.TLS:
		x.summary = fmt.Sprintf("%s answered with TLS", o.where())
		x.hint = o.twinHint()
	case at == introducing && !o.worked[o.Broker]:
		x.hint = "is this the port of an MQTT broker?"
	}
	return x
}

func (o *Options) webSocketCause(err error, at stage) explanation {
	if at != upgrading || !errors.Is(err, websocket.ErrBadHandshake) {
		return explanation{}
	}
	return explanation{
		summary: fmt.Sprintf("%s opened no WebSocket: %v", o.where(), err),
		hint:    "check the port and the path, often /mqtt",
	}
}

func (o *Options) networkCause(err error, _ stage) explanation {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return explanation{
			summary: fmt.Sprintf("no such host %q", o.Broker.Host),
			hint:    "check the spelling; on a home network try the name with .local, or the address",
		}
	case errors.As(err, &dns):
		return explanation{
			summary: fmt.Sprintf("the name server did not answer for %q", o.Broker.Host),
			hint:    "check the network, or use the broker's address instead of its name",
		}
	case errors.Is(err, syscall.ECONNREFUSED):
		return explanation{
			summary: fmt.Sprintf("%s refused the connection", o.where()),
			hint:    "is the broker running, and is this its port?",
		}
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return explanation{
			summary: fmt.Sprintf("%s is unreachable", o.where()),
			hint:    "check the network and the address",
		}
	case errors.Is(err, errKeepAlive):
		return explanation{
			summary: fmt.Sprintf("%s stopped answering (keep-alive timed out)", o.where()),
			hint:    "the broker or the network on the way hangs",
		}
	}
	return explanation{}
}

func (o *Options) timeoutCause(err error, at stage) explanation {
	var ne net.Error
	timeout := errors.As(err, &ne) && ne.Timeout()
	if !timeout && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, os.ErrDeadlineExceeded) {
		return explanation{}
	}
	if at == connected && errors.Is(err, os.ErrDeadlineExceeded) { // only writing has a deadline then
		return explanation{
			summary: fmt.Sprintf("%s takes nothing any more (what was sent did not go out within %v)", o.where(), writeTimeout),
			hint:    "the broker or the network on the way hangs",
		}
	}
	x := o.timedOut(at)
	if o.worked[o.Broker] && at < subscribing {
		x.hint = "it worked before: the broker or the network on the way may hang"
	}
	return x
}

func (o *Options) timedOut(at stage) explanation {
	within := o.ConnectTimeout.Round(time.Millisecond)
	switch at {
	case securing:
		return explanation{
			summary: fmt.Sprintf("the TLS handshake with %s did not end within %v", o.where(), within),
			hint:    "is this a TLS port? Without TLS it is " + o.twin(),
		}
	case upgrading:
		return explanation{
			summary: fmt.Sprintf("%s did not open a WebSocket within %v", o.where(), within),
			hint:    "check the port and the path, often /mqtt. Without WebSocket it is " + o.bare(),
		}
	case introducing:
		return explanation{
			summary: fmt.Sprintf("%s did not answer CONNECT within %v", o.where(), within),
			hint:    "is this the port of an MQTT broker?" + o.tlsHint(),
		}
	case subscribing:
		return explanation{
			summary: fmt.Sprintf("%s did not answer SUBSCRIBE within %v", o.where(), within),
			hint:    "look at the broker's log",
		}
	case publishing:
		return explanation{summary: fmt.Sprintf("%s did not take the message over within %v", o.where(), o.publishWithin())}
	case pinging:
		return explanation{
			summary: fmt.Sprintf("%s did not answer a ping within %v", o.where(), pingTimeout),
			hint:    "the broker or the network on the way hangs",
		}
	case connected:
		return explanation{
			summary: fmt.Sprintf("%s stopped answering (the connection timed out)", o.where()),
			hint:    "the broker or the network on the way hangs",
		}
	}
	return explanation{
		summary: fmt.Sprintf("no answer from %s within %v", o.where(), within),
		hint:    "is the address right, and does no firewall stand in the way?",
	}
}

// hasEnded says whether an error means that the other side ended the connection.
func hasEnded(err error) bool {
	for _, end := range []error{io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, net.ErrClosed, syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED} {
		if errors.Is(err, end) {
			return true
		}
	}
	return false
}

func (o *Options) closedCause(err error, at stage) explanation {
	if !hasEnded(err) {
		return explanation{}
	}
	x := o.hungUp(at)
	if o.worked[o.Broker] && at < subscribing {
		x.hint = "it worked before; look at the broker's log"
	}
	return x
}

func (o *Options) hungUp(at stage) explanation {
	switch at {
	case securing:
		return explanation{
			summary: fmt.Sprintf("%s closed the connection in the TLS handshake", o.where()),
			hint:    "is this a TLS port? Without TLS it is " + o.twin() + ". A broker at its limit of connections hangs up too",
		}
	case upgrading:
		return explanation{
			summary: fmt.Sprintf("%s closed the connection instead of opening a WebSocket", o.where()),
			hint:    "is this a WebSocket port? Without WebSocket it is " + o.bare(),
		}
	case introducing:
		return explanation{
			summary: fmt.Sprintf("%s closed the connection before it answered CONNECT", o.where()),
			hint:    "look at the broker's log." + o.tlsHint() + o.versionHint(),
		}
	case subscribing:
		return explanation{
			summary: fmt.Sprintf("%s closed the connection before it answered SUBSCRIBE", o.where()),
			hint:    "it may not allow these topic filters, or another client uses the same client id",
		}
	case publishing:
		return explanation{summary: "the broker closed the connection", hint: "it may not allow publishing to this topic"}
	}
	return explanation{summary: "the broker closed the connection"}
}

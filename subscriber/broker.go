package subscriber

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// Broker is the address of a broker. It never holds a password.
type Broker struct {
	// Scheme is mqtt, mqtts, ws or wss.
	Scheme string
	// Host is a name or an address, IPv6 without brackets.
	Host string
	// Port is 1 to 65535.
	Port int
	// Path is where the WebSocket is, with its query; empty for mqtt and mqtts.
	Path string
	// Username is the user name that the URL held, or empty.
	Username string
}

// TLS says whether the connection is encrypted.
func (b Broker) TLS() bool { return b.Scheme == "mqtts" || b.Scheme == "wss" }

// WebSocket says whether MQTT travels in a WebSocket.
func (b Broker) WebSocket() bool { return b.Scheme == "ws" || b.Scheme == "wss" }

// Address is the host and port to dial.
func (b Broker) Address() string { return net.JoinHostPort(b.Host, strconv.Itoa(b.Port)) }

// String is the broker's URL with its port, without user and query, either of
// which may be a secret.
func (b Broker) String() string {
	path, _, _ := strings.Cut(b.Path, "?")
	return b.Scheme + "://" + b.Address() + path
}

// webSocketPath is where brokers offer WebSockets unless they say otherwise.
const webSocketPath = "/mqtt"

// schemes are what a URL may begin with, the scheme each stands for, and its port.
func schemes(name string) (scheme string, port int) {
	switch name {
	case "mqtt", "tcp":
		return "mqtt", 1883
	case "mqtts", "ssl", "tls":
		return "mqtts", 8883
	case "ws":
		return "ws", 80
	case "wss":
		return "wss", 443
	}
	return "", 0
}

// ParseBroker reads a broker's URL, or a bare host or host:port, which means
// mqtt. The schemes are mqtt and tcp (port 1883), mqtts, ssl and tls (8883), ws
// (80) and wss (443). IPv6 addresses are in brackets. A user name before an @ is
// accepted, a password is not. Errors are one line and hold no secret.
func ParseBroker(s string) (Broker, error) {
	name, rest, found := strings.Cut(s, "://")
	if !found {
		name, rest = "mqtt", s
	}
	fail := func(format string, args ...any) (Broker, error) {
		return Broker{}, fmt.Errorf("broker %q: "+format, append([]any{redacted(s)}, args...)...)
	}
	b := Broker{}
	b.Scheme, b.Port = schemes(strings.ToLower(name))
	if b.Scheme == "" {
		return fail("unknown scheme %q; use mqtt, mqtts, ws or wss", name)
	}
	user, rest := cutUser(rest, b.WebSocket())
	if strings.Contains(user, ":") {
		return fail("a password does not belong in the URL, where others can see it; use --password-file or LABTOP_PASSWORD")
	}
	var err error
	if b.Username, err = url.PathUnescape(user); err != nil {
		return fail("the user name has a %% that begins no escape; write %%25 for it")
	}
	address := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		address, b.Path = rest[:i], rest[i:]
	}
	if b.Path, err = checkPath(b); err != nil {
		return fail("%w", err)
	}
	if b.Host, b.Port, err = splitAddress(address, b.Port); err != nil {
		return fail("%w", err)
	}
	return b, nil
}

// cutUser splits "user@" off. Without a path, all before the last @ is the user,
// so that a password with a slash is still seen to be one.
func cutUser(s string, path bool) (user, rest string) {
	end := len(s)
	if i := strings.IndexAny(s, "/?#"); path && i >= 0 {
		end = i
	}
	if i := strings.LastIndexByte(s[:end], '@'); i >= 0 {
		return s[:i], s[i+1:]
	}
	return "", s
}

// redacted is s without what may be a user name and a password.
func redacted(s string) string {
	name, rest, found := strings.Cut(s, "://")
	if !found {
		name, rest = "", s
	} else {
		name += "://"
	}
	rest, _, _ = strings.Cut(rest, "?")
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = "***" + rest[i:]
	}
	return name + rest
}

func checkPath(b Broker) (string, error) {
	switch {
	case b.WebSocket() && b.Path == "":
		return webSocketPath, nil
	case b.WebSocket() || b.Path == "":
		return b.Path, nil
	case b.Path == "/":
		return "", nil
	}
	return "", errors.New("a path is for ws and wss only; topics are given with --topic")
}

// splitAddress reads host, host:port, [v6] or [v6]:port.
func splitAddress(s string, defaultPort int) (host string, port int, err error) {
	var text string
	switch {
	case strings.HasPrefix(s, "["):
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return "", 0, errors.New("the bracket after the IPv6 address is missing")
		}
		host, text = s[1:end], s[end+1:]
		if net.ParseIP(host) == nil && !strings.Contains(host, "%") {
			return "", 0, errors.New("what stands in brackets is no IPv6 address")
		}
		if text != "" && text[0] != ':' {
			return "", 0, errors.New("after the bracket only :port may follow")
		}
		text = strings.TrimPrefix(text, ":")
	case strings.Count(s, ":") > 1:
		return "", 0, errors.New("put an IPv6 address in brackets, as in [::1]:1883")
	default:
		host, text, _ = strings.Cut(s, ":")
	}
	if host == "" {
		return "", 0, errors.New("the host is missing; as in mqtt://localhost:1883")
	}
	if strings.ContainsFunc(host, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return "", 0, errors.New("the host holds a blank or a control character")
	}
	if text == "" {
		return host, defaultPort, nil
	}
	if port, err = strconv.Atoi(text); err != nil || port < 1 || port > 65535 {
		return "", 0, errors.New("the port is not a number from 1 to 65535")
	}
	return host, port, nil
}

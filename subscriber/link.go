package subscriber

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"slices"

	"labtop/model"
	"labtop/safetext"
	"labtop/subscriber/wire"
)

// link is how the connection behind a guard was made.
func (o *Options) link(guard *wire.Conn) *model.Link {
	said := guard.ConnAck()
	l := &model.Link{Protocol: "MQTT 3.1.1", KeepAlive: o.KeepAlive, Persistent: o.PersistentSession, Present: said.SessionPresent}
	if o.V5 {
		l.Protocol, l.KeepAlive = "MQTT 5", o.keepAlive(said)
	}
	if a, ok := guard.RemoteAddr().(*net.TCPAddr); ok {
		l.Address = a.AddrPort().String()
	}
	conn := guard.NetConn()
	if ws, ok := conn.(*webSocket); ok {
		conn = ws.NetConn()
	}
	if secure, ok := conn.(*tls.Conn); ok {
		l.TLS = o.tlsFacts(secure.ConnectionState())
	}
	return l
}

// tlsFacts is what a handshake agreed on and showed.
func (o *Options) tlsFacts(state tls.ConnectionState) *model.TLS {
	return &model.TLS{
		Version: tls.VersionName(state.Version), Cipher: tls.CipherSuiteName(state.CipherSuite),
		ALPN:   safetext.Clean(state.NegotiatedProtocol),
		Broker: certificate(state.PeerCertificates[0]), Authority: authority(state), Client: ownCertificate(o.TLS.CertFile),
	}
}

// authority is of the certificates that vouch for the broker's the one that expires first:
// of those that were verified, or else of those that it showed.
func authority(state tls.ConnectionState) *model.Certificate {
	chain := state.PeerCertificates
	if len(state.VerifiedChains) > 0 {
		chain = state.VerifiedChains[0]
	}
	if len(chain) < 2 {
		return nil
	}
	first := slices.MinFunc(chain[1:], func(a, b *x509.Certificate) int { return a.NotAfter.Compare(b.NotAfter) })
	shown := certificate(first)
	return &shown
}

// ownCertificate is the client certificate in a PEM file, which was used just now; nil
// when it is there no more.
func ownCertificate(file string) *model.Certificate {
	content, err := os.ReadFile(file)
	if file == "" || err != nil {
		return nil
	}
	for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			shown := certificate(c)
			return &shown
		}
	}
	return nil
}

package recording

import (
	"time"

	"labtop/model"
)

// How the connection was made, as the JSON on the channel labtop/connection has it.

type linkJSON struct {
	Address          string   `json:"address,omitempty"`
	Protocol         string   `json:"protocol,omitempty"`
	KeepAliveSeconds float64  `json:"keep_alive_seconds,omitempty"`
	Persistent       bool     `json:"persistent_session,omitempty"`
	Present          bool     `json:"session_present,omitempty"`
	TLS              *tlsJSON `json:"tls,omitempty"`
}

type tlsJSON struct {
	Version string          `json:"version"`
	Cipher  string          `json:"cipher"`
	ALPN    string          `json:"alpn,omitempty"`
	Broker  certificateJSON `json:"broker"`
	// Authority vouches for it, Client is ours.
	Authority *certificateJSON `json:"authority,omitempty"`
	Client    *certificateJSON `json:"client,omitempty"`
}

type certificateJSON struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	Names     []string  `json:"names,omitempty"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
}

func toLinkJSON(l *model.Link) *linkJSON {
	if l == nil {
		return nil
	}
	j := &linkJSON{
		Address: l.Address, Protocol: l.Protocol, KeepAliveSeconds: l.KeepAlive.Seconds(),
		Persistent: l.Persistent, Present: l.Present,
	}
	if t := l.TLS; t != nil {
		j.TLS = &tlsJSON{Version: t.Version, Cipher: t.Cipher, ALPN: t.ALPN, Broker: certificateJSON(t.Broker)}
		j.TLS.Authority, j.TLS.Client = (*certificateJSON)(t.Authority), (*certificateJSON)(t.Client)
	}
	return j
}

func (j *linkJSON) link() *model.Link {
	if j == nil {
		return nil
	}
	l := &model.Link{
		Address: j.Address, Protocol: j.Protocol, KeepAlive: time.Duration(j.KeepAliveSeconds * float64(time.Second)),
		Persistent: j.Persistent, Present: j.Present,
	}
	if t := j.TLS; t != nil {
		l.TLS = &model.TLS{Version: t.Version, Cipher: t.Cipher, ALPN: t.ALPN, Broker: model.Certificate(t.Broker)}
		l.TLS.Authority, l.TLS.Client = (*model.Certificate)(t.Authority), (*model.Certificate)(t.Client)
	}
	return l
}

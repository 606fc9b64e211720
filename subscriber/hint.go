package subscriber

// What to try instead: the hints of causes that have to do with how the broker is spoken to.

// twin is the broker's URL with TLS if it has none, and without if it has.
func (o *Options) twin() string {
	b := o.Broker
	b.Scheme = twinScheme(b.Scheme)
	if b.Host == "" {
		return "another scheme"
	}
	return b.String()
}

// twinScheme is the scheme with TLS of one without, and the other way round.
func twinScheme(scheme string) string {
	return map[string]string{"mqtt": "mqtts", "mqtts": "mqtt", "ws": "wss", "wss": "ws"}[scheme]
}

// twinHint is what to do when the broker is known to speak the other way.
func (o *Options) twinHint() string {
	if o.Broker.TLS() {
		return "this port speaks MQTT without TLS; use " + o.twin()
	}
	return "this is a TLS port; use " + o.twin()
}

// bare is the broker's URL without WebSocket.
func (o *Options) bare() string {
	b := o.Broker
	b.Path, b.Scheme = "", "mqtt"
	if o.Broker.TLS() {
		b.Scheme = "mqtts"
	}
	return b.String()
}

// versionHint is what to say when a broker hangs up on MQTT 5.
func (o *Options) versionHint() string {
	if !o.V5 {
		return ""
	}
	return " It may not speak MQTT 5: then use --protocol 3.1.1"
}

// tlsHint is what to say when a broker without TLS is silent or hangs up.
func (o *Options) tlsHint() string {
	if o.Broker.TLS() || o.Broker.Host == "" {
		return ""
	}
	return " Is this a TLS port? Then use " + o.twin()
}

package evilbroker

import (
	"bytes"
	"slices"
	"strings"
)

// isPort is what the client asks when the first bytes are no MQTT.
const (
	isPort   = "is this the port of an MQTT broker?"
	orIsTLS  = " Is this a TLS port? Then use mqtts://*"
	seeLog   = "look at the broker's log"
	hungUp   = "mqtt://* closed the connection before it answered CONNECT"
	longest  = 65535
	maxBytes = 1<<28 - 1 // the largest remaining length (MQTT 3.1.1 section 2.2.3)
)

// greetings stand in place of the CONNACK.
func greetings() []Case {
	refusal := func(code byte, problem, hint string, lasting bool) Case {
		return Case{
			Name: "CONNACK with code " + string('0'+code), Connack: []byte{0x20, 2, 0, code}, Then: HangUp,
			Problem: problem, Hint: hint, Lasting: lasting,
		}
	}
	wrong := func(name string, sent []byte, protocol string) Case {
		return Case{Name: name, Connack: sent, Then: Mute, Protocol: protocol, Hint: isPort}
	}
	return []Case{
		refusal(1, "the broker does not speak MQTT 3.1.1", "update the broker, or turn its MQTT 3.1.1 listener on", false),
		refusal(2, `the broker rejected the client id "me"`, "give another one with --client-id", true),
		refusal(3, "the broker says that its service is unavailable", seeLog, false),
		refusal(4, `bad user name or password for user "ann"`, "check --username and --password-file", true),
		refusal(5, `not authorised: the broker refused user "ann"`, "check the user name, the password and the broker's access rules", true),
		wrong("CONNACK with code 6", []byte{0x20, 2, 0, 6}, "CONNACK with the unknown code 6"),
		wrong("CONNACK with code 255", []byte{0x20, 2, 0, 255}, "CONNACK with the unknown code 255"),
		wrong("CONNACK with a refusal and a session", []byte{0x20, 2, 1, 5}, "CONNACK with code 5 and a session"),
		wrong("CONNACK with reserved flags", []byte{0x20, 2, 2, 0}, "CONNACK with flags 2"),
		wrong("CONNACK with flags in its type", []byte{0x21, 2, 0, 0}, "CONNACK with flags 1 instead of 0"),
		wrong("CONNACK of length 3", []byte{0x20, 3, 0, 0, 0}, "CONNACK of length 3"),
		wrong("CONNACK of 256 MiB", Packet(0x20, maxBytes), "CONNACK of length 268435455"),
		wrong("CONNACK of MQTT 5", []byte{0x20, 3, 0, 0x84, 0}, "CONNACK of length 3"),
		wrong("PUBLISH first", Hello, "PUBLISH before CONNACK"),
		wrong("PINGRESP first", Pong, "PINGRESP before CONNACK"),
		wrong("SUBACK first", []byte{0x90, 3, 0, 1, 0}, "SUBACK before CONNACK"),
		wrong("zeros first", make([]byte, 100), "packet type 0 before CONNACK"),
		wrong("HTTP", []byte("HTTP/1.1 400 Bad Request\r\n\r\n"), "PUBACK before CONNACK"),
		wrong("SSH", []byte("SSH-2.0-OpenSSH_9\r\n"), "PUBREC before CONNACK"),
		{
			Name: "TLS alert", Connack: []byte{0x15, 3, 3, 0, 2, 2, 50}, Then: Mute, Protocol: "the answer is TLS, not MQTT",
			Problem: "mqtt://* answered with TLS", Hint: "this is a TLS port; use mqtts://*",
		},
		{Name: "closed before CONNACK", Connack: []byte{}, Then: HangUp, Problem: hungUp, Hint: seeLog + "." + orIsTLS},
		{Name: "closed in CONNACK", Connack: Accept[:2], Then: HangUp, Problem: hungUp, Hint: seeLog + "." + orIsTLS},
	}
}

// answers stand in place of the SUBACK and end the connection.
func answers() []Case {
	wrong := func(name string, sent reply, protocol string) Case {
		return Case{Name: name, Suback: sent, Then: Mute, Protocol: protocol}
	}
	return []Case{
		wrong("SUBACK with too many codes", suback(0, 0, 0), "SUBACK with 3 codes for 1 filter"),
		wrong("SUBACK with two codes", suback(0, 0), "SUBACK with 2 codes for 1 filter"),
		wrong("SUBACK with code 3", suback(3), "SUBACK with the unknown code 3"),
		wrong("SUBACK with code 0x7f", suback(0x7f), "SUBACK with the unknown code 127"),
		wrong("SUBACK with code 0x81", suback(0x81), "SUBACK with the unknown code 129"),
		wrong("SUBACK with code 0xff", suback(0xff), "SUBACK with the unknown code 255"),
		wrong("SUBACK with id 0", always(0x90, 3, 0, 0, 0), "SUBACK with packet id 0"),
		wrong("SUBACK for nothing", always(0x90, 3, 0, 9, 0), "SUBACK for packet id 9, which no SUBSCRIBE has"),
		wrong("SUBACK with flags", answer(0x91, 0), "SUBACK with flags 1 instead of 0"),
		wrong("SUBACK of length 0", always(0x90, 0), "SUBACK of length 0"),
		wrong("SUBACK of length 1", always(0x90, 1, 0), "SUBACK of length 1"),
		wrong("SUBACK of 256 MiB", always(Packet(0x90, maxBytes)...), "SUBACK of length 268435455"),
		wrong("SUBACK with a length of 5 bytes", always(0x90, 0x83, 0x80, 0x80, 0x80, 0), "SUBACK with a remaining length of more than 4 bytes"),
		wrong("PUBACK for a SUBSCRIBE", answer(0x40), "PUBACK in answer to a SUBSCRIBE"),
		wrong("PUBREC for a SUBSCRIBE", answer(0x50), "PUBREC in answer to a SUBSCRIBE"),
		wrong("PUBCOMP for a SUBSCRIBE", answer(0x70), "PUBCOMP in answer to a SUBSCRIBE"),
		wrong("UNSUBACK for a SUBSCRIBE", answer(0xb0), "UNSUBACK in answer to a SUBSCRIBE"),
		wrong("second CONNACK before SUBACK", always(Accept...), "second CONNACK"),
		wrong("DISCONNECT before SUBACK", always(0xe0, 0), "DISCONNECT from the broker"),
		{
			Name: "closed before SUBACK", Suback: always(), Then: HangUp,
			Problem: "mqtt://* closed the connection before it answered SUBSCRIBE",
			Hint:    "it may not allow these topic filters, or another client uses the same client id",
		},
	}
}

// goodAnswers are SUBACKs with which the connection stays.
func goodAnswers() []Case {
	return []Case{
		{Name: "SUBACK with a refusal", Suback: suback(0x80), Refused: true},
		{Name: "SUBACK without codes", Suback: suback(), Refused: true},
		{Name: "SUBACK with a higher QoS", Suback: suback(2)},
		{Name: "PUBLISH before SUBACK", Suback: func(id uint16) []byte { return slices.Concat(Hello, suback(0)(id), Hello) }, Messages: 2},
	}
}

// malformed are streams after a good beginning that break a rule.
func malformed() []Case {
	type stream = []byte
	wrong := func(name string, sent stream, protocol string) Case {
		return Case{
			Name: name, Stream: slices.Concat(Hello, sent, Hello), Then: Mute,
			Protocol: protocol, Messages: 1,
		}
	}
	large := make(stream, 70_000) // more than any buffer
	return []Case{
		wrong("type 0", stream{0, 0}, "packet type 0 from the broker"),
		wrong("CONNECT", stream{0x10, 2, 0, 0}, "CONNECT from the broker"),
		wrong("SUBSCRIBE", stream{0x82, 6, 0, 1, 0, 1, 'a', 0}, "SUBSCRIBE from the broker"),
		wrong("UNSUBSCRIBE", stream{0xa2, 5, 0, 1, 0, 1, 'a'}, "UNSUBSCRIBE from the broker"),
		wrong("PINGREQ", stream{0xc0, 0}, "PINGREQ from the broker"),
		wrong("DISCONNECT", stream{0xe0, 0}, "DISCONNECT from the broker"),
		wrong("AUTH", stream{0xf0, 0}, "AUTH from the broker"),
		wrong("second CONNACK", Accept, "second CONNACK"),
		wrong("second SUBACK", suback(0)(1), "SUBACK for packet id 1, which no SUBSCRIBE has"),
		wrong("length of 5 bytes", stream{0x30, 0xff, 0xff, 0xff, 0xff, 0}, "PUBLISH with a remaining length of more than 4 bytes"),
		wrong("QoS 3", Publish(6, "a", 1, nil), "PUBLISH with QoS 3"),
		wrong("DUP with QoS 0", Publish(8, "a", 0, nil), "PUBLISH with DUP and QoS 0"),
		wrong("PUBLISH of length 0", stream{0x30, 0}, "PUBLISH of length 0"),
		wrong("PUBLISH of length 2", stream{0x30, 2, 0, 0}, "PUBLISH of length 2"),
		wrong("empty topic", Publish(0, "", 0, stream("x")), "PUBLISH with an empty topic"),
		wrong("topic too long", stream{0x30, 4, 0, 3, 'a', 'b'}, "PUBLISH of length 4 with a topic of length 3"),
		wrong("no room for the id", stream{0x32, 4, 0, 1, 'a', 0}, "PUBLISH of length 4 with a topic of length 1"),
		wrong("huge packet with a bad topic", Packet(0x32, maxBytes, 0, 0), "PUBLISH with an empty topic"),
		wrong("# in the topic", Publish(0, "a/#", 0, nil), "PUBLISH with a wildcard in its topic"),
		wrong("+ in the topic", Publish(2, "a+b", 1, nil), "PUBLISH with a wildcard in its topic"),
		wrong("wildcard, large", Publish(0, "#", 0, large), "PUBLISH with a wildcard in its topic"),
		wrong("QoS 1 with id 0", Publish(2, "a", 0, nil), "PUBLISH with packet id 0"),
		wrong("QoS 2 with id 0, large", Publish(4, "a", 0, large), "PUBLISH with packet id 0"),
		wrong("UNSUBACK of length 3", stream{0xb0, 3, 0, 9, 0}, "UNSUBACK of length 3"),
		wrong("UNSUBACK with id 0", stream{0xb0, 2, 0, 0}, "UNSUBACK with packet id 0"),
		wrong("PUBACK of length 0", stream{0x40, 0}, "PUBACK of length 0"),
		wrong("PUBACK with id 0", stream{0x40, 2, 0, 0}, "PUBACK with packet id 0"),
		wrong("PUBACK with flags", stream{0x42, 2, 0, 9}, "PUBACK with flags 2 instead of 0"),
		wrong("PUBREC of length 3", stream{0x50, 3, 0, 1, 0}, "PUBREC of length 3"),
		wrong("PUBREL without flags", stream{0x60, 2, 0, 1}, "PUBREL with flags 0 instead of 2"),
		wrong("PUBREL with id 0", stream{0x62, 2, 0, 0}, "PUBREL with packet id 0"),
		wrong("PUBCOMP of length 1", stream{0x70, 1, 0}, "PUBCOMP of length 1"),
		wrong("PINGRESP of length 1", stream{0xd0, 1, 0}, "PINGRESP of length 1"),
		wrong("PINGRESP of 256 MiB", Packet(0xd0, maxBytes), "PINGRESP of length 268435455"),
		wrong("PINGRESP with flags", stream{0xd1, 0}, "PINGRESP with flags 1 instead of 0"),
		wrong("text", stream("Service Unavailable"), "PUBREC with flags 3 instead of 0"),
	}
}

// wellFormed are streams that are odd and allowed: the client stays and hands
// the messages over.
func wellFormed() []Case {
	good := func(name string, messages int, sent ...[]byte) Case {
		return Case{Name: name, Stream: slices.Concat(append(sent, Hello)...), Messages: messages + 1}
	}
	long := strings.Repeat("t", longest)
	return []Case{
		good("only a message", 0),
		good("empty payload", 1, Publish(0, "a", 0, nil)),
		good("retained", 1, Publish(1, "a", 0, []byte("x"))),
		good("QoS 1, twice", 2, Publish(2, "a", 7, []byte("x")), Publish(0xa, "a", 7, []byte("x"))),
		good("QoS 1, the last id", 1, Publish(0xb, "a", 65535, []byte("x"))),
		good("QoS 2", 1, Publish(4, "a", 7, []byte("x"))),
		good("topic with NUL", 1, Publish(0, "a\x00b", 0, nil)),
		good("topic with invalid UTF-8 and escapes", 1, Publish(0, "a\xff\x1b[2J\u009b2J", 0, []byte("\x1b]0;owned\x07"))),
		good("topic of blanks and slashes", 1, Publish(0, " // ", 0, nil)),
		good("$SYS topic", 1, Publish(1, "$SYS/broker/uptime", 0, []byte("9 seconds"))),
		good("longest topic", 1, Publish(2, long, 3, []byte("x"))),
		good("topic of 30000 levels", 1, Publish(0, strings.Repeat("a/", 30_000), 0, []byte("1"))),
		good("payload that looks like packets", 1, Publish(0, "a", 0, bytes.Repeat(Accept, 2))),
		good("payload at the cap", 1, Publish(0, "a", 0, bytes.Repeat([]byte("x"), 1<<20))),
		good("payload over the cap", 1, Publish(0, "a", 0, bytes.Repeat([]byte("x"), 3<<20))),
		good("length not minimal", 1, slices.Concat([]byte{0x30, 0x89, 0x80, 0x80, 0}, Hello[2:])),
		good("acknowledgements of nothing", 0, []byte{0x40, 2, 0, 9}, []byte{0x50, 2, 0, 9}, []byte{0x62, 2, 0, 1}, []byte{0x70, 2, 0, 9}, []byte{0xb0, 2, 0, 9}),
		good("PINGRESP that nobody asked for", 0, Pong, Pong),
		good("many messages", 20_000, bytes.Repeat(Hello, 20_000)),
	}
}

// ends are streams that are right and do not go on.
func ends() []Case {
	const lost = "the broker closed the connection"
	claims := func(length int) []byte { return Packet(0x30, length, 0, 1, 'a') } // a PUBLISH
	return []Case{
		{Name: "closed", Stream: Hello, Then: HangUp, Problem: lost, Messages: 1},
		{Name: "closed in a header", Stream: []byte{0x30}, Then: HangUp, Problem: lost},
		{Name: "closed in a packet", Stream: Hello[:5], Then: HangUp, Problem: lost},
		{Name: "closed in a large packet", Stream: claims(1 << 20), Filler: 1 << 18, Then: HangUp, Problem: lost},
		{Name: "closed in 256 MiB", Stream: claims(maxBytes), Filler: 4 << 20, Then: HangUp, Problem: lost},
		{Name: "256 MiB that never come", Stream: claims(maxBytes)},
		{Name: "256 MiB", Stream: claims(maxBytes), Filler: maxBytes - 3, Messages: 1},
	}
}

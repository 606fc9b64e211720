package evilbroker

import (
	"slices"
	"strings"
)

// Cases5 is the table for a client of MQTT 5. No two have the same name.
func Cases5() []Case {
	return slices.Concat(greetings5(), answers5(), farewells(), malformed5(), wellFormed5())
}

// reasonString and serverReference are properties with a text of fewer than 65536 bytes.
func reasonString(text string) string { return "\x1f" + sized(text) }

func serverReference(text string) string { return "\x1c" + sized(text) }

func sized(text string) string { return string([]byte{byte(len(text) >> 8), byte(len(text))}) + text }

// greetings5 stand in place of the CONNACK.
func greetings5() []Case {
	const refused = "the broker refused the connection: "
	refusal := func(name string, code byte, properties, problem, hint string, lasting bool) Case {
		return Case{
			Name: "CONNACK: " + name, Connack: Connack5(code, properties), Then: HangUp,
			Problem: problem, Hint: hint, Lasting: lasting,
		}
	}
	older := func(name string, code byte, problem, hint string) Case {
		return Case{Name: name, Connack: []byte{0x20, 2, 0, code}, Then: HangUp, Problem: problem, Hint: hint, Lasting: true}
	}
	wrong := func(name string, sent []byte, protocol string) Case {
		return Case{Name: name, Connack: sent, Then: Mute, Protocol: protocol, Hint: isPort}
	}
	const no5, use4 = "the broker does not speak MQTT 5", "use --protocol 3.1.1"
	return []Case{
		older("a broker of MQTT 3.1.1", 1, no5, use4),
		older("a broker of MQTT 3.1.1 that looks at the user first", 5, `not authorised: the broker refused user "ann"`, "check the user name, the password and the broker's access rules"),
		refusal("unsupported protocol version", 0x84, "", no5, use4, true),
		refusal("client id", 0x85, "", `the broker rejected the client id "me"`, "give another one with --client-id", true),
		refusal("bad password", 0x86, "", `bad user name or password for user "ann"`, "check --username and --password-file", true),
		refusal("not authorised, with words", 0x87, reasonString("ask\x1b[2JBob"), `not authorised: the broker refused user "ann" ("ask␛[2JBob")`, "check the user name, the password and the broker's access rules", true),
		refusal("unavailable", 0x88, "", "the broker says that its service is unavailable", seeLog, false),
		refusal("busy", 0x89, "", refused+"it is busy", "", false),
		refusal("banned", 0x8a, "", refused+"this client is banned", "ask who runs the broker", true),
		refusal("bad authentication method", 0x8c, "", refused+"it wants another way of authentication", "labtop knows user names and passwords, and client certificates", true),
		refusal("quota", 0x97, "", refused+"a quota is used up", "look at the broker's limits", true),
		refusal("use another server", 0x9c, serverReference("b2:1883"), refused+"another server is to be used for now", `it names "b2:1883"; give that with --broker if you trust it`, true),
		refusal("server moved, nobody knows where", 0x9d, "", refused+"the server has moved", "ask who runs the broker for its new address", true),
		refusal("connection rate", 0x9f, "", refused+"too many connections in a short time", "look at the broker's limits", true),
		refusal("a code to come", 0xf0, reasonString("tired"), refused+`for the reason 0xf0 ("tired")`, seeLog, false),
		wrong("CONNACK of MQTT 3.1.1", Accept, "CONNACK with properties that do not end with it"),
		wrong("CONNACK with an authentication method", Connack5(0, "\x15\x00\x01x"), "CONNACK with an authentication method"),
		wrong("CONNACK with wrong properties", Connack5(0, "\x01\x01"), "CONNACK with wrong properties"),
		wrong("CONNACK of 256 MiB for MQTT 5", Packet(0x20, maxBytes), "CONNACK of length 268435455"),
		wrong("AUTH first", []byte{0xf0, 2, 0x18, 0}, "AUTH before CONNACK"),
		wrong("DISCONNECT first", Disconnect5(0x8b, ""), "DISCONNECT before CONNACK"),
		{Name: "closed before CONNACK of MQTT 5", Connack: []byte{}, Then: HangUp, Problem: hungUp, Hint: seeLog + "." + orIsTLS + " It may not speak MQTT 5: then use --protocol 3.1.1"},
	}
}

// answers5 stand in place of the SUBACK.
func answers5() []Case {
	return []Case{
		{Name: "SUBACK: not authorised", Suback: suback5(reasonString("no"), 0x87), Refused: true},
		{Name: "SUBACK: a code to come", Suback: suback5("", 0xfe), Refused: true},
		{Name: "SUBACK of MQTT 3.1.1", Suback: suback(1), Then: Mute, Protocol: "SUBACK with properties beyond its end"},
		{Name: "DISCONNECT in place of a SUBACK", Suback: always(Disconnect5(0x97, "")...), Then: HangUp, Problem: "the broker ended the connection: a quota is used up", Hint: "look at the broker's limits", Lasting: true},
	}
}

// farewells are what a broker may say at the end.
func farewells() []Case {
	const ended = "the broker ended the connection: "
	farewell := func(name string, code byte, properties, problem, hint string, lasting bool) Case {
		return Case{
			Name: "DISCONNECT: " + name, Stream: slices.Concat(Hello5, Disconnect5(code, properties)), Then: HangUp, Messages: 1,
			Problem: problem, Hint: hint, Lasting: lasting,
		}
	}
	return []Case{
		farewell("without a cause", 0, "", "the broker closed the connection", seeLog, false),
		farewell("session taken over", 0x8e, "", ended+"another client with the same client id took the session over", `give one of the two another client id than "me" with --client-id`, true),
		farewell("shutting down", 0x8b, reasonString("update"), ended+`it is shutting down ("update")`, "", false),
		farewell("keep-alive", 0x8d, "", ended+"it heard nothing within the keep-alive", "the network on the way hangs, or loses what labtop sends", false),
		farewell("not authorised", 0x87, "", ended+"not authorised", `its access rules or the rights of user "ann" may have changed`, true),
		farewell("an administrator", 0x98, "", ended+"an administrator ended it", "ask who runs the broker", true),
		farewell("server moved", 0x9d, serverReference("b2"), ended+"the server has moved", `it names "b2"; give that with --broker if you trust it`, true),
		farewell("very many words", 0x98, reasonString(strings.Repeat("no", 30_000)), ended+`an administrator ended it ("`+strings.Repeat("no", 98)+`n…")`, "ask who runs the broker", true),
		farewell("a code to come", 0xf1, "", ended+"for the reason 0xf1", seeLog, false),
	}
}

// malformed5 are streams after a good beginning that break a rule of MQTT 5.
func malformed5() []Case {
	wrong := func(name string, sent []byte, protocol string) Case {
		return Case{Name: name, Stream: slices.Concat(Hello5, sent, Hello5), Then: Mute, Protocol: protocol, Messages: 1}
	}
	return []Case{
		wrong("AUTH of MQTT 5", []byte{0xf0, 2, 0x18, 0}, "AUTH from the broker"),
		wrong("topic alias", Publish5(0, "a", 0, "\x23\x00\x01", nil), "PUBLISH with a topic alias, although none is allowed"),
		wrong("a property of CONNECT", Publish5(0, "a", 0, "\x11\x00\x00\x00\x00", nil), "PUBLISH with wrong properties"),
		wrong("a content type twice", Publish5(0, "a", 0, "\x03\x00\x00\x03\x00\x00", nil), "PUBLISH with wrong properties"),
		wrong("properties beyond the end", Publish(0, "a", 0, []byte{9}), "PUBLISH of length 4 with properties beyond its end"),
		wrong("properties of 256 MiB", Packet(0x30, maxBytes, 0, 1, 'a', 0xff, 0xff, 0xff, 0x7f), "PUBLISH of length 268435455 with properties beyond its end"),
		wrong("DISCONNECT with wrong properties", Disconnect5(0, "\x03\x00\x00"), "DISCONNECT with wrong properties"),
	}
}

// wellFormed5 are streams that are odd and allowed.
func wellFormed5() []Case {
	good := func(name string, messages int, sent ...[]byte) Case {
		return Case{Name: name, Stream: slices.Concat(append(sent, Hello5)...), Messages: messages + 1}
	}
	user := []byte("\x26\x00\x01k\x00\x01v")
	many := slices.Repeat(user, 100_000)
	length := Packet(0, len(many))[1:]
	return []Case{
		good("100000 user properties", 1, Publish(0, "a", 0, slices.Concat(length, many, []byte("x")))),
		good("properties that are no text", 1, Publish5(0, "a", 0, "\x03\x00\x04\xff\x1b[2\x26\x00\x01\x07\x00\x01\x00", nil)),
		good("a subscription that nobody has", 1, Publish5(0, "a", 0, "\x0b\xff\x7f", nil)),
		good("acknowledgements of nothing in MQTT 5", 0, []byte{0x40, 3, 0, 9, 0x87, 0x50, 4, 0, 9, 0x92, 0, 0x50, 2, 0, 9, 0x70, 2, 0, 9}),
	}
}

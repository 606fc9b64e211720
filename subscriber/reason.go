package subscriber

import (
	"errors"
	"fmt"

	"labtop/safetext"
	"labtop/subscriber/wire"
)

// The reason codes of MQTT 5 that mean a failure (MQTT 5 section 2.4).
const (
	unspecified              = 0x80
	malformedPacket          = 0x81
	protocolViolated         = 0x82
	implementationSpecific   = 0x83
	unsupportedProtocol      = 0x84
	clientIDNotValid         = 0x85
	badLogin                 = 0x86
	notAuthorised            = 0x87
	serverUnavailable        = 0x88
	serverBusy               = 0x89
	banned                   = 0x8a
	shuttingDown             = 0x8b
	badAuthentication        = 0x8c
	keepAliveTimeout         = 0x8d
	sessionTakenOver         = 0x8e
	topicFilterInvalid       = 0x8f
	topicNameInvalid         = 0x90
	packetIDInUse            = 0x91
	packetIDNotFound         = 0x92
	receiveMaximumExceeded   = 0x93
	topicAliasInvalid        = 0x94
	packetTooLarge           = 0x95
	messageRateTooHigh       = 0x96
	quotaExceeded            = 0x97
	administrativeAction     = 0x98
	payloadFormatInvalid     = 0x99
	retainNotSupported       = 0x9a
	qosNotSupported          = 0x9b
	useAnotherServer         = 0x9c
	serverMoved              = 0x9d
	sharedNotSupported       = 0x9e
	connectionRateExceeded   = 0x9f
	maximumConnectTime       = 0xa0
	identifiersNotSupported  = 0xa1
	wildcardsNotSupported    = 0xa2
	disconnectedWithoutCause = 0x00
)

// words are a code in words that end a sentence such as "the broker refused the message:";
// empty for one that has none.
func words(code byte) string {
	return map[byte]string{
		unspecified:             "it says no more",
		malformedPacket:         "a packet of ours was malformed",
		protocolViolated:        "a packet of ours broke the protocol",
		implementationSpecific:  "for a reason of its own",
		unsupportedProtocol:     "it does not speak MQTT 5",
		clientIDNotValid:        "the client id is not allowed",
		badLogin:                "bad user name or password",
		notAuthorised:           "not authorised",
		serverUnavailable:       "its service is unavailable",
		serverBusy:              "it is busy",
		banned:                  "this client is banned",
		shuttingDown:            "it is shutting down",
		badAuthentication:       "it wants another way of authentication",
		keepAliveTimeout:        "it heard nothing within the keep-alive",
		sessionTakenOver:        "another client with the same client id took the session over",
		topicFilterInvalid:      "the topic filter is not allowed",
		topicNameInvalid:        "the topic is not allowed",
		packetIDInUse:           "the packet id is in use",
		packetIDNotFound:        "the packet id is not known",
		receiveMaximumExceeded:  "more messages at once than it takes",
		topicAliasInvalid:       "the topic alias is not allowed",
		packetTooLarge:          "the packet is too large",
		messageRateTooHigh:      "too many messages a second",
		quotaExceeded:           "a quota is used up",
		administrativeAction:    "an administrator ended it",
		payloadFormatInvalid:    "the payload is not of the format that it claims",
		retainNotSupported:      "it keeps no retained messages",
		qosNotSupported:         "it does not support this QoS",
		useAnotherServer:        "another server is to be used for now",
		serverMoved:             "the server has moved",
		sharedNotSupported:      "it has no shared subscriptions",
		connectionRateExceeded:  "too many connections in a short time",
		maximumConnectTime:      "the longest time that a connection may last is over",
		identifiersNotSupported: "it has no subscription identifiers",
		wildcardsNotSupported:   "it allows no wildcards",
	}[code]
}

// reasonError is an answer of the broker that means a failure.
type reasonError struct{ wire.Answer }

func (e *reasonError) Error() string { return fmt.Sprintf("reason code 0x%02x", e.Code) }

// inWords is the reason of an answer, with what the broker says itself, safe to print.
func inWords(a wire.Answer) string {
	text := words(a.Code)
	if text == "" {
		text = fmt.Sprintf("for the reason 0x%02x", a.Code)
	}
	if a.Reason != "" {
		text += " (" + quoted(a.Reason) + ")"
	}
	return text
}

// mostQuoted is how many bytes of a text of the broker's are shown. Such a text may have
// 64 KiB, and comes again with every attempt.
const mostQuoted = 200

// quoted is a text of the broker's, in quotes, safe to print.
func quoted(text string) string { return fmt.Sprintf("%q", safetext.CleanMax(text, mostQuoted)) }

// refusedFilter is what people are told of a filter that the broker refused.
func (o *Options) refusedFilter(g wire.Grant) string {
	if !o.V5 || g.Code <= unspecified && g.Reason == "" {
		return "refused by the broker: not authorised for this filter?"
	}
	return "refused by the broker: " + inWords(wire.Answer{Code: g.Code, Reason: g.Reason})
}

// reasonCause explains an answer with a reason code: a refusal in the CONNACK, an
// acknowledgement that is none, or a DISCONNECT.
func (o *Options) reasonCause(err error, at stage) explanation {
	var refused *reasonError
	var left *wire.Disconnected
	switch {
	case errors.As(err, &refused) && at == publishing:
		return explanation{summary: "the broker refused the message: " + inWords(refused.Answer), hint: o.remedy(refused.Answer, at)}
	case errors.As(err, &refused):
		return o.refusedConnection(refused.Answer)
	case errors.As(err, &left):
		return o.disconnected(left.Answer)
	}
	return explanation{}
}

// refusedConnection explains a CONNACK of MQTT 5. What MQTT 3.1.1 has a code for too has
// the same words.
func (o *Options) refusedConnection(a wire.Answer) explanation {
	old := map[byte]connackError{
		unsupportedProtocol: 1, clientIDNotValid: 2, serverUnavailable: 3, badLogin: 4, notAuthorised: 5,
	}
	if code, ok := old[a.Code]; ok {
		x := o.connackCause(code, introducing)
		if a.Reason != "" {
			x.summary += " (" + quoted(a.Reason) + ")"
		}
		return x
	}
	return explanation{
		summary: "the broker refused the connection: " + inWords(a),
		hint:    o.remedy(a, introducing), lasting: lasting(a.Code),
	}
}

// disconnected explains a DISCONNECT.
func (o *Options) disconnected(a wire.Answer) explanation {
	x := explanation{hint: o.remedy(a, connected), lasting: lasting(a.Code)}
	switch a.Code {
	case disconnectedWithoutCause:
		x.summary = "the broker closed the connection"
		if a.Reason != "" {
			x.summary += ": " + quoted(a.Reason)
		}
	default:
		x.summary = "the broker ended the connection: " + inWords(a)
	}
	return x
}

// lasting says that trying again soon is of no use, or is what the broker asks not to do.
func lasting(code byte) bool {
	switch code {
	case clientIDNotValid, badLogin, notAuthorised, banned, badAuthentication, sessionTakenOver, quotaExceeded,
		administrativeAction, retainNotSupported, qosNotSupported, useAnotherServer, serverMoved, connectionRateExceeded, messageRateTooHigh:
		return true
	}
	return false
}

// remedy is what to do about an answer; empty when there is nothing to say.
func (o *Options) remedy(a wire.Answer, at stage) string {
	switch a.Code {
	case useAnotherServer, serverMoved:
		if a.Reference == "" {
			return "ask who runs the broker for its new address"
		}
		return "it names " + quoted(a.Reference) + "; give that with --broker if you trust it"
	case notAuthorised:
		if at == publishing {
			return "check the broker's access rules for " + userName(o.Username)
		}
		return fmt.Sprintf("its access rules or the rights of %s may have changed", userName(o.Username))
	case banned, administrativeAction:
		return "ask who runs the broker"
	case sessionTakenOver:
		return fmt.Sprintf("give one of the two another client id than %q with --client-id", o.ClientID)
	case quotaExceeded, connectionRateExceeded, messageRateTooHigh:
		return "look at the broker's limits"
	case badAuthentication:
		return "labtop knows user names and passwords, and client certificates"
	case keepAliveTimeout:
		return "the network on the way hangs, or loses what labtop sends"
	case shuttingDown, serverBusy, maximumConnectTime:
		return "" // labtop comes back by itself
	case topicNameInvalid:
		return "check the topic and the broker's access rules"
	case qosNotSupported, retainNotSupported:
		switch {
		case at != publishing && o.PresenceTopic != "":
			return "labtop's presence needs that; connect without --presence-topic"
		case a.Code == qosNotSupported:
			return "use a lower QoS"
		}
		return "publish without the retained flag"
	case packetTooLarge:
		return "the broker has a limit for the size of messages"
	}
	return "look at the broker's log"
}

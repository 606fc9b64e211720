package subscriber

import (
	"errors"
	"fmt"
)

// connackError is a refusal in the CONNACK (MQTT 3.1.1 section 3.2.2.3).
type connackError byte

func (e connackError) Error() string { return fmt.Sprintf("connection refused with code %d", byte(e)) }

func (o *Options) connackCause(err error, _ stage) explanation {
	var code connackError
	if !errors.As(err, &code) {
		return explanation{}
	}
	switch code {
	case 1:
		if o.V5 {
			return explanation{summary: "the broker does not speak MQTT 5", hint: "use --protocol 3.1.1", lasting: true}
		}
		return explanation{
			summary: "the broker does not speak MQTT 3.1.1",
			hint:    "update the broker, or turn its MQTT 3.1.1 listener on",
		}
	case 2:
		return explanation{
			summary: fmt.Sprintf("the broker rejected the client id %q", o.ClientID),
			hint:    "give another one with --client-id",
			lasting: true,
		}
	case 3:
		return explanation{summary: "the broker says that its service is unavailable", hint: "look at the broker's log"}
	case 4:
		if o.Username != "" && !o.hasPassword {
			return o.noPassword()
		}
		return explanation{
			summary: fmt.Sprintf("bad user name or password for user %q", o.Username),
			hint:    "check --username and --password-file",
			lasting: true,
		}
	}
	if o.Username == "" {
		return explanation{
			summary: "not authorised: the broker wants a user name and a password",
			hint:    "give them with --username and --password-file",
			lasting: true,
		}
	}
	if !o.hasPassword {
		return o.noPassword()
	}
	return explanation{
		summary: fmt.Sprintf("not authorised: the broker refused user %q", o.Username),
		hint:    "check the user name, the password and the broker's access rules",
		lasting: true,
	}
}

func (o *Options) noPassword() explanation {
	return explanation{
		summary: fmt.Sprintf("not authorised: the broker refused user %q, who gave no password", o.Username),
		hint:    "give it with --password-file or LABTOP_PASSWORD",
		lasting: true,
	}
}

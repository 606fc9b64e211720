package subscriber_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"labtop/subscriber"
)

func TestParseBroker(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   string
		want subscriber.Broker
		text string
	}{
		{"lab-pi", subscriber.Broker{Scheme: "mqtt", Host: "lab-pi", Port: 1883}, "mqtt://lab-pi:1883"},
		{"lab-pi:1884", subscriber.Broker{Scheme: "mqtt", Host: "lab-pi", Port: 1884}, "mqtt://lab-pi:1884"},
		{"ann@lab-pi", subscriber.Broker{Scheme: "mqtt", Host: "lab-pi", Port: 1883, Username: "ann"}, "mqtt://lab-pi:1883"},
		{"[::1]", subscriber.Broker{Scheme: "mqtt", Host: "::1", Port: 1883}, "mqtt://[::1]:1883"},
		{"[fe80::1%eth0]:1884", subscriber.Broker{Scheme: "mqtt", Host: "fe80::1%eth0", Port: 1884}, "mqtt://[fe80::1%eth0]:1884"},
		{"mqtt://localhost", subscriber.Broker{Scheme: "mqtt", Host: "localhost", Port: 1883}, "mqtt://localhost:1883"},
		{"MQTT://localhost/", subscriber.Broker{Scheme: "mqtt", Host: "localhost", Port: 1883}, "mqtt://localhost:1883"},
		{"tcp://10.0.0.1:1885", subscriber.Broker{Scheme: "mqtt", Host: "10.0.0.1", Port: 1885}, "mqtt://10.0.0.1:1885"},
		{"mqtts://lab-pi", subscriber.Broker{Scheme: "mqtts", Host: "lab-pi", Port: 8883}, "mqtts://lab-pi:8883"},
		{"ssl://lab-pi", subscriber.Broker{Scheme: "mqtts", Host: "lab-pi", Port: 8883}, "mqtts://lab-pi:8883"},
		{"tls://lab-pi:443", subscriber.Broker{Scheme: "mqtts", Host: "lab-pi", Port: 443}, "mqtts://lab-pi:443"},
		{"ws://lab-pi", subscriber.Broker{Scheme: "ws", Host: "lab-pi", Port: 80, Path: "/mqtt"}, "ws://lab-pi:80/mqtt"},
		{"wss://[2001:db8::1]:9001/", subscriber.Broker{Scheme: "wss", Host: "2001:db8::1", Port: 9001, Path: "/"}, "wss://[2001:db8::1]:9001/"},
		{"wss://lab-pi/a@b?token=s3cret", subscriber.Broker{Scheme: "wss", Host: "lab-pi", Port: 443, Path: "/a@b?token=s3cret"}, "wss://lab-pi:443/a@b"},
		{"mqtt://ann%40home@lab-pi:1", subscriber.Broker{Scheme: "mqtt", Host: "lab-pi", Port: 1, Username: "ann@home"}, "mqtt://lab-pi:1"},
		{"mqtt://ann@home@lab-pi", subscriber.Broker{Scheme: "mqtt", Host: "lab-pi", Port: 1883, Username: "ann@home"}, "mqtt://lab-pi:1883"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			t.Parallel()
			got, err := subscriber.ParseBroker(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if got.String() != tt.text {
				t.Errorf("String() = %q, want %q", got, tt.text)
			}
		})
	}
}

func TestParseBrokerErrors(t *testing.T) {
	t.Parallel()
	const password = "a password does not belong in the URL, where others can see it; use --password-file or LABTOP_PASSWORD"
	tests := []struct{ in, want string }{
		{"htp://x", `broker "htp://x": unknown scheme "htp"; use mqtt, mqtts, ws or wss`},
		{"", `broker "": the host is missing; as in mqtt://localhost:1883`},
		{"mqtt://", `broker "mqtt://": the host is missing; as in mqtt://localhost:1883`},
		{"mqtt://:1883", `broker "mqtt://:1883": the host is missing; as in mqtt://localhost:1883`},
		{"lab:0", `broker "lab:0": the port is not a number from 1 to 65535`},
		{"lab:65536", `broker "lab:65536": the port is not a number from 1 to 65535`},
		{"lab:mqtt", `broker "lab:mqtt": the port is not a number from 1 to 65535`},
		{"::1", `broker "::1": put an IPv6 address in brackets, as in [::1]:1883`},
		{"[::1", `broker "[::1": the bracket after the IPv6 address is missing`},
		{"[lab]:1", `broker "[lab]:1": what stands in brackets is no IPv6 address`},
		{"[::1]1883", `broker "[::1]1883": after the bracket only :port may follow`},
		{"my lab", `broker "my lab": the host holds a blank or a control character`},
		{"mqtt://lab/iotclass/#", `broker "mqtt://lab/iotclass/#": a path is for ws and wss only; topics are given with --topic`},
		{"mqtt://a%zz@lab", `broker "mqtt://***@lab": the user name has a % that begins no escape; write %25 for it`},
		{"mqtt://ann:s3cret@lab", `broker "mqtt://***@lab": ` + password},
		{"ann:s3cret@lab", `broker "***@lab": ` + password},
		{"mqtt://ann:@lab", `broker "mqtt://***@lab": ` + password},
		{"mqtt://ann:s3/cret@lab", `broker "mqtt://***@lab": ` + password},
		{"mqtts://ann:s3@cret@lab", `broker "mqtts://***@lab": ` + password},
		{"wss://ann:s3cret@lab/mqtt", `broker "wss://***@lab/mqtt": ` + password},
		{"wss://ann:s3/cret@lab/mqtt", `broker "wss://***@lab/mqtt": the port is not a number from 1 to 65535`},
		{"htp://ann:s3cret@lab", `broker "htp://***@lab": unknown scheme "htp"; use mqtt, mqtts, ws or wss`},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			t.Parallel()
			_, err := subscriber.ParseBroker(tt.in)
			if err == nil || err.Error() != tt.want {
				t.Errorf("error %v\nwant  %s", err, tt.want)
			}
		})
	}
}

// FuzzParseBroker: what String says parses to the same broker, and a password
// appears nowhere.
func FuzzParseBroker(f *testing.F) {
	f.Add("mqtt", "ann", "lab-pi:1883")
	f.Add("wss", "a%20b", "[::1]/path?query")
	f.Add("", "", "x")
	f.Fuzz(func(t *testing.T, scheme, user, rest string) {
		in := rest
		if user != "" {
			in = user + "@" + in
		}
		if scheme != "" {
			in = scheme + "://" + in
		}
		if b, err := subscriber.ParseBroker(in); err == nil {
			again, err := subscriber.ParseBroker(b.String())
			if err != nil || again.Address() != b.Address() || again.Scheme != b.Scheme {
				t.Errorf("%q gives %q, which gives %v, %v", in, b, again, err)
			}
		} else if strings.ContainsAny(err.Error(), "\n\r\x1b") {
			t.Errorf("the error is more than one line: %q", err)
		}
		const secret = "Xs3cretX"
		if strings.Contains(scheme+user+rest, "Xs3") {
			return
		}
		_, err := subscriber.ParseBroker("mqtt://" + user + ":" + secret + "@" + rest)
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("error %v", err)
		}
	})
}

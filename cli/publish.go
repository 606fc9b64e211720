package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"labtop/subscriber"
)

// maxPublish is the most that is read from stdin for a payload: what MQTT
// allows in a packet, its header apart (MQTT 3.1.1 section 2.2.3).
const maxPublish = 268_435_455 - 65_535 - 8

func newPublish(a *app) *cobra.Command {
	retain := false
	cmd := &cobra.Command{
		Use:   "publish TOPIC [PAYLOAD|-]",
		Short: "Publish one message",
		Long: "Publish one message. Without PAYLOAD it is empty, with - it comes from stdin. The\n" +
			"common flag --qos is the message's QoS; with 1 and 2 labtop waits until the\n" +
			"broker has the message. A client id of the config file gets a random ending, so\n" +
			"that a dashboard which uses it stays connected.",
		Example: "  labtop publish iotclass/lab1/command 'interval 10'\n  labtop publish home/hall/light/command ON --qos 1",
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return usagef("publish needs a topic; write labtop publish TOPIC PAYLOAD")
			case len(args) > 2:
				return usagef("publish takes a topic and a payload, got %s too; put a payload with blanks in quotes", quote(args[2]))
			}
			return nil
		},
		RunE: a.connecting(func(ctx context.Context, a *app, c *Config, args []string) error {
			return a.publish(ctx, c, args, retain)
		}),
	}
	cmd.Flags().BoolVar(&retain, "retain", false, "ask the broker to keep the message for new subscribers")
	return cmd
}

func (a *app) publish(ctx context.Context, c *Config, args []string, retain bool) error {
	topic := args[0]
	if err := subscriber.ValidateTopic(topic); err != nil {
		return usageError(err)
	}
	if c.ReadOnly {
		return usagef("%s: nothing is published in read-only mode; remove it to publish", c.origins["read-only"].place)
	}
	payload, err := a.payload(args[1:])
	if err != nil {
		return err
	}
	a.warnInsecure(c)
	c.asVisitor()
	return unreachable(subscriber.Publish(ctx, subscriberOptions(c), topic, payload, c.QoS, retain))
}

// unreachable is err, with the exit code and the hint of a broker that could not be
// reached where that is what it tells.
func unreachable(err error) error {
	if _, ok := errors.AsType[*subscriber.ConnectError](err); ok {
		return &exitError{code: ExitUnreachable, err: errors.New(explained(err))}
	}
	return err
}

// explained is the text of an error, with the hint where there is one.
func explained(err error) string {
	if connect, ok := errors.AsType[*subscriber.ConnectError](err); ok {
		return withHint(connect.Summary, connect.Hint)
	}
	return err.Error()
}

// payload is the argument, or stdin when that is "-".
func (a *app) payload(args []string) ([]byte, error) {
	switch {
	case len(args) == 0:
		return nil, nil
	case args[0] != "-":
		return []byte(args[0]), nil
	}
	payload, err := io.ReadAll(io.LimitReader(a.env.Stdin, maxPublish+1))
	if err != nil {
		return nil, fmt.Errorf("reading the payload from stdin: %w", err)
	}
	if len(payload) > maxPublish {
		return nil, usagef("the payload on stdin is larger than MQTT allows (256 MB)")
	}
	return payload, nil
}

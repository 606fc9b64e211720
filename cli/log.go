package cli

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"labtop/model"
	"labtop/monitor"
	"labtop/recording"
	"labtop/safetext"
	"labtop/subscriber"
)

func newLog(a *app) *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "log",
		Short: "Print one line a message until interrupted",
		Long: "Print one line a message until interrupted, with its time, QoS and flags. What\n" +
			"happens to the connection is told on stderr.",
		Example: "  labtop log -t 'iotclass/#'\n  labtop log --json > messages.ndjson",
		Args:    noCommand,
		RunE: a.connecting(func(ctx context.Context, a *app, c *Config, _ []string) error {
			return a.log(ctx, c, asJSON)
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	a.addRecording(cmd)
	return cmd
}

// log prints what the source hands over. It ends with ctx, or when nobody reads
// any more.
func (a *app) log(ctx context.Context, c *Config, asJSON bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	a.warnInsecure(c)
	recorder, err := a.recordBeside(c)
	if err != nil {
		return err
	}
	lines := logLines{
		out: bufio.NewWriterSize(a.env.Stdout, 64<<10), format: writeText, cancel: cancel,
		reached: connectionLog{a: a, several: len(c.Others) > 0},
	}
	if asJSON {
		lines.format = writeJSON
	}
	m := monitor.New(subscriber.New(subscriberOptions(c)), &lines)
	if recorder != nil {
		m.RecordTo(recorder)
	}
	err = m.Run(ctx)
	var ended error
	if recorder != nil && recorder.Stop() != nil {
		ended = &exitError{code: ExitFailure} // told already
	}
	switch {
	case err != nil:
		return err
	case lines.failed != nil:
		return fmt.Errorf("writing the messages: %w", lines.failed)
	}
	return ended
}

// logLines is the lab of a log: it keeps nothing and prints what comes.
type logLines struct {
	noLab
	out     *bufio.Writer
	format  func(w *bufio.Writer, m *model.Message) error
	failed  error  // why nothing can be written any more
	cancel  func() // ends the log then
	reached connectionLog
}

// SetConnection is of monitor.Lab.
func (l *logLines) SetConnection(c model.Connection) { l.reached.tell(&c) }

// Apply is of monitor.Lab.
func (l *logLines) Apply(messages []model.Message) {
	for i := range messages {
		if l.failed == nil {
			l.failed = l.format(l.out, &messages[i])
		}
	}
	if l.failed == nil {
		l.failed = l.out.Flush()
	}
	if l.failed != nil {
		l.cancel()
	}
}

// Tick is of monitor.Lab.
func (l *logLines) Tick(_ time.Time, source model.SourceStats) {
	l.reached.tellPresence(source.Presence)
}

// connectionLog tells on stderr what happens to the connection, each thing once in an
// outage.
type connectionLog struct {
	a        *app
	several  bool     // the broker has several addresses
	said     []string // since a connection was made or lost
	presence string   // what was wrong with it last
}

// tellPresence tells what is wrong with labtop's own presence.
func (l *connectionLog) tellPresence(problem string) {
	if problem != "" && problem != l.presence {
		l.a.warn(problem)
	}
	l.presence = problem
}

func (l *connectionLog) tell(c *model.Connection) {
	var text string
	switch c.State {
	case model.Connected:
		text, l.said = connectedText(c, l.several), nil
	case model.Waiting:
		text = withHint(c.Problem, c.Hint)
	default:
		return
	}
	if !slices.Contains(l.said, text) {
		l.said = append(l.said, text)
		say(l.a.env.Stderr, text)
	}
}

// connectedText says that there is a connection, and what is to be known of it.
func connectedText(c *model.Connection, several bool) string {
	parts := []string{"connected"}
	if several {
		parts[0] += " to " + c.Broker
	}
	switch l := c.Link; {
	case l == nil || !l.Persistent:
	case c.Forgotten():
		parts = append(parts, "the broker had not kept the session: what was sent meanwhile is lost")
	case l.Present:
		parts = append(parts, "the broker had kept the session")
	default:
		parts = append(parts, "the broker keeps the session from now on")
	}
	for _, s := range c.Subscriptions {
		if s.Refused() {
			parts = append(parts, s.Filter+": "+s.Error)
		}
	}
	return strings.Join(parts, "; ")
}

// withHint joins what happened and what to do about it, which may be empty.
func withHint(problem, hint string) string {
	if hint == "" {
		return problem
	}
	return problem + "; " + hint
}

// writeText writes a message as one line that is safe to print.
func writeText(w *bufio.Writer, m *model.Message) error {
	flags := []byte("--")
	if m.Retained {
		flags[0] = 'R'
	}
	if m.Dup {
		flags[1] = 'D'
	}
	cut := ""
	if m.Truncated() {
		cut = fmt.Sprintf(" (cut: %d bytes)", m.Size)
	}
	_, _ = fmt.Fprintf(w, "%s Q%d %s %s ", m.Time.Local().Format("15:04:05.000"), m.QoS, flags, safetext.Clean(m.Topic))
	_, _ = w.WriteString(safetext.CleanBytes(m.Payload)) // not through Fprintf, which would copy a MiB twice
	_, err := w.WriteString(cut + "\n")                  // the first error of w is also its last
	return err
}

// logLine is a message as one JSON object. The payload is text when it is valid
// UTF-8, else base64; never both.
type logLine struct {
	Time     time.Time `json:"time"`
	Topic    string    `json:"topic"`
	TopicRaw string    `json:"topic_base64,omitempty"`
	QoS      byte      `json:"qos"`
	Retained bool      `json:"retained"`
	Dup      bool      `json:"dup"`
	Size     int       `json:"size"`
	Payload  *string   `json:"payload,omitempty"`
	Base64   *string   `json:"payload_base64,omitempty"`
	// Properties are those of MQTT 5, see [recording.PropertiesJSON].
	Properties json.RawMessage `json:"properties,omitempty"`
}

func writeJSON(w *bufio.Writer, m *model.Message) error {
	line := logLine{
		Time: m.Time.UTC(), Topic: m.Topic, QoS: m.QoS, Retained: m.Retained, Dup: m.Dup, Size: m.Size,
		Properties: recording.PropertiesJSON(m.Properties),
	}
	if !utf8.ValidString(m.Topic) {
		line.Topic, line.TopicRaw = safetext.Clean(m.Topic), base64.StdEncoding.EncodeToString([]byte(m.Topic))
	}
	text := string(m.Payload)
	if utf8.Valid(m.Payload) {
		line.Payload = &text
	} else {
		text = base64.StdEncoding.EncodeToString(m.Payload)
		line.Base64 = &text
	}
	encoded, err := json.Marshal(line)
	if err != nil {
		return err
	}
	_, err = w.Write(append(escapeUnsafe(encoded), '\n'))
	return err
}

// escapeUnsafe writes the characters that JSON leaves as they are, but that terminals
// obey or do not show, as JSON escapes: the data stays the same.
func escapeUnsafe(encoded []byte) []byte {
	var out []byte
	start := 0
	for i := 0; i < len(encoded); {
		r, n := utf8.DecodeRune(encoded[i:])
		if r >= 0x7f && r != utf8.RuneError && !safetext.IsClean(string(r)) {
			out = append(out, encoded[start:i]...)
			for _, unit := range utf16.AppendRune(nil, r) {
				out = fmt.Appendf(out, "\\u%04x", unit)
			}
			start = i + n
		}
		i += n
	}
	if out == nil {
		return encoded
	}
	return append(out, encoded[start:]...)
}

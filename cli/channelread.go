package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"labtop/alerts/notify"
	"labtop/safetext"
	"labtop/subscriber"
)

// readChannels reads the named channels of a file.
func (r ruleReader) readChannels(entry *ast.MappingValueNode) ([]placedChannel, error) {
	named, ok := entry.Value.(*ast.MappingNode)
	if !ok {
		return nil, r.wrong(entry, "a mapping of names, such as {phone: {webhook: {url: \"https://…\"}}}")
	}
	if len(named.Values) > maxChannels {
		return nil, fmt.Errorf("%s: %d channels are too many; %d are allowed", place(r.name, entry.Key), len(named.Values), maxChannels)
	}
	var channels []placedChannel
	for _, value := range named.Values {
		ch, err := r.readChannel(value)
		if err != nil {
			return nil, err
		}
		channels = append(channels, ch)
	}
	return channels, nil
}

func (r ruleReader) readChannel(entry *ast.MappingValueNode) (placedChannel, error) {
	ch := placedChannel{place: place(r.name, entry.Key)}
	var ok bool
	if ch.name, ok = scalarText(entry.Key); !ok {
		return ch, fmt.Errorf("%s: the channel's name is %s; write a word", ch.place, kind(entry.Key))
	}
	if ch.name == "" || len(ch.name) > longestChannel || strings.ContainsAny(ch.name, " ,") || !safetext.IsClean(ch.name) {
		return ch, fmt.Errorf("%s: %s is no name for a channel; write a word", ch.place, quote(ch.name))
	}
	m, ok := entry.Value.(*ast.MappingNode)
	if !ok {
		return ch, r.wrong(entry, "a mapping such as {webhook: {url: \"https://…\"}}")
	}
	for _, inner := range m.Values {
		if err := r.readChannelKey(&ch, inner); err != nil {
			return ch, err
		}
	}
	if ch.kind == "" {
		return ch, fmt.Errorf("%s: the channel %s leads nowhere; give it one of %s", ch.place, quote(ch.name), strings.Join(channelKinds, ", "))
	}
	return ch, ch.complete()
}

// readChannelKey reads one key of a channel: its kind, or what all kinds have.
func (r ruleReader) readChannelKey(ch *placedChannel, entry *ast.MappingValueNode) (err error) {
	key, _ := scalarText(entry.Key)
	switch key {
	case "every":
		if ch.every, err = r.duration(entry); err == nil && (ch.every < time.Second || ch.every > 24*time.Hour) {
			err = r.bad(entry, fmt.Errorf("%s is out of range; write a duration from 1s to 24h", ch.every))
		}
		return err
	case "per_minute":
		text, err := r.scalar(entry, "a number")
		if err != nil {
			return err
		}
		if ch.perMinute, err = parseNumber(text, 1, 60); err != nil {
			return r.bad(entry, err)
		}
		return nil
	case "default":
		ch.standard, err = r.boolean(entry)
		return err
	}
	if !slices.Contains(channelKinds, key) {
		hint := didYouMean(key, slices.Concat(channelKinds, sharedKeys))
		if hint == "" {
			hint = "; there are " + strings.Join(slices.Concat(channelKinds, sharedKeys), ", ")
		}
		return fmt.Errorf("%s: unknown key %s%s", place(r.name, entry.Key), quote(key), hint)
	}
	if ch.kind != "" {
		return fmt.Errorf("%s: %s after %s; a channel is one of them: make two", place(r.name, entry.Key), key, ch.kind)
	}
	ch.kind, ch.place = key, place(r.name, entry.Key)
	return r.readKindOf(ch, entry)
}

// readKindOf reads what a kind of channel needs: a mapping of its keys, or nothing,
// or for a command the list of its words.
func (r ruleReader) readKindOf(ch *placedChannel, entry *ast.MappingValueNode) error {
	switch value := entry.Value.(type) {
	case *ast.NullNode:
		return nil
	case *ast.MappingNode:
		for _, inner := range value.Values {
			key, _ := scalarText(inner.Key)
			if !slices.Contains(channelKeys[ch.kind], key) {
				return fmt.Errorf("%s: unknown key %s%s", place(r.name, inner.Key), quote(key), r.insteadOf(ch.kind, key))
			}
			if err := r.readOption(ch, key, inner); err != nil {
				return err
			}
		}
		return nil
	}
	if ch.kind == "command" {
		return r.readArgv(ch, entry)
	}
	return r.wrong(entry, "a mapping of its keys, or {}")
}

// insteadOf says which key of a kind may be meant.
func (ruleReader) insteadOf(kind, key string) string {
	switch hint := didYouMean(key, channelKeys[kind]); {
	case hint != "":
		return hint
	case slices.Contains(sharedKeys, key):
		return "; it belongs beside " + kind
	case len(channelKeys[kind]) == 0:
		return "; a " + kind + " takes none"
	}
	return "; " + kind + " takes " + strings.Join(channelKeys[kind], ", ")
}

func (r ruleReader) readOption(ch *placedChannel, key string, entry *ast.MappingValueNode) (err error) {
	switch key {
	case "method":
		ch.method, err = r.word(entry, "auto", "osc9", "osc777", "both")
	case "argv":
		err = r.readArgv(ch, entry)
	case "url":
		if ch.url, err = r.readSecret(entry); err == nil && ch.url.text != "" {
			if err = notify.CheckURL(string(ch.url.text)); err != nil {
				err = r.bad(entry, err)
			}
		}
	case "headers":
		err = r.readHeaders(ch, entry)
	case "ca_file":
		ch.caPlace = place(r.name, entry.Value)
		ch.caFile, err = r.text(entry)
	case "allow_private":
		ch.allowPrivate, err = r.boolean(entry)
	case "topic":
		if ch.topic, err = r.text(entry); err == nil {
			ch.topic = strings.TrimSuffix(ch.topic, "/")
			err = checkAlertTopic(ch.topic)
			if err != nil {
				err = r.bad(entry, err)
			}
		}
	}
	return err
}

// checkAlertTopic leaves room for the levels below.
func checkAlertTopic(topic string) error {
	const longest = 200
	if strings.HasPrefix(topic, "$") {
		return errors.New(brokersOwn)
	}
	if len(topic) > longest {
		return fmt.Errorf("the topic has %d bytes; %d are allowed", len(topic), longest)
	}
	return subscriber.ValidateTopic(topic)
}

func (r ruleReader) readArgv(ch *placedChannel, entry *ast.MappingValueNode) error {
	sequence, ok := entry.Value.(*ast.SequenceNode)
	if !ok {
		return r.wrong(entry, "a list of the program and its arguments, such as [notify-send, labtop]; no shell reads it")
	}
	for _, n := range sequence.Values {
		word, ok := scalarText(n)
		if !ok {
			return fmt.Errorf("%s: an element of %s is %s; write a single value", place(r.name, n), entry.Key.GetToken().Value, kind(n))
		}
		if strings.Contains(word, "\x00") {
			return &placed{place(r.name, n), errors.New("a word of a command holds a NUL; remove it")}
		}
		ch.argv = append(ch.argv, Secret(word))
	}
	if len(ch.argv) == 0 || ch.argv[0] == "" {
		return r.bad(entry, errors.New("the command is empty; name a program"))
	}
	return nil
}

func (r ruleReader) readHeaders(ch *placedChannel, entry *ast.MappingValueNode) error {
	m, ok := entry.Value.(*ast.MappingNode)
	if !ok {
		return r.wrong(entry, "a mapping such as {Authorization: {env: LAB_TOKEN}}")
	}
	ch.headers = map[string]secretSource{}
	for _, inner := range m.Values {
		name, _ := scalarText(inner.Key)
		value, err := r.readSecret(inner)
		if err != nil {
			return err
		}
		if err := notify.CheckHeader(name, string(value.text)); err != nil {
			return &placed{place(r.name, inner.Key), err}
		}
		ch.headers[name] = value
	}
	return nil
}

// readSecret reads a text, or {file: PATH} or {env: NAME}. No error shows the text.
func (r ruleReader) readSecret(entry *ast.MappingValueNode) (secretSource, error) {
	s := secretSource{place: place(r.name, entry.Value)}
	m, ok := entry.Value.(*ast.MappingNode)
	if !ok {
		text, ok := scalarText(entry.Value)
		if !ok || text == "" {
			return s, r.wrong(entry, "a text, {file: PATH} or {env: NAME}")
		}
		s.text = Secret(text)
		return s, nil
	}
	for _, inner := range m.Values {
		key, _ := scalarText(inner.Key)
		text, err := r.text(inner)
		if err != nil {
			return s, err
		}
		switch key {
		case "file":
			s.file = text
		case "env":
			s.env = text
		default:
			return s, fmt.Errorf("%s: unknown key %s; write {file: PATH} or {env: NAME}", place(r.name, inner.Key), quote(key))
		}
	}
	if (s.file == "") == (s.env == "") {
		return s, fmt.Errorf("%s: write one of {file: PATH} and {env: NAME}", s.place)
	}
	return s, nil
}

// complete fills defaults in and says what is missing.
func (ch *placedChannel) complete() error {
	missing := ""
	switch ch.kind {
	case "desktop":
		if ch.method == "" {
			ch.method = "auto"
		}
	case "command":
		if ch.argv == nil {
			missing = "argv, the program with its arguments"
		}
	case "webhook", "alertmanager":
		if ch.url.place == "" {
			missing = "a url"
		}
	case "mqtt":
		if ch.topic == "" {
			ch.topic = defaultAlertTopic
		}
	}
	if missing != "" {
		return fmt.Errorf("%s: the %s %s needs %s", ch.place, ch.kind, quote(ch.name), missing)
	}
	return nil
}

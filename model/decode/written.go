package decode

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// A retained message does not say when it was published, but its payload may. The rules
// are:
//
//   - It is told by a member at the top of a JSON object that is named for it, as Tasmota
//     ("Time"), Zigbee2MQTT ("last_seen"), OwnTracks ("tst") and others write it.
//   - A time without a zone is one of this machine's zone.
//   - A number is seconds since 1970, or milliseconds when it is too large for that.
//   - What is before 2000, or more than a day after now, is no time at which anything was
//     published: a clock that was never set, or a moment that is planned.

// writtenMembers are the names of such members, in lower case.
var writtenMembers = []string{"time", "timestamp", "last_seen", "lastseen", "tst", "ts", "received_at", "datetime"}

// writtenLayouts are the ways to write a time without a zone.
var writtenLayouts = []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05"}

// Written is when a message was published by what its payload says; zero when it does
// not say it. At most MaxRead bytes are looked at.
func Written(payload []byte, now time.Time) time.Time {
	payload = bytes.TrimLeft(payload, " \t\r\n")
	if len(payload) == 0 || payload[0] != '{' || len(payload) > MaxRead {
		return time.Time{}
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(payload, &members) != nil {
		return time.Time{}
	}
	lower := make(map[string]json.RawMessage, len(members))
	for name, value := range members {
		lower[strings.ToLower(name)] = value
	}
	for _, name := range writtenMembers {
		at := writtenAt(strings.Trim(string(lower[name]), `"`))
		if at.Year() >= 2000 && at.Before(now.Add(24*time.Hour)) {
			return at
		}
	}
	return time.Time{}
}

// writtenAt reads a time; zero when the text is none.
func writtenAt(text string) time.Time {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at
	}
	for _, layout := range writtenLayouts {
		if at, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return at
		}
	}
	const milliseconds = 1e11 // as seconds, that is the year 5138
	n, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || !(n > 0) || n > 1e15:
		return time.Time{}
	case n >= milliseconds:
		return time.UnixMilli(int64(n))
	}
	return time.UnixMilli(int64(n * 1000))
}

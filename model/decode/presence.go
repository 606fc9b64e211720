package decode

import "labtop/model"

// presenceWord tells what a word on a presence topic says. Words in other
// languages and free text are Unknown, never Offline: firmware is translated,
// and "status" is also the place for "cleaning".
func presenceWord(word []byte) model.Presence {
	var low [maxWord]byte
	switch string(fold(&low, word)) {
	case "online", "true", "1", "on", "ready", "connected", "up", "alive":
		return model.Online
	case "offline", "false", "0", "off", "lost", "disconnected", "down", "dead":
		return model.Offline
	}
	return model.Unknown
}

// saysPresence says whether a member at the top of a JSON payload tells the
// presence on a presence topic. On other topics it does not: a lamp's
// {"state":"ON"} is no presence.
func saysPresence(key string) bool {
	switch key {
	case "state", "status", "online", "connected", "connectionState":
		return true
	}
	return false
}

// presenceReading makes the reading of a presence topic what can be shown: "1"
// and "0" are two states, and words that elsewhere mean that there is no value are words here.
func presenceReading(r *model.Reading, p model.Presence) {
	switch {
	case r.Value.Kind == model.NoValue:
		asText(r)
	case r.Value.Kind == model.Number && p == model.Online:
		r.Value = model.Value{Kind: model.Bool, Num: 1}
	case r.Value.Kind == model.Number && p == model.Offline:
		r.Value = model.Value{Kind: model.Bool}
	}
}

package recording

import (
	"encoding/json"
	"time"
)

// event makes an entry of a record below labtop/; false when it is none by itself.
func (r *Reader) event(kind string, sequence uint32, data []byte, e *Entry) bool {
	var err error
	switch kind {
	case kindConnection:
		var j connectionJSON
		err = json.Unmarshal(data, &j)
		e.Kind, e.Connection = ConnectionEntry, j.connection(r.granted)
	case kindSubscriptions:
		var list []subscriptionJSON
		if err = json.Unmarshal(data, &list); err == nil {
			r.granted = fromSubscriptionsJSON(list)
			return false
		}
	case kindGap:
		e.Kind = GapEntry
		if err = json.Unmarshal(data, &e.Gap); err == nil {
			r.health.Dropped += e.Gap.Messages
		}
	case kindNote:
		var j noteJSON
		err = json.Unmarshal(data, &j)
		e.Kind, e.Note = NoteEntry, j.Text
	case kindAlert:
		e.Kind = AlertEntry
		err = json.Unmarshal(data, &e.Alert)
	case kindClock:
		var j clockJSON
		err = json.Unmarshal(data, &j)
		e.Kind, e.Step, e.Away = ClockEntry, j.step(), seconds(j.AwaySeconds)
	case kindCut:
		r.cut, r.cutAt = cutJSON{}, sequence+1
		if err = json.Unmarshal(data, &r.cut); err == nil {
			return false
		}
	case kindProperties:
		var ok bool
		if r.properties, ok = parseProperties(data); ok {
			return false
		}
		r.damaged()
		return false
	case kindEnd:
		e.Kind, r.done = EndEntry, true
	default: // another program's, or a later version's
		r.health.Skipped++
		return false
	}
	if err != nil {
		r.damaged()
		return false
	}
	return true
}

// seconds is a duration of so many seconds, within what a duration can be.
func seconds(s float64) time.Duration {
	const most = 1 << 33 // 272 years
	return time.Duration(min(max(s, -most), most) * float64(time.Second))
}

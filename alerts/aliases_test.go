package alerts_test

import (
	stdcmp "cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"labtop/model"
)

// neverChanged are the fields that a store and its checkpoint may share.
var neverChanged = []string{
	"Message.Payload", "Connection.Subscriptions", "filters.names", "filterSet.places", // replaced, never written to
	"decoder.way", "metric.place", "node.rule", "tree.places", // only appended to; see decoder.Copy
	"past.buckets", // those that both have; see past.own
	"tracker.rule", "Alert.Notify", "Time.loc",
	"Message.Properties", "topicState.properties", // nobody writes to them
	"facts.losses", "Connection.Link", "SourceStats.Pings", // replaced as a whole; see facts.follow
}

// reach is what can be reached from a value.
type reach struct {
	pieces []piece
	nils   map[string]bool // the fields that can point to something: whether none does
	seen   map[string]bool
}

// piece is a piece of memory, and the field that leads to it.
type piece struct {
	from, to uintptr
	field    string
}

func reachOf(values ...reflect.Value) *reach {
	r := &reach{nils: map[string]bool{}, seen: map[string]bool{}}
	for _, v := range values {
		r.walk(v, "")
	}
	slices.SortFunc(r.pieces, func(a, b piece) int { return stdcmp.Compare(a.from, b.from) })
	return r
}

// take notes a piece of memory. It says whether it must be looked at.
func (r *reach) take(v reflect.Value, size uintptr, field string) bool {
	r.nils[field] = r.nils[field] && v.IsNil()
	if v.IsNil() || size == 0 {
		return false
	}
	from := v.Pointer()
	id := fmt.Sprint(from, v.Type(), size)
	if r.seen[id] {
		return false
	}
	r.seen[id] = true
	r.pieces = append(r.pieces, piece{from, from + size, field})
	return true
}

func (r *reach) walk(v reflect.Value, field string) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		if _, known := r.nils[field]; !known {
			r.nils[field] = true
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		if r.take(v, v.Type().Elem().Size(), field) {
			r.walk(v.Elem(), field)
		}
	case reflect.Slice:
		if r.take(v, uintptr(v.Cap())*v.Type().Elem().Size(), field) {
			for i := range v.Len() {
				r.walk(v.Index(i), field)
			}
		}
	case reflect.Map:
		if r.take(v, 1, field) {
			for i := v.MapRange(); i.Next(); {
				r.walk(i.Value(), field)
			}
		}
	case reflect.Interface:
		if !v.IsNil() {
			r.nils[field] = false
			r.walk(v.Elem(), field)
		}
	case reflect.Array:
		for i := range v.Len() {
			r.walk(v.Index(i), field)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Name(), "[")
			if name += "." + v.Type().Field(i).Name; !slices.Contains(neverChanged, name) {
				r.walk(v.Field(i), name)
			}
		}
	}
}

// shared are the fields by which both reach the same memory.
func (r *reach) shared(other *reach) (fields []string) {
	for _, p := range r.pieces {
		i, _ := slices.BinarySearchFunc(other.pieces, p.from, func(q piece, from uintptr) int { return stdcmp.Compare(q.to, from+1) })
		if i < len(other.pieces) && other.pieces[i].from < p.to {
			fields = append(fields, p.field+" and "+other.pieces[i].field)
		}
	}
	return fields
}

// full is a lab in which all that can be there is there.
func full(t *testing.T) *watched {
	t.Helper()
	w := newWatched(t, bounds{})
	subscriptions := []model.Subscription{{Filter: "#"}}
	w.SetConnection(model.Connection{State: model.Connected, Since: epoch, Connects: 1, Subscriptions: subscriptions})
	for i := range 2000 {
		var batch []model.Message
		for _, topic := range []string{"iotclass/lab1/temperature", "iotclass/lab2/temperature", "iotclass/lab1/door"} {
			payload := strconv.Itoa(25 + i%10 + i/200)
			if topic == "iotclass/lab1/door" {
				payload = "open"
			}
			batch = append(batch, msg(float64(i), topic, payload, ""))
		}
		w.Apply(batch)
	}
	for _, word := range []string{"online", "offline"} {
		w.Apply([]model.Message{msg(2000, "iotclass/lab2/status", word, "")})
	}
	members := make([]string, 150)
	for i := range members {
		members[i] = fmt.Sprintf(`"m%d":[1]`, i)
	}
	for i := range 3 { // more than one message can tell
		w.Apply([]model.Message{msg(2001, "iotclass/lab1/many", "{"+strings.Join(members[i*50:][:50], ",")+"}", "")})
	}
	w.Apply([]model.Message{msg(2002, "home/hall/light/set", "on", "")})
	w.Apply([]model.Message{msg(2002, "$SYS/broker/uptime", "50", ""), msg(2002, "$SYS/broker/connection/b/state", "1", "")})
	w.Tick(at(2010), model.SourceStats{})
	w.SetConnection(model.Connection{State: model.Waiting, Since: at(2011), Connects: 1, Subscriptions: subscriptions})
	w.Tick(at(2100), model.SourceStats{}) // what is due sleeps until there is a connection
	w.Apply([]model.Message{msg(2101, "iotclass/lab1/many", `{"new":1}`, "")})
	for do := range 4 {
		w.act(do)
	}
	return w
}

// TestCheckpointSharesNothing: nothing that may change is both in a store and in its
// checkpoint, nor in a checkpoint and in what was restored from it. What can point to
// something must do so in this test, so that a field that is added is not forgotten.
func TestCheckpointSharesNothing(t *testing.T) {
	t.Parallel()
	from, to := full(t), newWatched(t, bounds{})
	c := from.Checkpoint()
	to.Restore(c)
	if diff := cmp.Diff(from.everything(), to.everything()); diff != "" {
		t.Error("what was restored (-want +got):\n" + diff)
	}
	checkpoint := reachOf(reflect.ValueOf(c))
	for name, w := range map[string]*watched{"it was made of": from, "it was restored in": to} {
		lab := reachOf(reflect.ValueOf(w.Store).Elem().FieldByName("facts"), reflect.ValueOf(w.engine).Elem().FieldByName("facts"))
		for _, field := range lab.shared(checkpoint) {
			t.Errorf("the checkpoint and the lab that %s share %s", name, field)
		}
		for field, none := range lab.nils {
			if none && w == from {
				t.Errorf("%s points to nothing in this test", field)
			}
		}
	}
}

package hostile_test

import (
	"bytes"
	"testing"

	"labtop/testkit/attack"
	"labtop/testkit/oracle"
	"labtop/testkit/viewer"
	"labtop/ui"
)

// FuzzScreen pushes any message through the store onto the screens and into the plain
// text, and looks at what comes out.
func FuzzScreen(f *testing.F) {
	for _, c := range attack.All() {
		f.Add("iotclass/lab1/text", []byte(c.Text), "")
		f.Add("iotclass/"+c.Text+"/temperature", []byte("22.50 °C"), c.Text)
		f.Add("a/"+c.Text, []byte(`{`+quoted(c.Text)+`:[`+quoted(c.Text)+`,22.5]}`), "a")
	}
	f.Add("iotclass/lab1/status", []byte("online"), "#")
	f.Add("$SYS/broker/uptime", []byte("12 seconds"), "$SYS/#")
	shown := places()
	f.Fuzz(func(t *testing.T, topic string, payload []byte, filter string) {
		if topic == "" {
			return // no broker sends that
		}
		s := newScene()
		s.add(message{topic: topic, payload: string(payload), retained: len(payload)%5 == 0})
		s.typed = filter
		for i := range 3 {
			p := shown[(len(topic)+len(payload)*5+i)%len(shown)]
			v := show(t, p, s)
			if found := oracle.ScanFrame([]byte(v.Frame())); len(found) > 0 {
				t.Errorf("%s: %v", p.name, found)
			}
			if err := viewer.Fits(v.Frame(), p.width, p.height); err != nil {
				t.Errorf("%s: %v", p.name, err)
			}
			for _, text := range v.Copied {
				if !p.copiesTopic { // those are copied byte for byte
					clean(t, p.name+": clipboard", text)
				}
			}
		}
		store := s.store(t)
		var text bytes.Buffer
		if err := ui.WritePlain(&text, store.Listing(true), store.Status(), ui.PlainOptions{}); err != nil {
			t.Fatal(err)
		}
		clean(t, "plain text", text.String())
	})
}

//go:build unix

package faults_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"labtop/model"
	"labtop/recording"
	"labtop/testkit/mosquitto"
)

// TestFullDiskUnderDashboard records from the screen until there is no more room for the
// file: the screen says so at once, in one line, and goes on.
func TestFullDiskUnderDashboard(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	dir := t.TempDir()
	limited := func(program string, args ...string) []string {
		return append([]string{"sh", "-c", `cd "$0"; ulimit -f 40; exec "$@"`, dir, program}, args...)
	}
	term := dashboard(t, limited, "-b", "mqtt://"+b.Addr)
	term.Wait("● mqtt://" + b.Addr)
	numbers := publishNumbers(t, b.Addr, "iotclass", 100) // slowly, so that what is shown meanwhile is seen
	defer numbers.end()
	term.Wait("LAB1")
	term.Keys("r")
	term.Wait("● rec ", "KiB")
	screen := term.Wait("▲ the recording has ended: file too large")
	files, err := filepath.Glob(filepath.Join(dir, "labtop-*.mcap"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	about, err := os.Stat(files[0])
	if err != nil {
		t.Fatal(err)
	}
	// Its last change is that it was cut back to its last whole record.
	took(t, "the screen said so", about.ModTime(), time.Second)
	if strings.Contains(screen, "● rec") || strings.Count(screen, "▲") != 1 {
		t.Errorf("it takes more than a line, or the recording seems to go on:\n%s", screen)
	}
	live(t, term)
	entries, health := recorded(t, files[0])
	if len(entries) < 500 || health.Damaged > 0 || health.Lost > 0 || !health.Cut {
		t.Errorf("%d entries, %+v", len(entries), health)
	}
	// It begins with how the connection stood when the key was pressed.
	first := entries[0]
	if c := first.Connection; first.Kind != recording.ConnectionEntry || c.State != model.Connected || len(c.Subscriptions) == 0 ||
		!first.Time.After(c.Since) || entries[1].Time.Sub(first.Time) > 10*time.Second {
		t.Errorf("it begins with %+v at %v, then %v", first.Connection, first.Time, entries[1].Time)
	}
	// Another one fails as soon, beside the first.
	term.Keys("r")
	term.Wait("● rec ")
	term.Wait("▲ the recording has ended: file too large")
	if files, _ = filepath.Glob(filepath.Join(dir, "labtop-*.mcap")); len(files) != 2 {
		t.Errorf("the second recording went to %v", files)
	}
	term.Keys("q")
	term.Wait("file too large; the recording", "ended with 1")
}

// TestRecordFromScreen begins a recording in the midst of a session: it has what comes
// from then on, of messages, alerts, notes and the connection, and nothing of before.
func TestRecordFromScreen(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	dir := t.TempDir()
	rules := filepath.Join(dir, "rules.yaml")
	if err := os.WriteFile(rules, []byte("- {name: hot, metric: temperature, critical: {above: 30}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	within := func(program string, args ...string) []string {
		return append([]string{"sh", "-c", `cd "$0"; exec "$@"`, dir, program}, args...)
	}
	term := dashboard(t, within, "-b", "mqtt://"+b.Addr, "-t", "iotclass/#", "--rules", rules, "--read-only")
	term.Wait("● mqtt://" + b.Addr)
	say := func(payload string) { publish(t, here, b, "iotclass/lab1/temperature", payload) }
	say("21.00")
	term.Wait("21.00 °C")
	term.Keys("r")
	term.Wait("recording to labtop-20")
	say("40.00")
	term.Wait("40.00 °C", "◆1")
	term.Keys("n", "h", "o", "t", "Enter")
	term.Wait("noted: hot")
	term.Keys("6")
	term.Wait("─ notes", "1 of 1", "¶")
	term.Keys("1")
	b.Stop()
	term.Wait("○ mqtt://"+b.Addr, "next try in")
	b.Start()
	term.Keys("R")
	term.Wait("● mqtt://" + b.Addr)
	say("22.00")
	term.Wait("22.00 °C")
	term.Keys("r")
	term.Wait("recorded 2 messages in labtop-20")
	say("23.00")
	term.Wait("23.00 °C")
	term.Keys("q")
	term.Wait("ended with 0")

	files, err := filepath.Glob(filepath.Join(dir, "labtop-*.mcap"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	entries, health := recorded(t, files[0])
	if health != (recording.Health{}) {
		t.Errorf("%+v", health)
	}
	var told []string
	for i := range entries {
		switch e := &entries[i]; e.Kind {
		case recording.MessageEntry:
			told = append(told, string(e.Message.Payload))
		case recording.KnownEntry:
			told = append(told, "known: "+string(e.Message.Payload))
		case recording.AlertEntry:
			told = append(told, fmt.Sprintf("%s: %s to %s", e.Alert.Rule, e.Alert.From, e.Alert.To))
		case recording.NoteEntry:
			told = append(told, "note: "+e.Note)
		case recording.ConnectionEntry: // and as many attempts between as the broker took its time to start
			if state := e.Connection.State.String(); state != "connecting" && (len(told) == 0 || told[len(told)-1] != state) {
				told = append(told, state)
			}
		case recording.EndEntry:
			told = append(told, "end")
		}
	}
	want := "connected, known: 21.00, 40.00, hot: inactive to firing, note: hot, waiting, connected, 22.00, hot: firing to resolved, end"
	if got := strings.Join(told, ", "); got != want {
		t.Errorf("it holds\n%s, want\n%s", got, want)
	}
}

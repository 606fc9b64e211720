package cli

import "testing"

func TestNearest(t *testing.T) {
	t.Parallel()
	candidates := []string{"broker", "topic", "fps", "client-id", "clean-session"}
	for word, want := range map[string]string{
		"brokr": "broker", "brocker": "broker", "rboker": "broker", "BROKER": "", "fsp": "fps", "fp": "fps",
		"client": "client-id", "clientid": "client-id", "x": "", "": "", "topics": "topic", "zzzzzz": "",
	} {
		if got := nearest(word, candidates); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}

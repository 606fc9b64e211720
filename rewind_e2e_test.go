package main_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"labtop/testkit/mosquitto"
)

// shownNumber is the number before a word on a screen, with blanks between its digits; -1
// when there is none.
func shownNumber(screen, word string) int {
	found := regexp.MustCompile(`(\d[\d ]*) ` + word).FindStringSubmatch(screen)
	if found == nil {
		return -1
	}
	n, err := strconv.Atoi(strings.ReplaceAll(found[1], " ", ""))
	if err != nil {
		return -1
	}
	return n
}

// TestRewindOnMosquitto pauses the dashboard of a real broker, goes back in it while more
// comes, and returns to live: what is shown is of its moment, and every message counts
// throughout.
func TestRewindOnMosquitto(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	term := dashboard(t, 160, 40, "-b "+b.Addr+" -t 'iotclass/#'")
	connected(t, b, 1)
	say, sent := speaker(t, b, "iotclass/lab1/temperature"), 0
	speak := func(value string) {
		say(value)
		sent++
	}
	for began := time.Now(); time.Since(began) < 3*time.Second; { // a past that has some seconds
		speak("11.5")
		time.Sleep(20 * time.Millisecond)
	}
	speak("22.5")
	term.Wait("22.5")
	term.Keys("Space")
	term.Wait("paused, 0 behind", "goes back up to")
	for range 40 {
		speak("33.5")
	}
	term.Wait("paused, 40 behind")

	past := func(screen string) bool {
		return strings.Contains(screen, "rewound") && strings.Contains(screen, "11.5") && !strings.Contains(screen, "22.5")
	}
	looks := 0
	term.Until("shows what was before", func(screen string) bool {
		if looks++; strings.Contains(screen, "22.5") && looks%50 == 1 {
			term.Keys("Left") // a second back; what came last may be older than that
		}
		return past(screen)
	})
	speak("33.5")
	term.Until("counts each message, before and since", func(screen string) bool {
		return past(screen) && shownNumber(screen, "messages")+shownNumber(screen, "behind") == sent
	})

	term.Keys(".")
	term.Until("shows how it is now", func(screen string) bool {
		return !strings.Contains(screen, "rewound") && strings.Contains(screen, "33.5") && shownNumber(screen, "messages") == sent
	})
	speak("44.5")
	term.Wait("44.5")
	term.Keys("q")
	term.Wait("ended with 0")
}

package ui_test

import (
	"strings"
	"testing"

	"labtop/testkit/oracle"
	"labtop/testkit/viewer"
	"labtop/ui"
)

// TestChannels: a channel that fails is in the header, and all are on the help screen.
func TestChannels(t *testing.T) {
	t.Parallel()
	fine := ui.Channel{Name: "bell", Sent: 12}
	phone := ui.Channel{Name: "phone", Sent: 3, Lost: 4, Failing: true, Problem: "https://h answered 500"}
	recovered := ui.Channel{Name: "light", Lost: 1, Problem: "exit status 1"}
	off := ui.Channel{Name: "states", Off: "nothing is published in read-only mode"}
	hostile := ui.Channel{Name: "\x1b]0;x\a", Lost: 1, Failing: true, Problem: strings.Repeat("\x1b[2J long ", 40)}
	for name, tt := range map[string]struct {
		channels []ui.Channel
		header   string
		help     []string
	}{
		"none":    {nil, "", nil},
		"fine":    {[]ui.Channel{fine, recovered, off}, "", []string{"bell 12 sent", "light 0 sent 1 failed: exit status 1", "states 0 sent nothing is published in read-only mode"}},
		"fails":   {[]ui.Channel{fine, phone}, "phone fails", []string{"phone 3 sent 4 failed: https://h answered 500"}},
		"hostile": {[]ui.Channel{phone, hostile}, "2 channels fail", []string{"␛]0;x␇ 0 sent 1 failed: ␛[2J long"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScreen(t, course(t), 100, 120, func(o *ui.Options) { o.Channels = func() []ui.Channel { return tt.channels } })
			header, _, _ := strings.Cut(s.text(), "\n")
			if fails := strings.Contains(header, "fail"); !strings.Contains(header, tt.header) || fails != (tt.header != "") {
				t.Errorf("the header is %q", header)
			}
			s.Press("?")
			for _, row := range tt.help {
				s.must(t, strings.Fields(row)...)
			}
			if (tt.help != nil) != (s.row("Who is told of alerts") != "") {
				t.Error(s.text())
			}
			if err := viewer.Fits(s.Frame(), 100, 120); err != nil {
				t.Error(err)
			}
			if found := oracle.ScanFrame([]byte(s.Frame())); len(found) > 0 {
				t.Error(found)
			}
		})
	}
}

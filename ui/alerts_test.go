package ui_test

import (
	"testing"

	"labtop/testkit/viewer"
	"labtop/ui"
)

// TestAlertScreens holds the alerts as they are seen, on their screen and on that of
// the devices.
func TestAlertScreens(t *testing.T) {
	t.Parallel()
	ascii := func(o *ui.Options) { o.ASCII = true }
	tests := []struct {
		name          string
		width, height int
		alerts        func() *fakeAlerts
		edit          func(*ui.Options)
		keys          []string
		typed         string
	}{
		{name: "alerts 80x24", width: 80, height: 24, keys: []string{"3"}},
		{name: "alerts 120x40", width: 120, height: 40, keys: []string{"3"}},
		{name: "alerts 200x60", width: 200, height: 60, keys: []string{"3"}},
		{name: "alerts 40x8", width: 40, height: 8, keys: []string{"3"}},
		{name: "alerts 60x16", width: 60, height: 16, keys: []string{"3"}},
		{name: "alerts in ascii", width: 120, height: 40, keys: []string{"3"}, edit: ascii},
		{name: "why 80x24", width: 80, height: 24, keys: []string{"3", "enter"}},
		{name: "why offline", width: 120, height: 40, keys: []string{"3", "j", "enter"}},
		{name: "why silenced", width: 100, height: 30, keys: []string{"3", "j", "j", "j", "j", "j", "enter"}},
		{name: "why it was", width: 120, height: 40, keys: []string{"3", "/", "r", "e", "s", "o", "l", "enter", "enter"}},
		{name: "history", width: 80, height: 16, keys: []string{"3", "G"}},
		{name: "filtered", width: 120, height: 20, keys: []string{"3", "/"}, typed: "hot lab"},
		{name: "without match", width: 80, height: 12, keys: []string{"3", "/"}, typed: "nothing like it"},
		{name: "silence asked", width: 80, height: 24, keys: []string{"3", "z"}},
		{name: "silence asked 40x8", width: 40, height: 8, keys: []string{"3", "z"}},
		{name: "silenced", width: 80, height: 24, keys: []string{"3", "z", "m"}},
		{name: "all is well", width: 80, height: 12, keys: []string{"3"}, alerts: func() *fakeAlerts { return &fakeAlerts{rules: 5} }},
		{name: "well again", width: 80, height: 16, keys: []string{"3"}, alerts: func() *fakeAlerts {
			f := trouble()
			f.active = nil
			return f
		}},
		{name: "no rules", width: 80, height: 12, keys: []string{"3"}, alerts: func() *fakeAlerts { return &fakeAlerts{} }},
		{name: "devices 80x24", width: 80, height: 24},
		{name: "devices 120x40", width: 120, height: 40, keys: []string{"j", "j", "j", "j", "j", "j", "j", "j", "j"}},
		{name: "devices 200x60", width: 200, height: 60, keys: []string{"G", "k", "k"}},
		{name: "devices in ascii", width: 120, height: 40, keys: []string{"G", "k", "k"}, edit: ascii},
		{name: "devices by state", width: 80, height: 24, keys: []string{"o"}},
		{name: "detail with thresholds", width: 80, height: 24, keys: []string{"G", "k", "k", "enter", "]"}},
		{name: "jumped", width: 80, height: 24, keys: []string{"H", "/", "k", "i", "t", "enter", "3", "d"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.alerts == nil {
				tt.alerts = trouble
			}
			if tt.edit == nil {
				tt.edit = func(*ui.Options) {}
			}
			s := troubled(t, tt.alerts(), tt.width, tt.height, tt.edit)
			s.Press(tt.keys...)
			s.typed(tt.typed)
			if err := viewer.Fits(s.Frame(), tt.width, tt.height); err != nil {
				t.Error(err)
			}
			s.golden()
		})
	}
}

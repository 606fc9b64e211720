package ui

import (
	"time"

	"labtop/alerts"
	"labtop/model"
)

// alertMark is what the alerts say of a line of the devices: how its metric and its
// device stand, and the device's worst alert, whose ID is 0 when there is none.
type alertMark struct {
	metric, device alerts.Standing
	alert          alerts.Alert
}

// deviceAlerts are what the devices' screen shows of the alerts.
type deviceAlerts struct {
	marks      []alertMark // one for each line
	thresholds []alerts.Threshold
	detail     alerts.Alert // of the detail's metric
}

// readMarks reads what the alerts say of a page.
func readMarks(source Alerts, page *model.Page) deviceAlerts {
	if source == nil {
		return deviceAlerts{}
	}
	d := deviceAlerts{marks: make([]alertMark, len(page.Lines))}
	standings := source.Standings(markKeys(page))
	find := func(id uint64) (a alerts.Alert) {
		if id != 0 {
			a, _ = source.Find(id)
		}
		return a
	}
	for i := range d.marks {
		mark := &d.marks[i]
		mark.device, mark.metric = standings[2*i], standings[2*i+1]
		if i > 0 && page.Lines[i-1].Device == page.Lines[i].Device {
			mark.alert = d.marks[i-1].alert
		} else {
			mark.alert = find(mark.device.Alert)
		}
	}
	if page.Detail != nil {
		d.thresholds = source.Thresholds(detailKey(page.Detail))
		d.detail = find(standings[len(standings)-1].Alert)
	}
	return d
}

// markKeys names the device and the metric of each line, and the detail's metric.
func markKeys(page *model.Page) []model.Key {
	keys := make([]model.Key, 0, 2*len(page.Lines)+1)
	for i := range page.Lines {
		line := &page.Lines[i]
		k := model.Key{Device: line.Device.ID}
		keys = append(keys, k)
		if m := line.Metric; m != nil {
			k.Topic, k.Path = m.Topic, m.Path
		}
		keys = append(keys, k)
	}
	if page.Detail != nil {
		keys = append(keys, detailKey(page.Detail))
	}
	return keys
}

func detailKey(d *model.Detail) model.Key {
	return model.Key{Device: d.Device.ID, Topic: d.Metric.Topic, Path: d.Metric.Path}
}

// severity orders devices by the alerts that want somebody; nil without alerts.
func severity(source Alerts) func(device string) int {
	if source == nil {
		return nil
	}
	return func(device string) int {
		st := source.Standings([]model.Key{{Device: device}})[0]
		if st.Quiet {
			return 0
		}
		return int(st.Severity)
	}
}

// fires says whether there is an alert that fires, whether or not it wants
// somebody.
func fires(a *alerts.Alert) bool { return a.ID != 0 && a.State == alerts.Firing }

// alertText says what is wrong in one line: "too-hot: above 30 °C for 10 s, since
// 14:31:40".
func alertText(a *alerts.Alert, now time.Time) string {
	return a.Rule + ": " + a.Summary + ", since " + clock(a.Since, now)
}

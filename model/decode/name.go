package decode

import "strings"

// isName says whether a value called key is an identifier, a version or a point in
// time: it may look like a number but is never plotted.
func isName(key string) bool {
	for _, suffix := range []string{"Id", "ID"} {
		if strings.HasSuffix(key, suffix) {
			return true
		}
	}
	low := strings.ToLower(key)
	for _, suffix := range []string{"_id", "_mac", "_serial", "_version", "_time", "_ts", "timestamp"} {
		if strings.HasSuffix(low, suffix) {
			return true
		}
	}
	switch low {
	case "id", "idx", "mac", "serial", "bssid", "ssid", "uid", "uuid", "guid", "imei", "iccid", "eui", "deveui",
		"ip", "version", "firmware", "fw",
		"time", "ts", "tst", "date", "datetime", "last_seen", "lastseen":
		return true
	}
	return false
}

// unitTarget tells which member's unit the member called key names; only says
// that it is that of the only value beside it.
func unitTarget(key string) (target string, only bool) {
	switch strings.ToLower(key) {
	case "unit", "units", "u", "uom", "unit_of_measurement":
		return "", true
	}
	for _, suffix := range []string{"Unit", "Units", "_unit", "_units"} {
		if name, ok := strings.CutSuffix(key, suffix); ok && name != "" {
			return name, false
		}
	}
	return "", false
}

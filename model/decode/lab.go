package decode

// builtin are the topics of the lab course and of the sketches that grew from
// it: bare values such as " 22.50" on plain topics, and no unit anywhere
// (https://iotclass.org/app-protocols/mqtt-labs.html). The course fixes the
// units of its two readings.
func builtin() []Pattern {
	return []Pattern{
		{
			levels: []string{"iotclass", devicePlaceholder, metricPlaceholder}, device: 1, metric: 2,
			units: map[string]string{"temperature": "°C", "humidity": "%"},
		},
		{levels: []string{"home", devicePlaceholder, "motion"}, device: 1, metric: -1},
		{levels: []string{"home", devicePlaceholder, "light", metricPlaceholder}, device: 1, metric: 3},
		{levels: []string{"devices", devicePlaceholder, metricPlaceholder}, device: 1, metric: 2},
	}
}

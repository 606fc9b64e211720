package ui

import (
	"strings"

	"labtop/health"
	"labtop/model"
)

// The history of what a broker says of itself is that of the topics below $SYS in which
// Mosquitto, mochi and others with their names tell it. A broker with other names has none
// here.

// clientsConnected is the metric of how many clients are connected.
var clientsConnected = figureKey("clients/connected")

// figureMetrics are the metrics that can have the history of a figure, by its word.
var figureMetrics = map[string][]model.Key{
	"clients":         {clientsConnected},
	"clients_percent": {clientsConnected},
	"sessions":        {figureKey("clients/total")},
	"retained":        {figureKey("retained messages/count"), figureKey("retained")},
	"subscriptions":   {figureKey("subscriptions/count"), figureKey("subscriptions")},
	"heap":            {figureKey("heap/current"), figureKey("system/memory")},
	"dropped":         {figureKey("publish/messages/dropped"), figureKey("messages/dropped")},
}

// figureKey names the metric on a topic below $SYS/broker.
func figureKey(name string) model.Key {
	topic := "$SYS/broker/" + name
	return model.Key{Device: topic[:strings.LastIndexByte(topic, '/')], Topic: topic}
}

// figureDetail is all about a figure with its history; nil when it has none.
func figureDetail(store *model.Store, word string, query model.ChartQuery) *model.Detail {
	for _, k := range figureMetrics[word] {
		d := store.Detail(k, query)
		if d == nil {
			continue
		}
		if limit := store.Broker().Limit; word == "clients_percent" && limit > 0 {
			scale(d, 100/float64(limit))
		}
		return d
	}
	return nil
}

// scale makes a history one of another unit.
func scale(d *model.Detail, by float64) {
	columns := d.Series[0].Columns
	for i := range columns {
		c := &columns[i]
		c.Min, c.Max, c.Last = c.Min*by, c.Max*by, c.Last*by
	}
}

// ofBroker says whether a metric is a figure of the broker.
func ofBroker(k model.Key) bool { return k.Device == health.Whole }

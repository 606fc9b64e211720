package model_test

import (
	"testing"

	"labtop/model"
)

// The examples are those of MQTT 3.1.1 section 4.7.
func TestMatchTopic(t *testing.T) {
	t.Parallel()
	tests := []struct {
		filter, topic string
		want          bool
	}{
		{"sport/tennis/player1/#", "sport/tennis/player1", true},
		{"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
		{"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
		{"sport/tennis/player1/#", "sport/tennis/player2", false},
		{"sport/#", "sport", true},
		{"sport/#", "sports", false},
		{"#", "sport/tennis", true},
		{"#", "/", true},
		{"sport/tennis/+", "sport/tennis/player1", true},
		{"sport/tennis/+", "sport/tennis/player1/ranking", false},
		{"sport/+", "sport", false},
		{"sport/+", "sport/", true},
		{"+", "sport", true},
		{"+/tennis/#", "sport/tennis", true},
		{"+/tennis/#", "sport/tennis/a/b", true},
		{"sport/+/player1", "sport/tennis/player1", true},
		{"sport/+/player1", "sport/player1", false},
		{"+/+", "/finance", true},
		{"/+", "/finance", true},
		{"+", "/finance", false},
		{"#", "$SYS/broker", false},
		{"+/monitor/Clients", "$SYS/monitor/Clients", false},
		{"$SYS/#", "$SYS/broker/uptime", true},
		{"$SYS/#", "$SYS", true},
		{"$SYS/monitor/+", "$SYS/monitor/Clients", true},
		{"ACCOUNTS", "Accounts", false},
		{"sport", "/sport", false},
		{"sport", "sport/", false},
		{"a//b", "a//b", true},
		{"a/+/b", "a//b", true},
		{"küche/+", "küche/温度", true},
		{"a/b", "a/b", true},
		{"a/b", "a/b/c", false},
		{"a/b/c", "a/b", false},
		{"a/#/b", "a/x/b", false},
		{"a+", "ab", false},
	}
	for _, test := range tests {
		t.Run(test.filter+" "+test.topic, func(t *testing.T) {
			t.Parallel()
			if got := model.MatchTopic(test.filter, test.topic); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

package cli

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/model"
)

// TestPublishable has what a broker takes of the properties in a recording, and says when
// that is not all.
func TestPublishable(t *testing.T) {
	t.Parallel()
	pair := func(name, value string) model.UserProperty { return model.UserProperty{Name: name, Value: value} }
	all := model.Properties{
		Expires: true, Expiry: time.Minute, Text: true, ContentType: "text/ü", ResponseTopic: "re", CorrelationData: []byte("\x00\xff"),
		User: []model.UserProperty{pair("k", "1"), pair("", ""), pair("k", "2")},
	}
	below := all
	below.ResponseTopic = "replay/re"
	shown := all
	shown.Filters = []string{"#"}
	for _, tt := range []struct {
		name  string
		has   *model.Properties
		want  *model.Properties
		whole bool
	}{
		{"none", nil, nil, true},
		{"all", &all, &below, true},
		{"the recording's subscriptions", &shown, &below, true},
		{"these alone", &model.Properties{Filters: []string{"#"}}, nil, true},
		{"some not kept", &model.Properties{Text: true, LeftOut: 5}, &model.Properties{Text: true}, false},
		{"no topic", &model.Properties{Text: true, ResponseTopic: "re/#"}, &model.Properties{Text: true}, false},
		{"no text", &model.Properties{ContentType: "\xff", User: []model.UserProperty{pair("a\x00", ""), pair("b", "\xff"), pair("c", "d")}}, &model.Properties{User: []model.UserProperty{pair("c", "d")}}, false},
		{"the prefix is too much", &model.Properties{ContentType: strings.Repeat("x", 4090), ResponseTopic: "re"}, &model.Properties{ContentType: strings.Repeat("x", 4090), LeftOut: 9}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, whole := publishable(tt.has, "replay/")
			if diff := cmp.Diff(tt.want, got); diff != "" || whole != tt.whole {
				t.Errorf("%t, %s", whole, diff)
			}
		})
	}
}

// TestRepublishedBare counts the messages that go out without their properties.
func TestRepublishedBare(t *testing.T) {
	t.Parallel()
	with, without, left := said(0, "a", "1"), said(0, "a", "2"), said(0, "a", "3")
	with.Message.Properties = &model.Properties{ContentType: "x", Filters: []string{"#"}}
	without.Message.Properties = &model.Properties{Filters: []string{"#"}}
	left.Message.Properties = &model.Properties{ContentType: "x", LeftOut: 3}
	from := entries{with, without, left, said(0, "a", "4")}
	for v5, want := range map[bool]int{false: 2, true: 1} {
		r := toTaker(&taker{}, 0)
		r.v5 = v5
		again := slices.Clone(from)
		if err := r.round(t.Context(), &again, fromStart); err != nil || r.bare != want || r.published != 4 {
			t.Errorf("MQTT 5: %t: %d of %d, %v", v5, r.bare, r.published, err)
		}
	}
}

package cli

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The functions below bind a setting to a field: field returns where it is kept.

func text(field func(*Config) *string) binding {
	return binding{
		set: func(c *Config, it item) error {
			if strings.ContainsFunc(it.text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				return fmt.Errorf("%s holds a control character; remove it", quote(it.text))
			}
			*field(c) = it.text
			return nil
		},
		show: func(c *Config) string { return *field(c) },
	}
}

func file(field func(*Config) *string) binding {
	b := text(field)
	b.path = true
	return b
}

func choice(field func(*Config) *string, words ...string) binding {
	b := text(field)
	b.words = words
	b.set = func(c *Config, it item) error {
		if !slices.Contains(words, it.text) {
			return fmt.Errorf("%s is none of %s%s", quote(it.text), strings.Join(words, ", "), didYouMean(it.text, words))
		}
		*field(c) = it.text
		return nil
	}
	return b
}

func boolean(field func(*Config) *bool) binding {
	return binding{
		words: []string{"true", "false"},
		set: func(c *Config, it item) error {
			on, err := strconv.ParseBool(it.text)
			if err != nil {
				return fmt.Errorf("%s is not true or false; write one of them", quote(it.text))
			}
			*field(c) = on
			return nil
		},
		show: func(c *Config) string { return strconv.FormatBool(*field(c)) },
	}
}

func number[T ~int | ~uint8](field func(*Config) *T, least, most int) binding {
	return binding{
		set: func(c *Config, it item) error {
			n, err := parseNumber(it.text, least, most)
			if err == nil {
				*field(c) = T(n)
			}
			return err
		},
		show: func(c *Config) string { return strconv.Itoa(int(*field(c))) },
	}
}

func parseNumber(text string, least, most int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, fmt.Errorf("%s is not a whole number; write one from %d to %d", quote(text), least, most)
	}
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%s is out of range; write a number from %d to %d", quote(text), least, most)
	}
	return n, nil
}

func duration(field func(*Config) *time.Duration, least, most, step time.Duration) binding {
	return binding{
		set: func(c *Config, it item) error {
			d, err := parseDuration(it.text)
			if err != nil {
				return err
			}
			if d < least || d > most {
				return fmt.Errorf("%s is out of range; write a duration from %s to %s", quote(it.text), least, most)
			}
			if d%step != 0 {
				return fmt.Errorf("%s is not a multiple of %s; round it", quote(it.text), step)
			}
			*field(c) = d
			return nil
		},
		show: func(c *Config) string { return field(c).String() },
	}
}

func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if _, bare := strconv.Atoi(text); bare == nil && text != "0" {
		return 0, fmt.Errorf("%s has no unit; write %s for seconds", quote(text), quote(text+"s"))
	}
	if err != nil {
		return 0, fmt.Errorf("%s is not a duration; write one like 10s or 1m30s", quote(text))
	}
	return d, nil
}

// rules are the alert rules, which are read where they stand.
func rules() binding {
	return binding{
		shape: ruleList,
		clear: func(c *Config) { c.Rules = []placedRule{} },
		set: func(c *Config, it item) error {
			c.Rules = append(c.Rules, *it.rule)
			return nil
		},
		show: func(c *Config) string {
			var names []string
			for i := range c.Rules {
				names = append(names, c.Rules[i].Name)
			}
			return strings.Join(names, ", ")
		},
	}
}

// command is a program with its arguments. Only the program is shown: an
// argument may hold a secret.
func command(field func(*Config) *[]Secret) binding {
	return binding{
		shape: list,
		clear: func(c *Config) { *field(c) = nil },
		set: func(c *Config, it item) error {
			*field(c) = append(*field(c), Secret(it.text))
			return nil
		},
		show: func(c *Config) string {
			switch argv := *field(c); len(argv) {
			case 0:
				return ""
			case 1:
				return string(argv[0])
			default:
				return string(argv[0]) + " " + hidden
			}
		},
	}
}

// hiddenText is a secret text.
func hiddenText(field func(*Config) *Secret) binding {
	return binding{
		set: func(c *Config, it item) error {
			*field(c) = Secret(it.text)
			return nil
		},
		show: func(c *Config) string { return field(c).masked() },
	}
}

// metrics are declarations by name: {unit, decimals}.
func metrics() binding {
	return binding{
		shape:  table,
		fields: []string{"unit", "decimals"},
		clear:  func(c *Config) { c.Metrics = map[string]Metric{} },
		set: func(c *Config, it item) error {
			m := Metric{Decimals: -1}
			m.Unit = it.fields["unit"].text
			if decimals, ok := it.fields["decimals"]; ok {
				n, err := parseNumber(decimals.text, 0, 9)
				if err != nil {
					return &placed{decimals.place, fmt.Errorf("decimals: %w", err)}
				}
				m.Decimals = n
			}
			c.Metrics[it.text] = m
			return nil
		},
		show: func(c *Config) string {
			return strings.Join(slices.Sorted(maps.Keys(c.Metrics)), ", ")
		},
	}
}

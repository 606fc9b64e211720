package cli

import (
	"errors"
	"fmt"
	"os"

	"github.com/goccy/go-yaml/ast"

	"labtop/alerts"
)

// readRulesFile reads the rules of the file that the user named, if there is one.
// Where nobody gave rules, there are none of the config's own.
func (c *Config) readRulesFile() error {
	if c.RulesFile == "" {
		if c.origins["alerts"].layer == fromDefault {
			c.Rules = nil
		}
		return nil
	}
	named := c.origins["rules"].place
	data, err := readBounded(c.RulesFile, maxFileBytes)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%s: there is no file %s", named, c.RulesFile)
	case err != nil:
		return fmt.Errorf("%s: cannot read the rules: %w", named, err)
	}
	c.Rules, err = parseRules(c.RulesFile, data)
	return err
}

// parseRules reads a file of rules: a list of them, or a config file with alerts.
// name is the file's name in errors.
func parseRules(name string, data []byte) ([]placedRule, error) {
	body, err := parseDocument(name, data)
	if err != nil {
		return nil, err
	}
	switch body := body.(type) {
	case nil:
		return []placedRule{}, nil
	case *ast.SequenceNode:
		return ruleReader{name}.readRules(body)
	case *ast.MappingNode:
		layers, err := readLayers(name, body)
		if err != nil {
			return nil, err
		}
		given, ok := layers.top["alerts"]
		if !ok {
			return nil, fmt.Errorf("%s: there is no key alerts; write a list of rules, or alerts: with the list", place(name, body))
		}
		rules := []placedRule{}
		for _, it := range given.items {
			rules = append(rules, *it.rule)
		}
		return rules, nil
	}
	return nil, fmt.Errorf("%s: the file is %s; write a list of rules", place(name, body), kind(body))
}

// rulesOf are the rules that apply: the config's, or the built-in ones.
func rulesOf(c *Config) []alerts.Rule {
	if c.Rules == nil {
		return alerts.Defaults()
	}
	rules := make([]alerts.Rule, len(c.Rules))
	for i := range c.Rules {
		rules[i] = c.Rules[i].Rule
	}
	return rules
}

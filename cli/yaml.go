package cli

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// The bounds of a config file. The parser's time grows with the square of the
// keys of one mapping and faster with nesting, so both are bounded before it
// runs.
const (
	maxFileBytes = 1 << 20
	maxTokens    = 30_000
	maxNesting   = 16
)

// parseYAML returns the root mapping of a config file, nil when the file is
// empty. name is the file's name in errors.
func parseYAML(name string, data []byte) (*ast.MappingNode, error) {
	switch body, err := parseDocument(name, data); body := body.(type) {
	case nil:
		return nil, err
	case *ast.MappingNode:
		return body, nil
	default:
		return nil, fmt.Errorf("%s: the file is %s; write keys with values, such as broker: mqtt://localhost:1883", place(name, body), kind(body))
	}
}

// parseDocument returns the root of a file's only document, nil when the file is
// empty.
func parseDocument(name string, data []byte) (root ast.Node, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			root, err = nil, fmt.Errorf("%s: this is not YAML that can be read; simplify it", name)
		}
	}()
	tokens := lexer.Tokenize(string(data))
	if err := boundTokens(name, tokens); err != nil {
		return nil, err
	}
	doc, err := parser.Parse(tokens, 0)
	if err != nil {
		return nil, syntaxError(name, err)
	}
	for _, d := range doc.Docs {
		switch body := d.Body.(type) {
		case nil, *ast.NullNode, *ast.CommentGroupNode:
		default:
			if root != nil {
				return nil, fmt.Errorf("%s: a second document begins; put everything in one", place(name, body))
			}
			root = body
		}
	}
	return root, nil
}

// boundTokens refuses a file that would keep the parser busy for long.
func boundTokens(name string, tokens token.Tokens) error {
	if len(tokens) > maxTokens {
		return fmt.Errorf("%s: more than %d words; a config file is smaller", name, maxTokens)
	}
	flow, line, prefixes := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, prefixes = t.Position.Line, 0
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType, token.AliasType:
			prefixes++
		}
		if flow > maxNesting || prefixes > maxNesting {
			return fmt.Errorf("%s:%d:%d: nested too deeply; a config file needs %d levels at most", name, line, t.Position.Column, maxNesting)
		}
	}
	return nil
}

// syntaxError puts the parser's message on one line, with its place.
func syntaxError(name string, err error) error {
	parsed, ok := errors.AsType[yaml.Error](err)
	if !ok || parsed.GetToken() == nil {
		return fmt.Errorf("%s: this is not YAML", name)
	}
	at := parsed.GetToken().Position
	return fmt.Errorf("%s:%d:%d: %s", name, at.Line, at.Column, parsed.GetMessage())
}

// place returns file:line:column of a node.
func place(name string, n ast.Node) string {
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		n = m.Values[0].Key
	}
	at := n.GetToken().Position
	return fmt.Sprintf("%s:%d:%d", name, at.Line, at.Column)
}

// kind names a node's kind for an error.
func kind(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "empty"
	case *ast.AliasNode, *ast.AnchorNode:
		return "an anchor or alias, which labtop does not read"
	case *ast.TagNode:
		return "a tag, which labtop does not read"
	}
	return "a single value"
}

// scalarText returns the text of a single value as it stands in the file.
func scalarText(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

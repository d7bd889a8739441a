package ruletest

import (
	"bytes"
	"fmt"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/schema"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// text is the content of a suite's file. It is nil for suites that are Go values.
type text struct{ *yamlfile.File }

func newText(name string, content []byte) *text { return &text{yamlfile.NewFile(name, content)} }

func (t *text) rangeOf(n *yamlfile.Node) diag.Range {
	if t == nil || !n.Start.IsValid() {
		return diag.Range{}
	}
	return t.Range(n)
}

func (t *text) errorIn(at diag.Range, hint, format string, args ...any) *diag.Diagnostic {
	d := &diag.Diagnostic{Range: at, Message: fmt.Sprintf(format, args...), Hint: hint}
	if t != nil && at.File == t.Name {
		d.Line = t.Line(at.Start)
	}
	return d
}

// checker returns a checker of the file's format.
func (t *text) checker() *schema.Checker {
	return &schema.Checker{File: t.File, MergeHint: "use extends to base an event on another"}
}

// without returns a copy of a mapping that lacks a key.
func without(n *yamlfile.Node, key string) *yamlfile.Node {
	out := *n
	out.Content = nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != key {
			out.Content = append(out.Content, n.Content[i], n.Content[i+1])
		}
	}
	return &out
}

// appendJSON appends a tree without aliases as JSON. Numbers that JSON cannot represent
// become strings. Keys whose value is null are left out: null means that there is no
// value.
func appendJSON(dst []byte, n *yamlfile.Node) []byte {
	switch n.Kind {
	case yamlfile.Mapping:
		dst = append(dst, '{')
		begin := len(dst)
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i+1].IsNull() {
				continue
			}
			if len(dst) > begin {
				dst = append(dst, ',')
			}
			dst = append(appendJSONString(dst, n.Content[i].Value), ':')
			dst = appendJSON(dst, n.Content[i+1])
		}
		return append(dst, '}')
	case yamlfile.Sequence:
		dst = append(dst, '[')
		for i, item := range n.Content {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, item)
		}
		return append(dst, ']')
	}
	switch n.ShortTag() {
	case "!!null":
		return append(dst, "null"...)
	case "!!bool":
		return append(dst, bytes.ToLower([]byte(n.Value))...)
	case "!!int", "!!float":
		if isJSONNumber(n.Value) {
			return append(dst, n.Value...)
		}
	}
	return appendJSONString(dst, n.Value)
}

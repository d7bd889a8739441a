package lint

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/falcorules/falcorules/ast"
)

var outputStyle = &Analyzer{
	ID:       "output-style",
	Category: Output,
	Level:    Off,
	Summary:  "An output is not a sentence followed by key=%field pairs.",
	Run:      runOutputStyle,
}

// outputKey matches what is written directly before a field.
var outputKey = regexp.MustCompile(`^[a-z][a-z0-9_]*=$`)

func runOutputStyle(p *Pass) {
	const hint = "write a sentence and then the fields, as in: Shell started | command=%proc.cmdline user=%user.name"
	for _, r := range p.Set.Rules {
		parts := r.Template.Tree().Parts
		if first, ok := firstText(parts); ok {
			if c, _ := utf8.DecodeRuneInString(first.Text); unicode.IsLower(c) {
				p.ReportOutput(r, first, "the output does not begin with a capital letter")
				continue
			}
		}
		before := "" // the text so far
		for _, part := range parts {
			switch part := part.(type) {
			case *ast.Text:
				before += part.Text
				continue
			case *ast.Placeholder:
				key := before[strings.LastIndexAny(before, " (|\n")+1:]
				field := "%" + ast.String(part.Operand)
				before += "%"
				switch {
				case strings.Contains(key, "%"): // it continues the value before it
					continue
				case !strings.Contains(before, " | ") && !strings.Contains(before, " ("):
					p.ReportOutput(r, part, "%s is part of the sentence, not of the list of fields after it", field).Hint = hint
				case !strings.HasSuffix(key, "="):
					p.ReportOutput(r, part, "%s has no key, such as name=%s", field, field).Hint = hint
				case !outputKey.MatchString(key):
					p.ReportOutput(r, part, "the key %s is not in snake_case", strings.TrimSuffix(key, "="))
				default:
					continue
				}
			}
			break // one finding a rule
		}
	}
}

// firstText returns the text at the start of an output, and whether there is any.
func firstText(parts []ast.Node) (*ast.Text, bool) {
	if len(parts) == 0 {
		return nil, false
	}
	text, ok := parts[0].(*ast.Text)
	return text, ok
}

package lint

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

var outputPercent = &Analyzer{
	ID:       "output-percent",
	Category: Output,
	Level:    Warning,
	Summary:  "An output prints the name of a field, or a part of it, as text.",
	Fix:      UnsafeFix,
	Run:      runOutputPercent,
}

// nameAsValue finds what looks like a field after an equals sign.
var nameAsValue = regexp.MustCompile(`=([a-z0-9_]+(?:\.[a-z0-9_]+)+)`)

func runOutputPercent(p *Pass) {
	for f := range p.outputFields() {
		if f.stray != "" {
			name := ast.String(f.ref)
			d := p.ReportOutput(f.rule, f.placeholder, "this prints %s and then the text %q", name, f.stray)
			d.Hint = "fix the name of the field, or put a space after it"
			if arg, dotted := strings.CutPrefix(f.stray, "."); dotted && takesArg(p.Set.Source(f.rule.Source), name) {
				d.Hint = fmt.Sprintf("write %%%s[%s]", name, arg)
			}
		}
	}
	for _, r := range p.Set.Rules {
		source := p.Set.Source(r.Source)
		for _, part := range r.Template.Tree().Parts {
			text, ok := part.(*ast.Text)
			if !ok {
				continue
			}
			for _, at := range nameAsValue.FindAllStringSubmatchIndex(text.Text, -1) {
				name := text.Text[at[2]:at[3]]
				if source == nil || !source.Has(name) {
					continue
				}
				span := diag.Span{Start: text.Start, End: text.Start}
				span.Start.Offset += at[2]
				span.End.Offset += at[3]
				escapes := text.End.Offset-text.Start.Offset != len(text.Text)
				if escapes {
					span = text.Span
				}
				d := p.ReportOutput(r, span, "this prints the text %q, not the value of the field", name)
				d.Hint = "write %" + name
				if !escapes {
					edits, err := r.ReplaceOutput(span, "%"+name)
					fix(d, false, edits, err)
				}
			}
		}
	}
}

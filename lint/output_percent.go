package lint

import (
	"regexp"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

var outputPercent = &Analyzer{
	ID:       "output-percent",
	Category: Output,
	Level:    Warning,
	Summary:  "An output prints the name of a field instead of its value, or has stray letters after a field.",
	Fix:      UnsafeFix,
	Run:      runOutputPercent,
}

var (
	// nameAsValue finds what looks like a field after an equals sign.
	nameAsValue = regexp.MustCompile(`=([a-z0-9_]+(?:\.[a-z0-9_]+)+)`)
	leftOver    = regexp.MustCompile(`^[A-Za-z0-9_]+`)
)

func runOutputPercent(p *Pass) {
	for _, r := range p.Set.Rules {
		source := p.Set.Source(r.Source)
		parts := r.Template.Tree().Parts
		for i, part := range parts {
			text, ok := part.(*ast.Text)
			if !ok {
				continue
			}
			if i > 0 {
				before, isField := parts[i-1].(*ast.Placeholder)
				if rest := leftOver.FindString(text.Text); isField && rest != "" && endsWithName(before.Operand) {
					p.ReportOutput(r, before, "stray %q after %%%s", rest, ast.String(before.Operand)).
						Hint = "fix the name of the field, or put a space after it"
				}
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

// endsWithName reports whether an operand ends with a name that letters could have been
// meant to continue.
func endsWithName(x ast.Operand) bool {
	ref, ok := x.(*ast.Field)
	return ok && ref.Arg == nil
}

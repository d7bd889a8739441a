package lint

import (
	"errors"
	"iter"
	"regexp"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

// outputField is a field in the output of a rule.
type outputField struct {
	rule *loader.Rule
	// index is the index of the placeholder in the parts of the output.
	index       int
	placeholder *ast.Placeholder
	ref         *ast.Field
	// stray are letters right after the field, as in %evt.arg.cmdline, where Falco reads the
	// parameter cmd.
	stray string
}

// outputFields returns the fields that the outputs of all rules print, in order.
func (p *Pass) outputFields() iter.Seq[outputField] {
	return func(yield func(outputField) bool) {
		for _, r := range p.Set.Rules {
			parts := r.Template.Tree().Parts
			for i, part := range parts {
				placeholder, ok := part.(*ast.Placeholder)
				if !ok {
					continue
				}
				ref, ok := placeholder.Operand.(*ast.Field)
				if ok && !yield(outputField{r, i, placeholder, ref, strayLetters(ref, parts[i+1:])}) {
					return
				}
			}
		}
	}
}

var leadingWord = regexp.MustCompile(`^[A-Za-z0-9_]+`)

// strayLetters returns the letters right after a field that its name could have been meant to
// include.
func strayLetters(ref *ast.Field, rest []ast.Node) string {
	if len(rest) == 0 || ref.Arg != nil {
		return ""
	}
	text, ok := rest[0].(*ast.Text)
	if !ok {
		return ""
	}
	return leadingWord.FindString(text.Text)
}

// keyBefore matches the key of a field in an output, such as user= in "… user=%user.name".
var keyBefore = regexp.MustCompile(`[ \t\r\n]+[A-Za-z0-9_.-]+=$`)

// drop adds edits to a finding that delete a field from an output, with its key. It adds
// none if the field is a part of a sentence or of other text.
func (f outputField) drop(d *diag.Diagnostic) {
	edits, err := f.delete()
	fix(d, true, edits, err)
}

var errInSentence = errors.New("the field is a part of other text")

// delete returns the edits that delete a field from an output, with its key.
func (f outputField) delete() ([]diag.Edit, error) {
	parts := f.rule.Template.Tree().Parts
	if f.index == 0 {
		return nil, errInSentence
	}
	before, ok := parts[f.index-1].(*ast.Text)
	if !ok || before.End.Offset-before.Start.Offset != len(before.Text) { // it has escapes
		return nil, errInSentence
	}
	if f.index+1 < len(parts) {
		after, ok := parts[f.index+1].(*ast.Text)
		if !ok || !strings.ContainsAny(after.Text[:1], " \t\r\n)") {
			return nil, errInSentence
		}
	}
	at := keyBefore.FindStringIndex(before.Text)
	if at == nil {
		return nil, errInSentence
	}
	span := f.placeholder.Span
	span.Start = before.Start
	span.Start.Offset += at[0]
	return f.rule.ReplaceOutput(span, "")
}

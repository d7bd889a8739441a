package lint

import (
	"errors"
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/loader"
)

// outputField is a field in the output of a rule.
type outputField struct {
	rule *loader.Rule
	// index is the index of the placeholder in the parts of the output.
	index       int
	placeholder *ast.Placeholder
	ref         *ast.Field
	// stray is what looks like the rest of a longer name, as in %evt.arg.cmdline, where Falco
	// reads the parameter cmd, and in %ct.request.groupId, where it reads ct.request.
	stray string
}

// outputFields returns the fields that the outputs of all rules print, in order.
func (p *Pass) outputFields() iter.Seq[outputField] {
	return func(yield func(outputField) bool) {
		names := longerNames{}
		for _, r := range p.Set.Rules {
			source := p.Set.Source(r.Source)
			parts := r.Template.Tree().Parts
			for i, part := range parts {
				placeholder, ok := part.(*ast.Placeholder)
				if !ok {
					continue
				}
				ref, ok := placeholder.Operand.(*ast.Field)
				if ok && !yield(outputField{r, i, placeholder, ref, names.stray(source, ref, parts[i+1:])}) {
					return
				}
			}
		}
	}
}

// nameRest matches what can continue the name of a field.
var nameRest = regexp.MustCompile(`^[A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*`)

// longerNames says for names of fields, by source and name, whether a dot and a word after them
// are meant as a part of the name.
type longerNames map[[2]string]bool

// stray returns what looks like the rest of the name of a field, as in outputField. After
// most fields, a dot is an ordinary character.
func (n longerNames) stray(source *fieldsets.Source, ref *ast.Field, rest []ast.Node) string {
	if len(rest) == 0 || ref.Arg != nil {
		return ""
	}
	text, ok := rest[0].(*ast.Text)
	if !ok {
		return ""
	}
	stray := nameRest.FindString(text.Text)
	if strings.HasPrefix(stray, ".") && !n.canContinue(source, ref.Name) {
		return ""
	}
	return stray
}

// canContinue reports whether a field can have an argument, for which a dot is a usual
// mistake, or whether other fields have longer names that begin with its name and a dot.
func (n longerNames) canContinue(source *fieldsets.Source, name string) bool {
	key := [2]string{source.Name(), name}
	can, known := n[key]
	if !known {
		can = takesArg(source, name) ||
			slices.ContainsFunc(source.Fields(), func(f fieldsets.Field) bool { return strings.HasPrefix(f.Name, name+".") })
		n[key] = can
	}
	return can
}

// takesArg reports whether a field, given by its name, can have an argument.
func takesArg(source *fieldsets.Source, name string) bool {
	f, _, err := source.Lookup(name)
	return err == nil && f.Name == name && f.Arg != fieldsets.NoArg
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

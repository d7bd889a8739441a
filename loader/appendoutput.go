package loader

import (
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
)

// AppendOutput adds text and fields to the outputs of some rules, like an entry of
// append_output in falco.yaml.
type AppendOutput struct {
	// Source, Tags and Rule choose the rules: those with this source, with all of these
	// tags, and with this name. Each is empty for any rule.
	Source string
	Tags   []string
	Rule   string
	// Format is appended to the output, after a space, unless it is empty. FormatAt is
	// where it is written.
	Format   string
	FormatAt diag.Range
	// Fields are added to the output fields of alerts. Of several with the same name, the
	// last one counts.
	Fields []OutputField
}

// OutputField is a field that is added to the output fields of alerts.
type OutputField struct {
	Name string
	// Format is an output template, whose text is the value of the field. If Raw is true,
	// it is not used: the value is that of the field with this name, in its own type.
	Format string
	Raw    bool
	// At is where the field is written.
	At diag.Range
}

// Matches reports whether the outputs of a rule are changed, given its name, its source
// and its tags.
func (a *AppendOutput) Matches(name, source string, tags []string) bool {
	return (a.Source == "" || a.Source == source) && (a.Rule == "" || a.Rule == name) &&
		!slices.ContainsFunc(a.Tags, func(tag string) bool { return !slices.Contains(tags, tag) })
}

// appended is a format that was appended to an output, at an offset.
type appended struct {
	offset int
	at     diag.Range
}

// Limits on what is appended, mostly for all rules together.
const (
	maxAppended   = 64 << 20  // bytes of output
	maxFields     = 1_000_000 // fields
	maxRuleFields = 1000      // fields of one rule
)

// withAppended returns the output of a rule with all formats appended. False says that
// it would be too long, which was reported.
func (r *resolver) withAppended(def *ruleDef, output text) (text, []appended, bool) {
	var list []appended
	var b textBuilder
	for i := range r.options.AppendOutput {
		a := &r.options.AppendOutput[i]
		if a.Format == "" || !a.Matches(def.name, def.source, def.tags) {
			continue
		}
		if list == nil {
			b.slice(output, 0, len(output.value))
		}
		format := strings.ReplaceAll(a.Format, containerInfo, "")
		if format != a.Format {
			r.warnContainerInfo(def, a.FormatAt)
		}
		r.appendedBytes += len(format)
		if len(b.buf)+len(format) >= maxWritten || r.appendedBytes > maxAppended {
			r.add(newDiagnostic(ErrCompileOutput, a.FormatAt, def.outputContext, "with everything that append_output adds, the outputs are too long"))
			return text{}, nil, false
		}
		b.glue(" ")
		list = append(list, appended{len(b.buf), a.FormatAt})
		b.glue(format)
	}
	if list == nil {
		return output, nil, true
	}
	return b.text(), list, true
}

// inOutput returns the range of a part of an output, and whether it was appended.
func inOutput(output text, list []appended, start, end int) (diag.Range, bool) {
	for i := len(list) - 1; i >= 0; i-- {
		if start >= list[i].offset {
			return list[i].at, true
		}
	}
	return output.span(start, end), false
}

// addFields adds the fields of append_output to the output of a rule. False says that
// one is not valid, which was reported.
func (r *resolver) addFields(def *ruleDef, output *eval.Template) bool {
	last := map[string]*OutputField{}
	var names []string
	for i := range r.options.AppendOutput {
		a := &r.options.AppendOutput[i]
		if len(a.Fields) == 0 || !a.Matches(def.name, def.source, def.tags) {
			continue
		}
		for j := range a.Fields {
			f := &a.Fields[j]
			if last[f.Name] == nil {
				names = append(names, f.Name)
			}
			last[f.Name] = f
		}
	}
	if r.addedFields += len(names); r.addedFields > maxFields || len(names) > maxRuleFields {
		at := last[names[0]].At
		msg := fmt.Sprintf("append_output adds more than %d fields to this rule, or %d to all", maxRuleFields, maxFields)
		r.add(newDiagnostic(ErrCompileOutput, at, def.outputContext, msg))
		return false
	}
	good := true
	for _, name := range names {
		if r.stopped() {
			return false
		}
		good = r.addField(def, output, last[name]) && good
	}
	return good
}

func (r *resolver) addField(def *ruleDef, output *eval.Template, f *OutputField) bool {
	format := f.Format
	if f.Raw {
		format = "%" + f.Name
	}
	compiled, err := r.addedTemplate(def.source, format)
	if err != nil {
		first := diag.Of(err)[0]
		msg := first.Message
		if format == "" { // which Falco's formatter rejects
			msg = fmt.Sprintf("the format of extra field %q is empty", f.Name)
		}
		d := newDiagnostic(ErrCompileOutput, f.At, def.outputContext, msg)
		d.Hint, d.Err = first.Hint, first
		r.inAppended(d, def)
		r.addFieldError(d, first, def)
		return false
	}
	for _, field := range deprecatedFields {
		if strings.Contains(format, field) {
			d := r.warnAt(WarnDeprecatedItem, f.At, def.outputContext, deprecatedMessage(field))
			falco(d).DeprecatedField = field
		}
	}
	output.AddField(f.Name, compiled, f.Raw)
	return true
}

// templateKey is the template of an added field.
type templateKey struct{ source, format string }

// addedTemplate compiles the template of an added field. Most rules have the same ones.
func (r *resolver) addedTemplate(source, format string) (*eval.Template, error) {
	key := templateKey{source, format}
	if t := r.addedTemplates[key]; t != nil {
		return t, nil
	}
	t, err := r.builder.CompileOutput(source, format)
	if err == nil {
		r.addedTemplates[key] = t
	}
	return t, err
}

// inAppended completes a diagnostic about text that append_output adds to a rule.
func (r *resolver) inAppended(d *diag.Diagnostic, def *ruleDef) {
	d.Related = append(d.Related, diag.Related{Range: def.nameAt, Message: "appended to the output of " + def.describe()})
}

package ruletest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/schema"
)

// fieldTemplates compiles and caches templates that print single fields as alerts do.
type fieldTemplates struct {
	compilers map[*fieldsets.Source]*eval.Compiler
	known     map[fieldKey]*eval.Template
}

type fieldKey struct {
	source *fieldsets.Source
	name   string
}

func (f *fieldTemplates) of(source *fieldsets.Source, name string) (*eval.Template, error) {
	key := fieldKey{source, name}
	if t := f.known[key]; t != nil {
		return t, nil
	}
	compiler := f.compilers[source]
	if compiler == nil {
		compiler = eval.NewCompiler(source)
		f.compilers[source] = compiler
	}
	t, err := compiler.Template("%" + name)
	if err == nil {
		err = onlyInConditions(source, name)
	}
	if err != nil {
		return nil, err
	}
	if parts := t.Tree().Parts; len(parts) == 1 {
		if _, ok := parts[0].(*ast.Placeholder); ok {
			f.known[key] = t
			return t, nil
		}
	}
	return nil, fmt.Errorf("source %s has no field %s", source.Name(), quote.Name(name))
}

// printed has templates by field.
type printed map[string]*eval.Template

// printedOf returns the fields that a test expects, by rule. It reports fields that
// cannot be printed.
func (r *suiteRun) printedOf(set *ruleset, t *Test) map[string]printed {
	out := map[string]printed{}
	for i := range t.Expect {
		e := &t.Expect[i]
		rule := set.rules[e.Rule]
		if rule == nil || len(e.Fields) == 0 {
			continue
		}
		source := r.sources.rules[slices.IndexFunc(r.sources.rules, func(s *fieldsets.Source) bool { return s.Name() == rule.Source })]
		if out[e.Rule] == nil {
			out[e.Rule] = printed{}
		}
		for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
			if template, err := r.fields.of(source, name); err != nil {
				r.failField(e, name, err)
			} else {
				out[e.Rule][name] = template
			}
		}
	}
	return out
}

func (r *suiteRun) failField(of *Expectation, name string, err error) {
	msg, hint := err.Error(), ""
	var field *fieldsets.FieldError
	if errors.As(err, &field) {
		msg, hint = field.Msg, field.Hint
	}
	r.fail(of.at.ofName("fields", name), hint, "%s", msg)
}

// onlyInConditions returns an error if a field has no value that could be printed. Its
// hint names the fields that it compares: fd.cip and fd.sip for fd.ip.
func onlyInConditions(source *fieldsets.Source, name string) error {
	field, _, err := source.Lookup(name)
	if err != nil || !field.FilterOnly {
		return nil // an error means a transformer, which does not take such fields
	}
	bad := &fieldsets.FieldError{Msg: name + " can be used only in conditions"}
	group, end, _ := strings.Cut(field.Name, ".")
	end = strings.Replace(end, "net", "ip", 1)
	var others []string
	for _, side := range []string{"", "c", "s"} {
		other, _, err := source.Lookup(group + "." + side + end)
		if err == nil && !other.FilterOnly {
			others = append(others, other.Name)
		}
	}
	if len(others) > 0 {
		bad.Hint = "use " + schema.Join(others)
	}
	return bad
}

// on prints the fields of the evaluator's event.
func (p printed) on(e *eval.Evaluator) map[string]string {
	if p == nil {
		return nil
	}
	fields := make(map[string]string, len(p))
	for name, template := range p {
		fields[name] = string(e.Append(nil, template))
	}
	return fields
}

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
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/parser"
)

// lookup prints fields of events as alerts do, also those that no output has: each is
// the output of a rule of its own, which fires on all events.
type lookup struct {
	names   []string
	matcher *eval.Matcher
}

// always is a condition that holds for all events.
const always = "evt.num exists"

// lookupOf returns what prints the fields that tests expect of a rule, nil where there
// are none, or something is wrong with them.
func (r *suiteRun) lookupOf(set *ruleset, t *Test, rule *loader.Rule) *lookup {
	names := map[string]*Expectation{}
	for i := range t.Expect {
		if e := &t.Expect[i]; e.Rule == rule.Name {
			for name := range e.Fields {
				names[name] = e
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	l := &lookup{names: slices.Sorted(maps.Keys(names))}
	key := rule.Source + "\x00" + strings.Join(l.names, "\x00")
	if known := set.lookups[key]; known != nil {
		return known
	}
	i := slices.IndexFunc(r.sources.rules, func(s *fieldsets.Source) bool { return s.Name() == rule.Source })
	source := r.sources.rules[i]
	builder := eval.NewBuilder(source)
	condition, err := parser.Condition(always)
	for _, name := range l.names {
		if bad := r.addLookup(builder, source, name, condition, names[name]); bad != nil {
			err = bad
		}
	}
	if err != nil {
		return nil
	}
	l.matcher = builder.Engine().NewMatcher(eval.AllMatches)
	if len(set.lookups) == maxRulesets {
		clear(set.lookups)
	}
	set.lookups[key] = l
	return l
}

// addLookup adds the rule that prints a field. An error was reported.
func (r *suiteRun) addLookup(b *eval.Builder, source *fieldsets.Source, name string, condition ast.Expr, of *Expectation) error {
	output, err := b.CompileOutput(source.Name(), "%"+name)
	if err == nil {
		err = forConditions(source, name)
	}
	if err == nil {
		if parts := output.Template().Parts; len(parts) == 1 {
			if _, ok := parts[0].(*ast.Insert); ok {
				return b.Add(&eval.Rule{Name: name, Source: source.Name(), Output: output, Condition: condition})
			}
		}
		err = fmt.Errorf("source %s has no field %s", source.Name(), quote.Name(name))
	}
	msg, hint := err.Error(), ""
	var field *fieldsets.FieldError
	if errors.As(err, &field) {
		msg, hint = field.Msg, field.Hint
	}
	e := r.suite.text.errorIn(of.at.of("fields", name), hint, "%s", msg)
	e.length = e.lengthOf(name)
	r.add(e)
	return err
}

// forConditions returns an error where a field has no value that could be printed, and
// names those that have what it compares: of fd.ip they are fd.cip and fd.sip.
func forConditions(source *fieldsets.Source, name string) error {
	field, _, err := source.Lookup(name)
	if err != nil || !field.FilterOnly {
		return nil // a transformer takes no such field
	}
	bad := &fieldsets.FieldError{Msg: name + " is for conditions alone"}
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
		bad.Hint = "use " + strings.Join(others, ", ")
	}
	return bad
}

// print returns the fields of an event by name.
func (l *lookup) print(ev *fieldsets.Event) map[string]string {
	if l == nil {
		return nil
	}
	fields := make(map[string]string, len(l.names))
	for i, m := range l.matcher.Match(ev) {
		fields[l.names[i]] = string(m.AppendMessage(nil))
	}
	return fields
}

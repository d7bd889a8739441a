package report

import (
	"io"
	"slices"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/parser"
)

// The types below have the shape of what falco -L prints with json_output; the
// key defined of our own says where an item comes from.

type description struct {
	EngineVersion string             `json:"required_engine_version"`
	Plugins       []requiredPlugin   `json:"required_plugin_versions"`
	Rules         []ruleDescription  `json:"rules"`
	Macros        []macroDescription `json:"macros"`
	Lists         []listDescription  `json:"lists"`
}

type pluginVersion struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type requiredPlugin struct {
	pluginVersion
	Alternatives []pluginVersion `json:"alternatives"`
}

type ruleDescription struct {
	Info    ruleInfo    `json:"info"`
	Details ruleDetails `json:"details"`
	Defined defined     `json:"defined"`
}

type ruleInfo struct {
	Name            string   `json:"name"`
	Condition       string   `json:"condition"`
	Priority        string   `json:"priority"`
	Output          string   `json:"output"`
	Description     string   `json:"description"`
	Enabled         bool     `json:"enabled"`
	Source          string   `json:"source"`
	Capture         bool     `json:"capture"`
	CaptureDuration uint32   `json:"capture_duration"`
	Tags            []string `json:"tags"`
}

type ruleDetails struct {
	conditionDetails
	OutputCompiled     string   `json:"output_compiled"`
	OutputFields       []string `json:"output_fields"`
	ExceptionNames     []string `json:"exception_names"`
	ExceptionFields    []string `json:"exception_fields"`
	ExceptionOperators []string `json:"exception_operators"`
}

type conditionDetails struct {
	ConditionCompiled  string   `json:"condition_compiled"`
	ConditionFields    []string `json:"condition_fields"`
	ConditionOperators []string `json:"condition_operators"`
	Events             []string `json:"events"`
	Macros             []string `json:"macros"`
	Lists              []string `json:"lists"`
	Plugins            []string `json:"plugins"`
}

type macroDescription struct {
	Info    macroInfo    `json:"info"`
	Details macroDetails `json:"details"`
	Defined defined      `json:"defined"`
}

type macroInfo struct {
	Name      string `json:"name"`
	Condition string `json:"condition"`
}

type macroDetails struct {
	conditionDetails
	Used bool `json:"used"`
}

type listDescription struct {
	Info    listInfo    `json:"info"`
	Details listDetails `json:"details"`
	Defined defined     `json:"defined"`
}

type listInfo struct {
	Name  string   `json:"name"`
	Items []string `json:"items"`
}

type listDetails struct {
	ItemsCompiled []string `json:"items_compiled"`
	Lists         []string `json:"lists"`
	Used          bool     `json:"used"`
	Plugins       []string `json:"plugins"`
}

type defined struct {
	Range   diag.Range   `json:"range"`
	Changed []diag.Range `json:"changed"`
}

// Describe writes the rules, macros and lists of a ruleset as falco -L prints
// them with json_output, in one line. What Falco lists in no order is sorted.
func Describe(w io.Writer, set *loader.Ruleset) error {
	d := newDescriber(set)
	out := description{
		EngineVersion: set.EngineVersion.String(), Plugins: []requiredPlugin{}, Rules: []ruleDescription{}, Macros: []macroDescription{}, Lists: []listDescription{},
	}
	for _, alternatives := range set.Plugins {
		p := requiredPlugin{pluginVersion{alternatives[0].Name, alternatives[0].Version}, []pluginVersion{}}
		for _, a := range alternatives[1:] {
			p.Alternatives = append(p.Alternatives, pluginVersion{a.Name, a.Version})
		}
		out.Plugins = append(out.Plugins, p)
	}
	for _, r := range set.Rules {
		out.Rules = append(out.Rules, d.rule(r))
	}
	for _, m := range set.Macros {
		details := macroDetails{d.condition(m.Condition, m.Compiled, ""), m.Used}
		out.Macros = append(out.Macros, macroDescription{macroInfo{m.Name, m.Condition}, details, definedAt(m.Definition)})
	}
	for _, l := range set.Lists {
		out.Lists = append(out.Lists, describeList(l))
	}
	return quote.WriteJSON(w, out, "")
}

// describer finds out what conditions use.
type describer struct {
	macros, lists map[string]bool
}

func newDescriber(set *loader.Ruleset) *describer {
	d := &describer{map[string]bool{}, map[string]bool{}}
	for _, m := range set.Macros {
		d.macros[m.Name] = true
	}
	for _, l := range set.Lists {
		d.lists[l.Name] = true
	}
	return d
}

func (d *describer) rule(r *loader.Rule) ruleDescription {
	details := ruleDetails{conditionDetails: d.condition(r.Condition, r.Compiled, r.Source)}
	details.OutputCompiled = r.CompiledOutput
	details.OutputFields = []string{}
	inOrder(r.Template.Tree(), &details.OutputFields)
	details.Plugins = sorted(r.Plugins)
	var names, operators, fields []string
	for _, e := range r.Exceptions {
		names = append(names, e.Name)
		operators = append(operators, e.Comps...)
		if e.HasValues {
			fields = append(fields, e.Fields...)
		}
	}
	details.ExceptionNames, details.ExceptionOperators, details.ExceptionFields = sorted(names), sorted(operators), sorted(fields)
	return ruleDescription{
		ruleInfo{
			Name: r.Name, Condition: r.Condition, Priority: r.Priority.String(), Output: r.Output, Description: r.Desc, Enabled: r.Enabled,
			Source: r.Source, Capture: r.Capture, CaptureDuration: r.CaptureDuration, Tags: sorted(r.Tags),
		}, details, definedAt(r.Definition),
	}
}

// condition describes a condition as it was written and compiled. A macro has no
// source, and might be used by rules for system calls.
func (d *describer) condition(written string, compiled ast.Expr, source string) conditionDetails {
	var macros, lists, fields, operators []string
	// As in Falco, the text as written is parsed again, lists by name.
	if x, err := parser.Condition(written); err == nil {
		ast.Inspect(x, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.MacroRef:
				if d.macros[n.Name] {
					macros = append(macros, n.Name)
				}
			case *ast.List:
				for _, v := range n.Items {
					if d.lists[v.Text] {
						lists = append(lists, v.Text)
					}
				}
			}
			return true
		})
	}
	ast.Inspect(compiled, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			fields = append(fields, fieldName(n))
		case *ast.Check:
			op := string(n.Op)
			if n.Modifier != ast.NoModifier {
				op += " " + string(n.Modifier)
			}
			operators = append(operators, op)
		}
		return true
	})
	// The error occurs only for conditions that no rule can have.
	events, _ := syscall.EventNames(source, compiled)
	return conditionDetails{
		ConditionCompiled: ast.String(compiled), ConditionFields: sorted(fields), ConditionOperators: sorted(operators),
		Events: sorted(events), Macros: sorted(macros), Lists: sorted(lists), Plugins: []string{},
	}
}

// inOrder adds the fields of an output in its order.
func inOrder(n ast.Node, fields *[]string) {
	ast.Inspect(n, func(n ast.Node) bool {
		if f, ok := n.(*ast.Field); ok {
			*fields = append(*fields, fieldName(f))
		}
		return true
	})
}

func fieldName(f *ast.Field) string {
	if f.Arg == nil || f.Arg.Text == "" {
		return f.Name
	}
	return f.Name + "[" + f.Arg.Text + "]"
}

func describeList(l *loader.List) listDescription {
	var items, lists []string
	compiled := map[string]bool{}
	for _, item := range l.Compiled {
		compiled[item] = true
	}
	for _, item := range l.Items {
		if compiled[item] {
			items = append(items, item)
		} else { // it was the name of a list
			lists = append(lists, item)
		}
	}
	return listDescription{
		listInfo{l.Name, orEmpty(items)},
		listDetails{orEmpty(l.Compiled), sorted(lists), l.Used, []string{}},
		definedAt(l.Definition),
	}
}

func definedAt(d loader.Definition) defined { return defined{d.Defined, orEmpty(d.Changed)} }

// sorted returns the texts sorted and each once.
func sorted(list []string) []string {
	return orEmpty(slices.Compact(slices.Sorted(slices.Values(list))))
}

// orEmpty returns the list, which is empty rather than null in JSON.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

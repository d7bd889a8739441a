package loader

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
)

// facts is what a condition of some source says that warnings are about. Those of
// a macro are found once, however many rules use it.
type facts struct {
	// plugins are those that the fields come from.
	plugins []string
	// noValue is the first value that means "no value", or nil.
	noValue ast.Node
	// deprecated has the first use of each field that is.
	deprecated map[string]ast.Node
	// warnings are those of the evaluator.
	warnings []factWarnings
}

// factWarnings are warnings about a check, or all those of a macro.
type factWarnings struct {
	of    diag.List
	macro *facts
}

type factsKey struct {
	source *fieldsets.Source
	expr   ast.Expr
}

// factsOf returns the facts of a condition with its macros resolved.
func (r *resolver) factsOf(source *fieldsets.Source, x ast.Expr) *facts {
	key := factsKey{source, x}
	if f := r.facts[key]; f != nil {
		return f
	}
	f := &facts{}
	r.facts[key] = f
	ast.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Check:
			f.check(r.builder, source, n)
			return false
		case ast.Expr:
			if _, resolved := r.sizes[n]; resolved && n != x {
				f.macro(r.factsOf(source, n))
				return false
			}
		}
		return true
	})
	return f
}

// macro adds the facts of a macro in the condition.
func (f *facts) macro(of *facts) {
	f.addPlugins(of.plugins)
	if f.noValue == nil {
		f.noValue = of.noValue
	}
	for name, n := range of.deprecated {
		f.deprecate(name, n)
	}
	if len(of.warnings) > 0 {
		f.warnings = append(f.warnings, factWarnings{macro: of})
	}
}

func (f *facts) addPlugins(names []string) {
	for _, name := range names {
		if !slices.Contains(f.plugins, name) {
			f.plugins = append(f.plugins, name)
		}
	}
}

func (f *facts) deprecate(name string, n ast.Node) {
	if f.deprecated == nil {
		f.deprecated = map[string]ast.Node{}
	}
	if f.deprecated[name] == nil {
		f.deprecated[name] = n
	}
}

// check adds the facts about a check.
func (f *facts) check(builder *eval.Builder, source *fieldsets.Source, check *ast.Check) {
	if warnings := builder.Warnings(source.Name(), check); len(warnings) > 0 {
		f.warnings = append(f.warnings, factWarnings{of: warnings})
	}
	f.addPlugins(fieldPlugins(source, check))
	unsafe := false
	field := func(n ast.Node) bool {
		if _, list := n.(*ast.TransformList); list {
			return false // Falco does not look into it
		}
		if field, ok := n.(*ast.Field); ok {
			unsafe = strings.HasPrefix(field.Name, "ka.") || strings.HasPrefix(field.Name, "jevt.")
			if slices.Contains(deprecatedFields, field.Name) {
				f.deprecate(field.Name, field)
			}
		}
		return true
	}
	ast.Inspect(check.Left, field)
	if !unsafe || check.Right == nil || !comparesEqual(check) {
		return
	}
	ast.Inspect(check.Right, func(n ast.Node) bool {
		if v, ok := n.(*ast.Value); ok && v.Text == "<NA>" && f.noValue == nil {
			f.noValue = v
		}
		return field(n)
	})
}

// eachWarning calls yield with the warnings of the evaluator, in order and as
// often as macros repeat them, until it returns false.
func (f *facts) eachWarning(yield func(*diag.Diagnostic) bool) bool {
	for _, w := range f.warnings {
		if w.macro != nil {
			if !w.macro.eachWarning(yield) {
				return false
			}
			continue
		}
		for _, w := range w.of {
			if !yield(w) {
				return false
			}
		}
	}
	return true
}

// isKnown reports whether the source has a field. Without it, Resolve would look for
// a hint.
func isKnown(source *fieldsets.Source, f *ast.Field) bool {
	text := f.Name
	if f.Arg != nil {
		text += "[" + f.Arg.Text + "]"
	}
	known, err := source.IsReference(text)
	return known && err == nil
}

// fieldPlugins returns the plugins that the fields in a tree come from.
func fieldPlugins(source *fieldsets.Source, tree ast.Node) []string {
	var names []string
	ast.Inspect(tree, func(n ast.Node) bool {
		if f, ok := n.(*ast.Field); ok && isKnown(source, f) {
			if field, _, err := source.Resolve(f); err == nil && field.Plugin != "" {
				names = append(names, field.Plugin)
			}
		}
		return true
	})
	return names
}

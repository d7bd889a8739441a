package lint

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/falcoconfig"
	"github.com/falcorules/falcorules/internal/auditpolicy"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/rulesfile"
)

// Pass is one run of one analyzer over a ruleset. It is for one goroutine. The values
// that its methods return are shared by all analyzers and must not be changed.
type Pass struct {
	Analyzer *Analyzer
	// Set is the ruleset. If it did not load, it has no engine, no rules and no macros.
	Set *loader.Ruleset
	// Config is the configuration of Falco that the rules are for, or nil.
	Config *falcoconfig.Config

	ctx context.Context
	// auditPolicy is the policy of the options, or nil.
	auditPolicy *auditpolicy.Policy
	*shared
	findings diag.List
	seen     map[diag.Range]bool
}

// shared is what the passes of all analyzers have in common.
type shared struct {
	// settings has the settings for each file.
	settings     map[string]*settings
	suppressions *suppressions
	conditions   func() []*Condition
	written      func() []*Written
	// compared are the left sides that the items of lists are compared with.
	compared func() map[string]map[string]bool
	// selected are the rules that the configuration of Falco runs.
	selected func() map[*loader.Rule]bool
}

func newShared(set *loader.Ruleset, config *falcoconfig.Config) *shared {
	written := sync.OnceValue(func() []*Written { return writtenOf(set) })
	return &shared{
		conditions: sync.OnceValue(func() []*Condition { return conditionsOf(set) }),
		written:    written,
		compared:   comparedLists(written),
		selected: sync.OnceValue(func() map[*loader.Rule]bool {
			selected := map[*loader.Rule]bool{}
			for _, r := range config.Selection().Select(set.Rules) {
				selected[r] = true
			}
			return selected
		}),
	}
}

// LevelIn returns the level of findings in a file. If it is Off, Report drops them.
func (p *Pass) LevelIn(file string) Level { return p.settingsOf(file).level(p.Analyzer) }

func (p *Pass) settingsOf(file string) *settings {
	if s := p.settings[file]; s != nil {
		return s
	}
	return p.settings[""]
}

// isOn reports whether the analyzer can have findings in some file.
func (p *Pass) isOn() bool {
	for file, s := range p.settings {
		if (file != "" || len(p.settings) == 1) && s.level(p.Analyzer) != Off {
			return true
		}
	}
	return false
}

// OptionIn returns the value of an option of the analyzer for a file, which has the type of
// [Option.Default].
func (p *Pass) OptionIn(file, name string) any {
	i := slices.IndexFunc(p.Analyzer.Options, func(o Option) bool { return o.Name == name })
	return p.optionOf(p.Analyzer.ID, file, p.Analyzer.Options[i])
}

// optionOf is OptionIn for an option of the analyzer with an ID.
func (p *Pass) optionOf(id diag.Code, file string, o Option) any {
	if v, ok := p.settingsOf(file).values[id][o.Name]; ok {
		return v
	}
	return o.Default
}

// textsIn is OptionIn for a list.
func (p *Pass) textsIn(file, name string) []string { return p.OptionIn(file, name).([]string) }

// Context returns the context of the run.
func (p *Pass) Context() context.Context { return p.ctx }

// Files returns the files that have a text of their own; see [rulesfile.File.HasText].
func (p *Pass) Files() []*rulesfile.File {
	return slices.DeleteFunc(p.Set.Files(), func(f *rulesfile.File) bool { return !f.HasText() })
}

// Items yields the items of all files, in load order.
func (p *Pass) Items() iter.Seq[*rulesfile.Item] {
	return func(yield func(*rulesfile.Item) bool) {
		for _, f := range p.Set.Files() {
			for item := range f.Items() {
				if !yield(item) {
					return
				}
			}
		}
	}
}

// Conditions returns the compiled conditions of all rules and then those of all macros
// that nothing uses, in their order. Conditions that are too large are left out.
func (p *Pass) Conditions() []*Condition { return p.conditions() }

// Rules returns the compiled conditions of all rules, in their order. Conditions that are
// too large are left out.
func (p *Pass) Rules() []*Condition {
	all := p.conditions()
	n := slices.IndexFunc(all, func(c *Condition) bool { return c.Rule == nil })
	if n < 0 {
		n = len(all)
	}
	return all[:n:n]
}

// Written returns the conditions of all macros and then those of all rules as written:
// with lists expanded, and macros as references. If the ruleset did not load, it returns
// the conditions that could be parsed.
func (p *Pass) Written() []*Written { return p.written() }

// runs reports whether Falco runs a rule: whether the files, or its configuration, enable
// it.
func (p *Pass) runs(r *loader.Rule) bool {
	if p.Config == nil {
		return r.Enabled
	}
	return p.selected()[r]
}

// Report reports a finding and returns it, so that the caller can add a hint, related
// ranges and edits. If the range already has a finding of this analyzer, Run drops the
// new one.
func (p *Pass) Report(at diag.Range, format string, args ...any) *diag.Diagnostic {
	level := p.LevelIn(at.File)
	d := &diag.Diagnostic{Code: p.Analyzer.ID, Severity: level.Severity(), Message: fmt.Sprintf(format, args...), Range: at}
	if level != Off && !p.seen[at] && len(p.findings) < MaxFindings {
		p.seen[at] = true
		p.findings = append(p.findings, d)
	}
	return d
}

// ReportLiteral reports a finding about a literal of a compiled condition. The finding
// names the rule, macro or exception that the literal is in, and the rule that uses it.
func (p *Pass) ReportLiteral(l *Literal, format string, args ...any) *diag.Diagnostic {
	return p.reportOrigin(l.Origin(), l.Branch.Condition, format, args...)
}

// ReportUse is like ReportLiteral for a finding about the rule rather than the literal: if
// the literal comes from a macro, the finding is where the rule uses the macro.
func (p *Pass) ReportUse(l *Literal, format string, args ...any) *diag.Diagnostic {
	o := l.Origin()
	if len(o.Macros) > 0 {
		o = loader.Origin{Range: o.Macros[0].At}
	}
	return p.reportOrigin(o, l.Branch.Condition, format, args...)
}

// ReportNode is like ReportLiteral for a node of the literal's check: its field, or one
// of its values.
func (p *Pass) ReportNode(l *Literal, n ast.Node, format string, args ...any) *diag.Diagnostic {
	return p.reportOrigin(l.OriginOf(n), l.Branch.Condition, format, args...)
}

// ReportRule reports a finding about a rule as a whole, at its name.
func (p *Pass) ReportRule(r *loader.Rule, format string, args ...any) *diag.Diagnostic {
	d := p.Report(r.NameAt, format, args...)
	d.Within = []diag.Item{{Kind: "rule", Name: r.Name}}
	return d
}

// ReportOutput reports a finding about a node of a rule's output, r.Template.Tree().
func (p *Pass) ReportOutput(r *loader.Rule, n ast.Node, format string, args ...any) *diag.Diagnostic {
	d := p.Report(r.OutputRange(n), format, args...)
	d.Within = []diag.Item{{Kind: "rule", Name: r.Name}}
	return d
}

// ReportItem reports a finding about an item of a file.
func (p *Pass) ReportItem(item *rulesfile.Item, at diag.Range, format string, args ...any) *diag.Diagnostic {
	d := p.Report(at, format, args...)
	if name := item.Get(item.Kind.String()); name.Exists() && name.Text() != "" {
		d.Within = []diag.Item{{Kind: item.Kind.String(), Name: name.Text()}}
	}
	return d
}

func (p *Pass) reportOrigin(o loader.Origin, c *Condition, format string, args ...any) *diag.Diagnostic {
	d := p.Report(o.Range, format, args...)
	item := c.Item()
	d.Within = []diag.Item{item}
	if n := len(o.Macros); n > 0 {
		d.Within = []diag.Item{{Kind: "macro", Name: o.Macros[n-1].Macro.Name}}
		d.Related = append(d.Related, diag.Related{Range: c.definition().NameAt, Message: usedBy(item)})
	}
	withOrigin(d, o)
	return d
}

func usedBy(i diag.Item) string { return fmt.Sprintf("used by %s %q", i.Kind, i.Name) }

// withOrigin adds the exception or the list that a finding is in to its items.
func withOrigin(d *diag.Diagnostic, o loader.Origin) {
	switch in := d.Within[len(d.Within)-1]; {
	case o.Exception != nil:
		d.Within = append(d.Within, diag.Item{Kind: "exception", Name: o.Exception.Name})
	case o.List != nil:
		d.Within = []diag.Item{{Kind: "list", Name: o.List.Name}}
		used := diag.Related{Range: o.ListAt, Message: usedBy(in)}
		d.Related = append([]diag.Related{used}, d.Related...)
	}
}

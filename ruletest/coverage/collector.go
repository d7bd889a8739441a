package coverage

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/loader"
)

// Options say what a [Collector] collects.
type Options struct {
	// Mutate says to try mutants too, none after the deadline, unless that is zero.
	Mutate   bool
	Deadline time.Time
	// Virtual, if it is not nil, reports whether rules of that file name are not in a
	// file. Nothing is reported about them.
	Virtual func(file string) bool
}

// Collector collects what tests show of rules, by the positions of the rules: several
// suites may have the same files. It is for one goroutine.
type Collector struct {
	options Options
	rules   map[ruleKey]*Rule
	checks  map[checkKey]*Check
	mutants map[mutantKey]*Mutant
	// texts are those of files by name. A file has the name that it had first.
	texts map[string]string
	names fileNames

	// groups are those that are still recorded.
	groups []*Group
	// group is the one in hand, nodes are its checks.
	group *Group
	nodes map[*ast.Check]*Check
}

// ruleKey is a rule of a file.
type ruleKey struct {
	at   diag.Range
	name string
}

func (m *Collector) ruleKeyOf(r *loader.Rule) ruleKey { return ruleKey{m.at(r.NameAt), r.Name} }

// owner is what a check or a change stands in. Conditions that share an anchor of YAML
// have one place, and several owners.
type owner struct{ rule, macro, exception string }

func (a owner) compare(b owner) int {
	return cmp.Or(cmp.Compare(a.rule, b.rule), cmp.Compare(a.macro, b.macro), cmp.Compare(a.exception, b.exception))
}

// ownerOf returns what a place of a condition stands in.
func ownerOf(c loader.Condition, place loader.Place) owner {
	if c.Rule != nil {
		return owner{rule: c.Rule.Name, exception: place.Exception}
	}
	return owner{macro: c.Macro.Name}
}

// checkKey is a check of a file. Lists that a suite overrides do not tell checks apart.
type checkKey struct {
	at       diag.Range
	in       owner
	left     string
	operator ast.Operator
}

// NewCollector returns a collector that has nothing yet.
func NewCollector(options Options) *Collector {
	return &Collector{options: options, rules: map[ruleKey]*Rule{}, checks: map[checkKey]*Check{}, mutants: map[mutantKey]*Mutant{}, texts: map[string]string{}, names: fileNames{}}
}

// AddFiles adds the texts of rules files.
func (m *Collector) AddFiles(files []loader.File) {
	for _, f := range files {
		if m.virtual(f.Name) {
			continue
		}
		name := m.names.of(f.Name)
		if _, known := m.texts[name]; !known {
			m.texts[name] = string(yamlfile.Decode(f.Data))
		}
	}
}

// virtual reports whether a file name is that of rules that are not in a file.
func (m *Collector) virtual(file string) bool {
	return m.options.Virtual != nil && m.options.Virtual(file)
}

// at returns a position with the first name of its file.
func (m *Collector) at(p diag.Range) diag.Range {
	if p.File != "" && !m.virtual(p.File) {
		p.File = m.names.of(p.File)
	}
	return p
}

// Settle judges all events recorded so far. Groups must not be used afterwards.
func (m *Collector) Settle(ctx context.Context) {
	for _, g := range m.groups {
		g.settle(ctx)
	}
	m.groups = nil
}

// begin takes a group in hand.
func (m *Collector) begin(g *Group) {
	if m.group == g {
		return
	}
	m.group, m.nodes = g, map[*ast.Check]*Check{}
	for _, condition := range g.conditions {
		m.enter(g, condition)
	}
	for _, rule := range g.set.Rules {
		m.enterRule(g, rule)
	}
}

// enter enters the live checks of a condition.
func (m *Collector) enter(g *Group, c loader.Condition) {
	var nodes []ast.Node
	ast.Inspect(c.Expr, func(n ast.Node) bool {
		check, ok := n.(*ast.Check)
		if ok && g.live(check) {
			nodes = append(nodes, n)
		}
		return !ok
	})
	for i, place := range c.Places(nodes) {
		check := nodes[i].(*ast.Check)
		if m.virtual(place.Range.File) {
			continue
		}
		place.Range = m.at(place.Range)
		in := ownerOf(c, place)
		key := checkKey{startOf(place.Range), in, ast.String(check.Left), check.Op}
		known := m.checks[key]
		if known == nil {
			known = &Check{
				Text: c.Written(check), Position: place.Range,
				Rule: in.rule, Macro: in.macro, Exception: in.exception,
			}
			m.checks[key] = known
		}
		m.nodes[check] = known
	}
}

// enterRule enters a rule and what its condition consists of.
func (m *Collector) enterRule(g *Group, rule *loader.Rule) {
	key := m.ruleKeyOf(rule)
	known := m.rules[key]
	if known == nil {
		known = &Rule{Name: rule.Name, Position: key.at}
		m.rules[key] = known
	}
	if rule.Enabled {
		known.enable(m.checksOf(g, rule))
	}
}

// enable adds the checks of a rule that is enabled. Tests with other files may have
// other checks of it.
func (r *Rule) enable(checks []*Check) {
	r.Enabled = true
	known := map[*Check]bool{}
	for _, c := range r.Checks {
		known[c] = true
	}
	for _, c := range checks {
		if !known[c] {
			r.Checks = append(r.Checks, c)
		}
	}
}

// checksOf returns the checks of a rule's condition and of the macros that it uses, each
// once.
func (m *Collector) checksOf(g *Group, rule *loader.Rule) []*Check {
	var out []*Check
	seen := map[ast.Node]bool{}
	var add func(x ast.Expr)
	add = func(x ast.Expr) {
		ast.Inspect(x, func(n ast.Node) bool {
			if seen[n] {
				return false
			}
			seen[n] = true
			switch n := n.(type) {
			case *ast.MacroRef:
				add(g.macros[n.Name])
			case *ast.Check:
				if c := m.nodes[n]; c != nil {
					out = append(out, c)
				}
				return false
			}
			return true
		})
	}
	add(g.rules[rule])
	return out
}

// live reports whether a result can follow from a part of a condition.
func (g *Group) live(x ast.Expr) bool {
	for _, c := range g.tables {
		if c.live[x] {
			return true
		}
	}
	return false
}

// Merge adds what another collector has, which must not be used afterwards.
func (m *Collector) Merge(other *Collector) {
	for name, text := range other.texts {
		m.texts[m.names.of(name)] = text
	}
	for _, c := range other.mutants {
		m.noteMutant(c)
	}
	same := map[*Check]*Check{}
	for key, c := range other.checks {
		c.Position = m.at(c.Position)
		key.at = startOf(c.Position)
		known := m.checks[key]
		if known == nil {
			m.checks[key] = c
			known = c
		}
		known.True, known.False = known.True || c.True, known.False || c.False
		same[c] = known
	}
	for key, r := range other.rules {
		r.Position = m.at(r.Position)
		key.at = r.Position
		for i, c := range r.Checks {
			r.Checks[i] = same[c]
		}
		known := m.rules[key]
		if known == nil {
			m.rules[key] = r
			continue
		}
		known.Fired, known.Missed = known.Fired || r.Fired, known.Missed || r.Missed
		if r.Enabled {
			known.enable(r.Checks)
		}
	}
}

// change returns what became of a mutant so far.
func (m *Collector) change(one *candidate) Status {
	key := one.key()
	key.at = m.at(key.at)
	if known := m.mutants[key]; known != nil {
		return known.Status
	}
	return ""
}

// note adds what became of a mutant with some tests: one that some notice is noticed,
// and otherwise one that was not tried with all is not tried.
func (m *Collector) note(one *candidate, status Status) {
	c := one.Mutant
	c.Status = status
	m.noteMutant(&c)
}

func (m *Collector) noteMutant(c *Mutant) {
	c.Position = m.at(c.Position)
	key := c.key()
	known := m.mutants[key]
	switch {
	case known == nil:
		m.mutants[key] = c
	case known.Status == Survived || c.Status == Killed:
		known.Status = c.Status
	}
}

// Mutation returns the mutants in the order of their positions.
func (m *Collector) Mutation() *Mutation {
	return &Mutation{slices.SortedFunc(maps.Values(m.mutants), compareMutants)}
}

// Coverage returns what tests show of rules and checks in the order of their positions.
func (m *Collector) Coverage() *Report {
	out := &Report{}
	named := map[string]bool{}
	for _, r := range m.rules {
		if !m.virtual(r.Position.File) {
			slices.SortFunc(r.Checks, compareChecks)
			out.Rules = append(out.Rules, r)
			named[r.Position.File] = true
		}
	}
	slices.SortFunc(out.Rules, func(a, b *Rule) int {
		return cmp.Or(a.Position.Compare(b.Position), cmp.Compare(a.Name, b.Name))
	})
	for _, c := range m.checks {
		out.Checks = append(out.Checks, c)
		named[c.Position.File] = true
	}
	slices.SortFunc(out.Checks, compareChecks)
	for name := range named {
		out.Files = append(out.Files, File{name, m.texts[name]})
	}
	slices.SortFunc(out.Files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func compareChecks(a, b *Check) int {
	return cmp.Or(a.Position.Compare(b.Position), cmp.Compare(a.Text, b.Text), a.owner().compare(b.owner()))
}

// startOf returns a range without its end.
func startOf(r diag.Range) diag.Range { return diag.Range{File: r.File, Start: r.Start} }

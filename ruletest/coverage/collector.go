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

// Options configure a [Collector].
type Options struct {
	// Mutate tries mutants, too. After the deadline no further mutant is tried, unless
	// it is zero.
	Mutate   bool
	Deadline time.Time
	// Virtual, if it is not nil, reports whether a file name is that of rules which are
	// not in a file. They are left out of the results.
	Virtual func(file string) bool
}

// Collector collects the coverage of rules. Rules and checks are identified by their
// positions, because several suites may load the same files. A collector is for one
// goroutine.
type Collector struct {
	options Options
	rules   map[ruleKey]*Rule
	checks  map[checkKey]*Check
	mutants map[mutantKey]*Mutant
	// texts has the content of files by name. A file keeps the name that it had first.
	texts map[string]string
	names fileNames

	groups []*Group // those with events that have not been evaluated
	// nodes has the checks of group, which is being evaluated.
	group *Group
	nodes map[*ast.Check]*Check
}

type ruleKey struct {
	at   diag.Range
	name string
}

func (m *Collector) ruleKeyOf(r *loader.Rule) ruleKey { return ruleKey{m.at(r.NameAt), r.Name} }

// owner is the rule, macro or exception that contains a check or a mutant. Conditions that
// share a YAML anchor have one position and several owners.
type owner struct{ rule, macro, exception string }

func (a owner) compare(b owner) int {
	return cmp.Or(cmp.Compare(a.rule, b.rule), cmp.Compare(a.macro, b.macro), cmp.Compare(a.exception, b.exception))
}

// checkKey identifies a check. It has only the left side: a list that a suite overrides
// does not make it another check.
type checkKey struct {
	at       diag.Range
	in       owner
	left     string
	operator ast.Operator
}

// NewCollector returns an empty collector.
func NewCollector(options Options) *Collector {
	return &Collector{options: options, rules: map[ruleKey]*Rule{}, checks: map[checkKey]*Check{}, mutants: map[mutantKey]*Mutant{}, texts: map[string]string{}, names: fileNames{}}
}

// AddFiles adds the contents of rules files, which the report shows.
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

func (m *Collector) virtual(file string) bool {
	return m.options.Virtual != nil && m.options.Virtual(file)
}

// at returns a range with the first name of its file.
func (m *Collector) at(p diag.Range) diag.Range {
	if p.File != "" && !m.virtual(p.File) {
		p.File = m.names.of(p.File)
	}
	return p
}

// Evaluate evaluates all recorded events. Groups must not be used afterwards.
func (m *Collector) Evaluate(ctx context.Context) {
	for _, g := range m.groups {
		g.evaluate(ctx)
	}
	m.groups = nil
}

// begin makes g the group that is being evaluated.
func (m *Collector) begin(g *Group) {
	if m.group == g {
		return
	}
	m.group, m.nodes = g, map[*ast.Check]*Check{}
	for _, c := range g.conditions {
		m.enter(g, c)
	}
	for _, rule := range g.set.Rules {
		m.enterRule(g, rule)
	}
}

// enter adds the live checks of a condition.
func (m *Collector) enter(g *Group, c condition) {
	ast.Inspect(c.expr, func(n ast.Node) bool {
		check, ok := n.(*ast.Check)
		if ok && g.live(check) {
			m.enterCheck(c, check)
		}
		return !ok
	})
}

func (m *Collector) enterCheck(c condition, check *ast.Check) {
	origin := c.trace.At(check)
	if m.virtual(origin.Range.File) {
		return
	}
	at, in := m.at(origin.Range), c.ownerOf(origin)
	key := checkKey{at.WithoutEnd(), in, ast.String(check.Left), check.Op}
	known := m.checks[key]
	if known == nil {
		known = &Check{Text: c.trace.Text(check), Position: at, Rule: in.rule, Macro: in.macro, Exception: in.exception}
		m.checks[key] = known
	}
	m.nodes[check] = known
}

// enterRule adds a rule and, if it is enabled, its checks.
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

// enable adds the checks of an enabled rule. With other files, the same rule may have
// other checks.
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

// live reports whether a result can depend on a part of a condition.
func (g *Group) live(x ast.Expr) bool {
	for _, c := range g.tables {
		if c.live[x] {
			return true
		}
	}
	return false
}

// Merge adds the results of another collector, which must not be used afterwards.
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
		key.at = c.Position.WithoutEnd()
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
		known.Fired, known.NotFired = known.Fired || r.Fired, known.NotFired || r.NotFired
		if r.Enabled {
			known.enable(r.Checks)
		}
	}
}

// statusOf returns the status of a mutant so far, or the empty string.
func (m *Collector) statusOf(one *candidate) Status {
	key := one.key()
	key.at = m.at(key.at)
	if known := m.mutants[key]; known != nil {
		return known.Status
	}
	return ""
}

// note adds the status of a mutant in some tests. A mutant is killed if any tests kill
// it, and otherwise not tried if it was not tried with all tests.
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

// Coverage returns rules and checks in the order of their positions.
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

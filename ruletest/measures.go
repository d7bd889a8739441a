package ruletest

import (
	"cmp"
	"maps"
	"slices"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/loader"
)

// measures is what tests show of rules, gathered by places: several suites may have
// the same files.
type measures struct {
	rules   map[ruleKey]*RuleCoverage
	checks  map[checkKey]*CheckCoverage
	changes map[changeKey]*Change
	// texts are those of files by name. A file has the name that it had first.
	texts map[string]string
	names fileNames

	// group is the one in hand, nodes are its checks.
	group *group
	nodes map[*ast.Check]*CheckCoverage
}

// ruleKey is a rule of a file.
type ruleKey struct {
	at   loader.Position
	name string
}

func (m *measures) ruleKeyOf(r *loader.Rule) ruleKey { return ruleKey{m.names.at(r.NameAt), r.Name} }

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
	at       loader.Position
	in       owner
	left     string
	operator ast.Operator
}

func newMeasures() *measures {
	return &measures{rules: map[ruleKey]*RuleCoverage{}, checks: map[checkKey]*CheckCoverage{}, changes: map[changeKey]*Change{}, texts: map[string]string{}, names: fileNames{}}
}

// read takes over the texts of files.
func (m *measures) read(files []loader.File) {
	for _, f := range files {
		if madeUp(f.Name) {
			continue
		}
		name := m.names.of(f.Name)
		if _, known := m.texts[name]; !known {
			m.texts[name] = string(yamlfile.Decode(f.Data))
		}
	}
}

// madeUp reports whether a file is none, and stands in a suite: it is not counted.
func madeUp(file string) bool { return file == contentName || loader.IsOverrideName(file) }

// begin takes a group in hand.
func (m *measures) begin(g *group) {
	if m.group == g {
		return
	}
	m.group, m.nodes = g, map[*ast.Check]*CheckCoverage{}
	for _, condition := range g.conditions {
		m.enter(g, condition)
	}
	for _, rule := range g.set.set.Rules {
		m.enterRule(g, rule)
	}
}

// enter enters the live checks of a condition.
func (m *measures) enter(g *group, c loader.Condition) {
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
		if madeUp(place.Start.File) {
			continue
		}
		place.Start, place.End = m.names.at(place.Start), m.names.at(place.End)
		in := ownerOf(c, place)
		key := checkKey{place.Start, in, ast.String(check.Left), check.Op}
		known := m.checks[key]
		if known == nil {
			known = &CheckCoverage{
				Text: c.Written(check), Position: place.Start, End: place.End,
				Rule: in.rule, Macro: in.macro, Exception: in.exception,
			}
			m.checks[key] = known
		}
		m.nodes[check] = known
	}
}

// enterRule enters a rule and what its condition consists of.
func (m *measures) enterRule(g *group, rule *loader.Rule) {
	key := m.ruleKeyOf(rule)
	known := m.rules[key]
	if known == nil {
		known = &RuleCoverage{Name: rule.Name, Position: key.at}
		m.rules[key] = known
	}
	if rule.Enabled {
		known.enable(m.checksOf(g, rule))
	}
}

// enable adds the checks of a rule that is enabled. Tests with other files may have
// other checks of it.
func (r *RuleCoverage) enable(checks []*CheckCoverage) {
	r.Enabled = true
	known := map[*CheckCoverage]bool{}
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
func (m *measures) checksOf(g *group, rule *loader.Rule) []*CheckCoverage {
	var out []*CheckCoverage
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
func (g *group) live(x ast.Expr) bool {
	for _, c := range g.circuits {
		if c.live[x] {
			return true
		}
	}
	return false
}

// merge adds what another suite shows.
func (m *measures) merge(other *measures) {
	for name, text := range other.texts {
		m.texts[m.names.of(name)] = text
	}
	for _, c := range other.changes {
		m.noteChange(c)
	}
	same := map[*CheckCoverage]*CheckCoverage{}
	for key, c := range other.checks {
		c.Position, c.End = m.names.at(c.Position), m.names.at(c.End)
		key.at = c.Position
		known := m.checks[key]
		if known == nil {
			m.checks[key] = c
			known = c
		}
		known.True, known.False = known.True || c.True, known.False || c.False
		same[c] = known
	}
	for key, r := range other.rules {
		r.Position = m.names.at(r.Position)
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
func (m *measures) change(one *mutant) ChangeStatus {
	key := one.key()
	key.at = m.names.at(key.at)
	if known := m.changes[key]; known != nil {
		return known.Status
	}
	return ""
}

// note adds what became of a mutant with some tests: one that some notice is noticed,
// and otherwise one that was not tried with all is not tried.
func (m *measures) note(one *mutant, status ChangeStatus) {
	c := one.Change
	c.Status = status
	m.noteChange(&c)
}

func (m *measures) noteChange(c *Change) {
	c.Position = m.names.at(c.Position)
	key := c.key()
	known := m.changes[key]
	switch {
	case known == nil:
		m.changes[key] = c
	case known.Status == Survived || c.Status == Noticed:
		known.Status = c.Status
	}
}

// mutation returns the changes in the order of places.
func (m *measures) mutation() *Mutation {
	return &Mutation{slices.SortedFunc(maps.Values(m.changes), compareChanges)}
}

// coverage returns what was gathered in the order of places.
func (m *measures) coverage() *Coverage {
	out := &Coverage{}
	named := map[string]bool{}
	for _, r := range m.rules {
		if !madeUp(r.Position.File) {
			slices.SortFunc(r.Checks, compareChecks)
			out.Rules = append(out.Rules, r)
			named[r.Position.File] = true
		}
	}
	slices.SortFunc(out.Rules, func(a, b *RuleCoverage) int {
		return cmp.Or(comparePlaces(a.Position, b.Position), cmp.Compare(a.Name, b.Name))
	})
	for _, c := range m.checks {
		out.Checks = append(out.Checks, c)
		named[c.Position.File] = true
	}
	slices.SortFunc(out.Checks, compareChecks)
	for name := range named {
		out.Files = append(out.Files, CoveredFile{name, m.texts[name]})
	}
	slices.SortFunc(out.Files, func(a, b CoveredFile) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func compareChecks(a, b *CheckCoverage) int {
	return cmp.Or(comparePlaces(a.Position, b.Position), cmp.Compare(a.Text, b.Text), a.owner().compare(b.owner()))
}

func comparePlaces(a, b loader.Position) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

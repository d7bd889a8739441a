package lint

import (
	"fmt"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/falcoconfig"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/loader"
)

var falcoConfig = &Analyzer{
	ID:       "falco-config",
	Category: Compat,
	Level:    Warning,
	Summary:  "A setting in falco.yaml keeps Falco from starting, has no effect, or has an unexpected one.",
	Run:      runFalcoConfig,
}

func runFalcoConfig(p *Pass) {
	if p.Config == nil {
		return
	}
	for _, list := range []diag.List{p.Config.Errors, p.Config.Warnings} {
		for _, d := range list {
			message := d.Message
			if d.Code == falcoconfig.Invalid {
				message += "; Falco does not start"
			}
			p.reportConfig(d.Range, d.Hint, "%s", message)
		}
	}
	p.configFiles()
	if p.Set.Engine == nil {
		return
	}
	p.configPlugins()
	p.configSwitches()
	p.configPriority()
	p.configOutputs()
}

// reportConfig reports a finding in falco.yaml.
func (p *Pass) reportConfig(at diag.Range, hint, format string, args ...any) {
	p.Report(at, format, args...).Hint = hint
}

// noteConfig reports something in falco.yaml that may be intended.
func (p *Pass) noteConfig(at diag.Range, hint, format string, args ...any) {
	d := p.Report(at, format, args...)
	d.Hint, d.Severity = hint, diag.Notice
}

// configFiles reports entries of rules_files that Falco ignores because of their names.
// They may be folders, and need not exist here.
func (p *Pass) configFiles() {
	for _, entry := range p.Config.Rules {
		name, ext := quote.Name(entry.Value), path.Ext(entry.Value)
		switch {
		case falcoconfig.IsRulesFile(entry.Value) || strings.Contains(entry.Value, "${"):
		case ext != "" && ext != ".d":
			p.reportConfig(entry.Range, "rename it: the path must end in .yaml or .yml, and not contain that ending earlier", "Falco ignores %s, unless it is a folder", name)
		case !falcoconfig.IsRulesFile(entry.Value + "/a.yaml"):
			p.reportConfig(entry.Range, "rename the folder", "Falco ignores the .yaml files in %s, because its path contains .yaml, too", name)
		}
	}
}

// maxRuleNames is how many rules a message names.
const maxRuleNames = 3

// namesOf lists the names of some rules.
func namesOf(rules []*loader.Rule) string {
	var names []string
	for _, r := range rules[:min(len(rules), maxRuleNames)] {
		names = append(names, fmt.Sprintf("%q", r.Name))
	}
	text := strings.Join(names, ", ")
	if more := len(rules) - maxRuleNames; more > 0 {
		return fmt.Sprintf("%s and %d more", text, more)
	}
	return text
}

// configPlugins reports plugins that rules need and that Falco does not load.
func (p *Pass) configPlugins() {
	c := p.Config
	if c.PluginsAt == (diag.Range{}) || c.Incomplete {
		return // other files may load plugins
	}
	skipped, rejected := map[string][]*loader.Rule{}, map[string][]*loader.Rule{}
	var plugins []string
	for _, r := range p.Set.Rules {
		of, missing := rejected, c.MissingPlugins(r)
		if own := p.Set.Source(r.Source).Plugin(); !c.Loads(own) {
			of, missing = skipped, []string{own}
		}
		for _, plugin := range missing {
			of[plugin] = append(of[plugin], r)
			if !slices.Contains(plugins, plugin) {
				plugins = append(plugins, plugin)
			}
		}
	}
	var parts []string
	for _, plugin := range plugins {
		if rules := rejected[plugin]; len(rules) > 0 {
			parts = append(parts, fmt.Sprintf("%s is not loaded, so Falco rejects %s with its fields", plugin, namesOf(rules)))
		} else {
			parts = append(parts, fmt.Sprintf("%s is not loaded, so Falco skips rules for its events: %s", plugin, namesOf(skipped[plugin])))
		}
	}
	if len(parts) > 0 {
		p.reportConfig(c.PluginsAt, "", "plugin %s", strings.Join(parts, "; plugin "))
	}
}

// configSwitches reports entries of rules that do not do what they say.
func (p *Pass) configSwitches() {
	s := newSwitching(p)
	for i := range p.Config.Switches {
		p.checkSwitch(s, i)
	}
	if len(p.Config.Switches) > 0 && len(p.Set.Rules) > 0 && len(s.steps) == 0 {
		last := p.Config.Switches[len(p.Config.Switches)-1]
		p.reportConfig(last.Range, "", "after this entry, no rule is enabled")
	}
	if p.Config.Matching.Value == eval.FirstMatch {
		p.configOrder(s)
	}
}

// switching is the result of the entries of rules.
type switching struct {
	// steps has the enabled rules. The number is 0 if the files enable a rule, and grows
	// with each step of enabling rules again.
	steps map[*loader.Rule]int
	// of has the entry of each step, and last the last entry that is about a rule.
	of   map[int]int
	last map[*loader.Rule]int
}

func (s *switching) enabled(r *loader.Rule) bool {
	_, enabled := s.steps[r]
	return enabled
}

func newSwitching(p *Pass) *switching {
	s := &switching{map[*loader.Rule]int{}, map[int]int{}, map[*loader.Rule]int{}}
	for _, r := range p.Set.Rules {
		if r.Enabled && p.isLoaded(r) {
			s.steps[r] = 0
		}
	}
	for i, entry := range p.Config.Switches {
		for j, matches := range []func(*loader.Rule) bool{entry.Value.MatchesName, entry.Value.MatchesTag} {
			step := 2*i + j + 1
			s.of[step] = i
			for _, r := range p.Set.Rules {
				if !p.isLoaded(r) || !matches(r) {
					continue
				}
				s.last[r] = i
				switch {
				case !entry.Value.Enable:
					delete(s.steps, r)
				case !s.enabled(r):
					s.steps[r] = step
				}
			}
		}
		if p.Context().Err() != nil {
			break
		}
	}
	return s
}

// isLoaded reports whether the priority of a rule is urgent enough.
func (p *Pass) isLoaded(r *loader.Rule) bool { return r.Priority <= p.Config.Priority.Value }

// verb returns what an entry of rules does.
func verb(sw loader.Switch) string {
	if sw.Enable {
		return "enables"
	}
	return "disables"
}

// checkSwitch reports an entry of rules that matches no rule, or only rules about which
// later entries say the opposite.
func (p *Pass) checkSwitch(s *switching, i int) {
	entry := p.Config.Switches[i]
	sw := entry.Value
	var matched, loaded []*loader.Rule
	byName, byTag := false, false
	for _, r := range p.Set.Rules {
		byName, byTag = byName || sw.MatchesName(r), byTag || sw.MatchesTag(r)
		if !sw.Matches(r) {
			continue
		}
		matched = append(matched, r)
		if p.isLoaded(r) {
			loaded = append(loaded, r)
		}
	}
	switch {
	case sw.Rule != "" && !byName:
		p.reportConfig(entry.Range, p.ruleHint(sw.Rule), "no rule matches %s", quote.Text(sw.Rule))
		return
	case sw.Tag != "" && !byTag:
		p.reportConfig(entry.Range, p.tagHint(sw.Tag), "no rule has the tag %s", quote.Text(sw.Tag))
		return
	case sw.Enable && len(loaded) == 0 && len(matched) > 0:
		p.reportConfig(entry.Range, "", "priority leaves out %s, so this entry has no effect", namesOf(matched))
		return
	}
	if len(loaded) == 0 || slices.ContainsFunc(loaded, func(r *loader.Rule) bool { return s.enabled(r) == sw.Enable }) {
		return
	}
	later := p.Config.Switches[s.last[loaded[0]]]
	if sw.Rule == "*" && !sw.Enable || slices.ContainsFunc(loaded, func(r *loader.Rule) bool { return !later.Value.Matches(r) }) {
		return // it may well be meant for other rules
	}
	d := p.Report(entry.Range, "a later entry %s all rules that this one %s", verb(later.Value), verb(sw))
	d.Hint = "entries apply in order, so put this one last"
	d.Related = append(d.Related, diag.Related{Range: later.Range, Message: "the later entry"})
}

// ruleHint returns a hint about a pattern that matches no rule.
func (p *Pass) ruleHint(pattern string) string {
	if !strings.Contains(pattern, "*") {
		return suggest.HintOf(pattern, p.Set.Rules, func(r *loader.Rule) string { return r.Name })
	}
	star := strings.LastIndex(pattern, "*")
	start, end := pattern[:star+1], pattern[star+1:]
	for _, r := range p.Set.Rules {
		switch {
		case loader.MatchWildcard(strings.ToLower(pattern), strings.ToLower(r.Name)):
			return fmt.Sprintf("rule %q differs in letter case", r.Name)
		case loader.MatchWildcard(start, r.Name) && strings.HasSuffix(r.Name, end): // almost what others match
			return fmt.Sprintf("the text after a star matches only where it occurs first, so rule %q does not match", r.Name)
		}
	}
	return ""
}

// tagHint returns a hint about a tag that no rule has.
func (p *Pass) tagHint(tag string) string {
	if strings.Contains(tag, "*") {
		return "tags have no wildcards"
	}
	return suggest.Hint(tag, p.tags())
}

// tags yields the tags of all rules.
func (p *Pass) tags() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, r := range p.Set.Rules {
			for _, tag := range r.Tags {
				if !yield(tag) {
					return
				}
			}
		}
	}
}

// configOrder reports rules that no longer come before others since they were disabled and
// enabled again.
func (p *Pass) configOrder(s *switching) {
	var rules []*candidate
	again := false
	for _, c := range p.Rules() {
		if s.enabled(c.Rule) {
			rules = append(rules, newCandidate(c))
			again = again || s.steps[c.Rule] > 0
		}
	}
	if !again {
		return
	}
	entryOf := func(r *candidate) falcoconfig.Setting[loader.Switch] {
		return p.Config.Switches[s.of[s.steps[r.Rule]]]
	}
	hint := "set rule_matching to all, or do not disable the rules first"
	p.shadowing(rules, func(i, j int) {
		general, special := rules[i], rules[j]
		step := s.steps[special.Rule]
		if j > i || step == 0 || step < s.steps[general.Rule] {
			return
		}
		if step > s.steps[general.Rule] {
			p.reportConfig(entryOf(special).Range, hint, "rules that are enabled again come last: %q now comes after %q, which fires on all of its events", special.Rule.Name, general.Rule.Name)
			return
		}
		p.reportConfig(entryOf(special).Range, hint, "Falco does not define the order of rules that one entry enables: %q fires on all events of %q and may come first", general.Rule.Name, special.Rule.Name)
	})
	for i, r := range rules {
		for _, later := range rules[i+1 : min(len(rules), i+1+maxShadowed)] {
			step, other := s.steps[r.Rule], s.steps[later.Rule]
			if step == 0 || step < other || r.Source != later.Source || r.types.and(later.types).IsEmpty() {
				continue
			}
			if step > other {
				p.noteConfig(entryOf(r).Range, hint, "rules that are enabled again come last: %q now comes after %q", r.Rule.Name, later.Rule.Name)
			} else {
				p.noteConfig(entryOf(r).Range, hint, "Falco does not define the order of rules that one entry enables, such as %q and %q", r.Rule.Name, later.Rule.Name)
			}
			break
		}
		if p.Context().Err() != nil {
			return
		}
	}
}

// configPriority reports rules that priority leaves out.
func (p *Pass) configPriority() {
	c := p.Config
	if c.Priority.Range == (diag.Range{}) {
		return
	}
	var out []*loader.Rule
	for _, r := range p.Set.Rules {
		if r.Enabled && !p.isLoaded(r) {
			out = append(out, r)
		}
	}
	name := strings.ToLower(c.Priority.Value.String())
	switch {
	case len(out) == 0:
	case len(out) == len(p.Set.Rules):
		p.reportConfig(c.Priority.Range, "", "priority %s leaves out all rules", name)
	default:
		p.noteConfig(c.Priority.Range, "", "priority %s leaves out %d of %s: %s", name, len(out), quote.Count(len(p.Set.Rules), "rule"), namesOf(out))
	}
}

// configOutputs reports entries of append_output that change no output, or that Falco
// rejects.
func (p *Pass) configOutputs() {
	sources := map[string]*fieldsets.Source{}
	for _, s := range p.Set.Sources {
		sources[s.Name()] = s
	}
	for i := range p.Config.AppendOutput {
		a := &p.Config.AppendOutput[i]
		if !p.checkMatch(a, sources) {
			continue
		}
		entry := a.Entry()
		p.checkFormats(&entry, sources)
		if p.Context().Err() != nil {
			return
		}
	}
}

// checkMatch reports a match that no rule has. It returns false if it did.
func (p *Pass) checkMatch(a *falcoconfig.AppendOutput, sources map[string]*fieldsets.Source) bool {
	if name := a.Source.Value; name != "" && sources[name] == nil {
		hint := suggest.HintOf(name, p.Set.Sources, (*fieldsets.Source).Name)
		p.reportConfig(a.Source.Range, hint, "unknown source %s", quote.Text(name))
		return false
	}
	if name := a.Rule.Value; name != "" && p.Set.Rule(name) == nil {
		hint := p.ruleHint(name)
		if strings.Contains(name, "*") {
			hint = "rule names have no wildcards here"
		}
		p.reportConfig(a.Rule.Range, hint, "there is no rule %s", quote.Text(name))
		return false
	}
	entry := a.Entry()
	for _, tag := range a.Tags {
		if !slices.ContainsFunc(p.Set.Rules, func(r *loader.Rule) bool { return slices.Contains(r.Tags, tag.Value) }) {
			p.reportConfig(tag.Range, p.tagHint(tag.Value), "no rule has the tag %s", quote.Text(tag.Value))
			return false
		}
	}
	if len(p.Set.Rules) > 0 && !slices.ContainsFunc(p.Set.Rules, func(r *loader.Rule) bool { return entry.Matches(r.Name, r.Source, r.Tags) }) {
		var parts []string
		if a.Rule.Value != "" {
			parts = append(parts, "name "+quote.Text(a.Rule.Value))
		}
		if a.Source.Value != "" {
			parts = append(parts, "source "+a.Source.Value)
		}
		if len(entry.Tags) > 0 {
			parts = append(parts, "tags "+strings.Join(entry.Tags, ", "))
		}
		p.reportConfig(a.Range, "", "no rule has %s", strings.Join(parts, ", "))
		return false
	}
	return true
}

// checkFormats reports a format with which Falco rejects the rules that it is appended to.
func (p *Pass) checkFormats(a *loader.AppendOutput, sources map[string]*fieldsets.Source) {
	var checked []string
	for _, r := range p.Set.Rules {
		if slices.Contains(checked, r.Source) || !a.Matches(r.Name, r.Source, r.Tags) {
			continue
		}
		checked = append(checked, r.Source)
		compiler := eval.NewCompiler(sources[r.Source])
		check := func(at diag.Range, format string) {
			if _, err := compiler.Template(format); err != nil {
				first := diag.Of(err)[0]
				d := p.Report(at, "%s, so Falco rejects rule %q", first.Message, r.Name)
				d.Hint = first.Hint
				d.Related = append(d.Related, diag.Related{Range: r.NameAt, Message: "the rule"})
			}
		}
		if format := strings.ReplaceAll(a.Format, "%container.info", ""); format != "" {
			check(a.FormatAt, format)
		}
		for _, f := range a.Fields {
			if f.Raw {
				f.Format = "%" + f.Name
			}
			check(f.At, f.Format)
		}
	}
}

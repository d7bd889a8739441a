package lint

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/auditpolicy"
)

// Limits, far above what real rules and policies need.
const (
	// verdictWork is the work of a verdict, without the comparisons.
	verdictWork = 50
	// maxPoints limits into how many parts the requests of a rule are split.
	maxPoints = 1000
)

// feedAnalysis determines for which requests an audit policy logs the events that a
// condition is about. It errs on the safe side: if in doubt, there are such events.
//
// The names of Kubernetes' own resources stand for these resources, not for resources with
// the same name in other API groups, and only for requests that they support.
type feedAnalysis struct {
	policy    *auditpolicy.Policy
	condition *Condition
	// points are parts of the requests of the condition.
	points []*point

	// operands are the left sides that read an attribute.
	operands [numAttributes][]string
	demands  map[*Branch]*demand
	needs    map[*Branch]need
	// left is for comparisons with entries of the policy. When it is spent, everything counts
	// as logged.
	left *budget
}

// attribute is a member of audit events that an audit policy or its levels depend on.
type attribute uint8

const (
	verbAttribute attribute = iota
	userAttribute
	groupAttribute
	resourceAttribute
	subresourceAttribute
	namespaceAttribute
	nameAttribute
	uriAttribute
	stageAttribute
	levelAttribute
	numAttributes
)

var attributes = [numAttributes]struct {
	member   string // as returned by eventMember
	required bool   // whether all events have it
}{
	verbAttribute:        {"verb", true},
	userAttribute:        {"user/username", false},
	groupAttribute:       {"objectRef/apiGroup", false},
	resourceAttribute:    {"objectRef/resource", false},
	subresourceAttribute: {"objectRef/subresource", false},
	namespaceAttribute:   {"objectRef/namespace", false},
	nameAttribute:        {"objectRef/name", false},
	uriAttribute:         {"requestURI", true},
	stageAttribute:       {"stage", true},
	levelAttribute:       {"level", true},
}

// attributeOf returns the attribute that a literal compares, if it compares one.
func attributeOf(l *Literal) (attribute, bool) {
	ref, ok := l.Check.Left.(*ast.Field)
	if !ok || !l.SingleValued() {
		return 0, false
	}
	member := eventMember(ref)
	for i := range attributes {
		if attributes[i].member == member {
			return attribute(i), true
		}
	}
	return 0, false
}

// point are requests with certain values of some attributes.
type point struct {
	// fixed are the values, empty if the attribute is absent. Others are nil.
	fixed [numAttributes]*string
	label label
	// main is false for subresources that the condition does not name.
	main bool
}

func (p *point) with(a attribute, value string) *point {
	out := *p
	out.fixed[a] = &value
	return &out
}

func newFeedAnalysis(policy *auditpolicy.Policy, c *Condition, left *budget) *feedAnalysis {
	f := &feedAnalysis{policy: policy, condition: c, demands: map[*Branch]*demand{}, needs: map[*Branch]need{}, left: left}
	for l := range c.Literals() {
		if a, ok := attributeOf(l); ok && !slices.Contains(f.operands[a], l.Operand) {
			f.operands[a] = append(f.operands[a], l.Operand)
		}
	}
	f.points = f.split()
	return f
}

// split splits the requests of the condition by the values that it lists.
func (f *feedAnalysis) split() []*point {
	points := []*point{{main: true}}
	by := func(each func(*point) []*point) {
		var out []*point
		for _, p := range points {
			if out = append(out, each(p)...); len(out) > maxPoints {
				return // it stays as it is
			}
		}
		points = out
	}
	d := f.demand(f.condition.Root)
	simple := func(a attribute, set func(*label, string)) {
		values, finite := d.values[a].List()
		if !finite || slices.Contains(values, "") {
			return
		}
		by(func(p *point) []*point {
			var out []*point
			for _, value := range values {
				q := p.with(a, value)
				set(&q.label, value)
				out = append(out, q)
			}
			return out
		})
	}
	simple(verbAttribute, func(l *label, value string) { l.verb = value })
	by(f.splitResources)
	simple(namespaceAttribute, func(l *label, value string) { l.namespace = value })
	simple(userAttribute, func(l *label, value string) { l.user = value })
	return points
}

// nonResource is the label of requests that are not about resources.
const nonResource = "non-resource requests"

// splitResources splits requests by resource and subresource.
func (f *feedAnalysis) splitResources(p *point) []*point {
	d := f.demand(f.condition.Root)
	subresources, named := d.values[subresourceAttribute].List()
	resources, finite := d.values[resourceAttribute].List()
	if !finite {
		return withSubresources(p, "*", subresources, named)
	}
	var out []*point
	for _, resource := range resources {
		q := p.with(resourceAttribute, resource)
		if resource == "" {
			q.label.resource = nonResource
			out = append(out, q)
			continue
		}
		known := auditpolicy.Lookup(resource)
		groups, finite := d.values[groupAttribute].List()
		if !finite { // Kubernetes' own resources are meant, if there are any
			for _, r := range known {
				groups = append(groups, r.Group)
			}
		}
		if len(groups) == 0 {
			out = append(out, withSubresources(q, resource, subresources, named)...)
		}
		for _, group := range groups {
			q := q.with(groupAttribute, group)
			i := slices.IndexFunc(known, func(r auditpolicy.Resource) bool { return r.Group == group })
			if i >= 0 && !named {
				out = append(out, f.withOwnSubresources(q, resource, known[i].Subresources)...)
			} else {
				out = append(out, withSubresources(q, resource, subresources, named)...)
			}
		}
	}
	return out
}

// withSubresources splits the requests of a resource by the subresources that the condition
// names, if it does.
func withSubresources(p *point, resource string, subresources []string, named bool) []*point {
	if !named {
		if resource != "*" {
			p.label.resource = resource
		}
		return []*point{p}
	}
	var out []*point
	for _, subresource := range subresources {
		out = append(out, p.withSubresource(resource, subresource))
	}
	return out
}

// withOwnSubresources splits the requests of a resource by the subresources that it has.
func (f *feedAnalysis) withOwnSubresources(p *point, resource string, subresources []string) []*point {
	allowed := f.demand(f.condition.Root).values[subresourceAttribute]
	var out []*point
	if allowed.Has("") {
		out = append(out, p.withSubresource(resource, ""))
	}
	for _, subresource := range subresources {
		verb := p.fixed[verbAttribute]
		if allowed.Has(subresource) && (verb == nil || auditpolicy.Supports(subresource, *verb)) {
			q := p.withSubresource(resource, subresource)
			q.main = !allowed.Has("")
			out = append(out, q)
		}
	}
	return out
}

func (p *point) withSubresource(resource, subresource string) *point {
	q := p.with(subresourceAttribute, subresource)
	switch {
	case subresource != "":
		q.label.resource = resource + "/" + subresource
	case resource != "*":
		q.label.resource = resource
	}
	return q
}

// demand is what a branch demands of an event: the values of its attributes, and the
// members that it must have.
type demand struct {
	values [numAttributes]*attributeValues
	need   need
}

func (f *feedAnalysis) demand(b *Branch) *demand {
	if d := f.demands[b]; d != nil {
		return d
	}
	d := &demand{need: f.own(b)}
	if b.Parent != nil {
		outer := f.demand(b.Parent)
		d.values, d.need = outer.values, outer.need.and(d.need)
	} else {
		for a := range d.values {
			set := allValues()
			if attributes[a].required {
				set.none = false
			}
			d.values[a] = newAttributeValues(set, nil)
		}
	}
	for a := range d.values {
		set, changed := d.values[a].set, false
		for _, operand := range f.operands[a] {
			if own := b.ownValues(operand); !own.isAll() {
				set, changed = own.and(set), true
			}
		}
		literals := slices.Clip(d.values[a].literals)
		for _, l := range b.Literals {
			if other, ok := attributeOf(l); ok && other == attribute(a) && !comparesWhole(l.Check.Op) {
				literals, changed = append(literals, l), true
			}
		}
		if changed {
			d.values[a] = newAttributeValues(set, literals)
		}
	}
	f.demands[b] = d
	return d
}

// attributeValues are the possible values of an attribute, as an [auditpolicy.Texts].
type attributeValues struct {
	set ValueSet
	// literals restrict the values further.
	literals []*Literal
	texts    []string
}

func newAttributeValues(set ValueSet, literals []*Literal) *attributeValues {
	v := &attributeValues{set: set, literals: literals}
	if !set.IsFinite() {
		return v
	}
	if set.AllowsNone() {
		v.texts = append(v.texts, "")
	}
	for _, text := range set.Texts() {
		if v.Has(text) && text != "" {
			v.texts = append(v.texts, text)
		}
	}
	return v
}

// Has reports whether a value is possible. The empty text means that there is no value.
func (v *attributeValues) Has(text string) bool {
	if text == "" {
		return v.set.AllowsNone()
	}
	return v.set.Has(text) && fitsAll(text, v.literals)
}

// List returns the values if they are finite.
func (v *attributeValues) List() ([]string, bool) { return v.texts, v.set.IsFinite() }

// anyValue reports whether a value is possible, other than no value.
func (v *attributeValues) anyValue() bool {
	return !v.set.IsFinite() || slices.ContainsFunc(v.texts, func(text string) bool { return text != "" })
}

// need is what an event must have for a branch to be true.
type need struct {
	// level is the least level that logs it, and at a literal that needs this level.
	level auditpolicy.Level
	at    *Literal
	// answered says that the event must have something that is not known when the
	// request is received.
	answered bool
	// managedFields says that an object must have metadata.managedFields.
	managedFields bool
	// never says that no event makes the branch true.
	never bool
	// relevant says that the branch restricts what events it is about.
	relevant bool
}

// and combines the needs of two conditions that must both be true.
func (n need) and(m need) need {
	out := n
	if m.level > n.level {
		out.level, out.at = m.level, m.at
	}
	out.answered = n.answered || m.answered
	out.managedFields = n.managedFields || m.managedFields
	out.never = n.never || m.never
	out.relevant = n.relevant || m.relevant
	return out
}

// or combines the needs of two conditions one of which must be true.
func (n need) or(m need) need {
	out := n
	if m.level < n.level {
		out.level, out.at = m.level, m.at
	}
	out.answered = n.answered && m.answered
	out.managedFields = n.managedFields && m.managedFields
	out.never = n.never && m.never
	out.relevant = n.relevant && m.relevant
	return out
}

// own returns the needs of a branch without those of the branches around it.
func (f *feedAnalysis) own(b *Branch) need {
	if n, ok := f.needs[b]; ok {
		return n
	}
	n := need{level: auditpolicy.Metadata}
	for _, l := range b.Literals {
		n = n.and(needOf(l))
	}
	for _, choice := range b.Choices {
		some := f.own(choice.Branches[0])
		for _, inner := range choice.Branches[1:] {
			some = some.or(f.own(inner))
		}
		n = n.and(some)
	}
	f.needs[b] = n
	return n
}

func needOf(l *Literal) need {
	n := need{level: auditpolicy.Metadata, never: isNever(l)}
	_, compares := attributeOf(l)
	n.relevant = compares || n.never
	if l.Negated {
		return n
	}
	ast.Inspect(l.Check.Left, func(node ast.Node) bool {
		ref, ok := node.(*ast.Field)
		if !ok {
			return true
		}
		member := eventMember(ref)
		if level := levelOf(member); level > n.level {
			n.level, n.at = level, l
		}
		n.answered = n.answered || n.level > auditpolicy.Metadata || topOf(member) == responseStatus
		n.managedFields = n.managedFields || strings.HasPrefix(member, requestObject+"/metadata/managedFields") || strings.HasPrefix(member, responseObject+"/metadata/managedFields")
		return true
	})
	n.relevant = n.relevant || n.answered
	return n
}

// isNever reports whether a literal is false for every event. Falco's rules have such
// literals in macros that turn rules off.
func isNever(l *Literal) bool {
	if holds, constant := syscall.EventNumber(l.Check); constant {
		return holds == l.Negated
	}
	switch l.fieldName() {
	case "jevt.rawtime", "json.rawtime":
		if l.Negated {
			return l.Check.Op == ast.OpExists
		}
		values := l.Check.Values()
		return (l.Check.Op == ast.OpEq || l.Check.Op == ast.OpEqEq) && len(values) == 1 && values[0].Text == "0"
	}
	return false
}

// state is whether there are events of some requests that a branch can be true of.
type state uint8

const (
	// impossible says that the condition itself rules them out.
	impossible state = iota
	// isStarved says that the policy does not log them, or too little of them.
	isStarved
	fedEvents
)

// verdict is a state with the cause of starvation.
type verdict struct {
	state state
	cause cause
}

// cause is the first reason why a policy starves a branch.
type cause struct {
	// rule is the rule of the policy that applies, or nil if none does.
	rule *auditpolicy.Rule
	kind causeKind
	// level is the level that would be enough, and at a literal that needs it, if any.
	level auditpolicy.Level
	at    *Literal
	// stages are those that are omitted.
	stages []string
}

type causeKind uint8

const (
	notLogged causeKind = iota
	lowLevel
	otherLevel // not one that the condition requires
	omittedStage
	omittedManagedFields
)

// verdict returns whether the policy logs events of some requests so that the branch can be
// true of them, and at least at a level.
func (f *feedAnalysis) verdict(b *Branch, p *point, least auditpolicy.Level) verdict {
	if !f.left.spend(verdictWork) {
		return verdict{state: fedEvents}
	}
	d := f.demand(b)
	n := d.need
	n.level = max(n.level, least)
	q, ok := f.requests(d, p, n)
	if !ok || n.never {
		return verdict{}
	}
	if v := f.deliver(q, d, n); v.state != fedEvents {
		return v
	}
	for _, choice := range b.Choices {
		if v := f.choose(choice, p, least); v.state != fedEvents {
			return v
		}
	}
	return verdict{state: fedEvents}
}

// choose is verdict for the branches of a choice, one of which must be true.
func (f *feedAnalysis) choose(c *Choice, p *point, least auditpolicy.Level) verdict {
	for _, inner := range c.Branches {
		if !f.own(inner).relevant {
			return verdict{state: fedEvents}
		}
	}
	var out verdict
	for _, inner := range c.Branches {
		switch v := f.verdict(inner, p, least); {
		case v.state == fedEvents:
			return v
		case v.state == isStarved && out.state == impossible:
			out = v
		}
	}
	return out
}

// part are requests that the condition distinguishes by their labels, and what is wrong
// with them.
type part struct {
	label
	// starved says that there are no events of them that the rule can fire on, for the
	// cause.
	starved bool
	cause   cause
	points  []*point
}

// parts returns the requests of the condition by their labels, and the state of all of
// them together.
func (f *feedAnalysis) parts() ([]part, state) {
	var parts []part
	all := impossible
	index := map[label]int{}
	for _, pt := range f.points {
		v := f.verdict(f.condition.Root, pt, auditpolicy.None)
		all = max(all, v.state)
		if v.state == impossible || !pt.main {
			continue
		}
		i, known := index[pt.label]
		if !known {
			i = len(parts)
			index[pt.label] = i
			parts = append(parts, part{label: pt.label, starved: true, cause: v.cause})
		}
		parts[i].starved = parts[i].starved && v.state == isStarved
		parts[i].points = append(parts[i].points, pt)
	}
	return parts, all
}

// requests returns the requests of a point that a demand is about. It returns false if
// there are none.
func (f *feedAnalysis) requests(d *demand, p *point, n need) (*auditpolicy.Requests, bool) {
	var texts [numAttributes]auditpolicy.Texts
	for a, v := range d.values {
		if fixed := p.fixed[a]; fixed != nil {
			if !v.Has(*fixed) {
				return nil, false
			}
			texts[a] = auditpolicy.One(*fixed)
			continue
		}
		if v.set.IsFinite() && len(v.texts) == 0 {
			return nil, false
		}
		texts[a] = v
	}
	q := &auditpolicy.Requests{
		Users: texts[userAttribute], Verbs: texts[verbAttribute], Groups: texts[groupAttribute], Resources: texts[resourceAttribute],
		Subresources: texts[subresourceAttribute], Namespaces: texts[namespaceAttribute], Names: texts[nameAttribute],
	}
	if q.Verbs.Has("create") { // the name in the event can be that of the object
		q.Names = orNone{texts[nameAttribute]}
	}
	if fixed := p.fixed[resourceAttribute]; fixed != nil {
		q.OfResources = *fixed != ""
	} else {
		q.OfResources = d.values[resourceAttribute].anyValue()
	}
	q.OfPaths = n.level < auditpolicy.Request // the objects of other requests are not logged
	for a := groupAttribute; a <= nameAttribute; a++ {
		q.OfPaths = q.OfPaths && texts[a].Has("")
	}
	if uris, finite := d.values[uriAttribute].List(); finite {
		q.Paths = pathsOf(uris)
	}
	return q, q.OfResources || q.OfPaths
}

// orNone is a set of texts with the empty text.
type orNone struct{ auditpolicy.Texts }

func (o orNone) Has(text string) bool { return text == "" || o.Texts.Has(text) }

func (o orNone) List() ([]string, bool) {
	texts, finite := o.Texts.List()
	if finite && !slices.Contains(texts, "") {
		texts = append(slices.Clip(texts), "")
	}
	return texts, finite
}

// pathsOf returns the paths of URIs, or nil if one of them may have escape sequences.
func pathsOf(uris []string) auditpolicy.Texts {
	var paths textList
	for _, uri := range uris {
		path, _, _ := strings.Cut(uri, "?")
		if strings.Contains(path, "%") {
			return nil
		}
		paths = append(paths, path)
	}
	return paths
}

// textList is a set of texts.
type textList []string

func (t textList) Has(text string) bool   { return slices.Contains(t, text) }
func (t textList) List() ([]string, bool) { return t, true }

// deliver returns whether the policy logs events of requests as demanded.
func (f *feedAnalysis) deliver(q *auditpolicy.Requests, d *demand, n need) verdict {
	for _, rule := range f.policy.Rules {
		if !f.left.spend(rule.Size()) {
			return verdict{state: fedEvents}
		}
		extent := rule.Match(q)
		if extent == auditpolicy.Nothing {
			continue
		}
		c := withholds(rule, d, n)
		if c == nil {
			return verdict{state: fedEvents}
		}
		if extent == auditpolicy.All {
			return verdict{isStarved, *c}
		}
	}
	return verdict{isStarved, cause{level: n.level, at: n.at}}
}

// logsObjects reports whether all events of a branch have the object of the request, because all
// its requests send one, and the policy logs it. It leaves aside subresources that the condition
// does not name.
func (f *feedAnalysis) logsObjects(b *Branch) bool {
	d := f.demand(b)
	verbs, finite := d.values[verbAttribute].List()
	if !finite || slices.ContainsFunc(verbs, func(verb string) bool { return slices.Contains(withoutObject, verb) }) {
		return false
	}
	for _, pt := range f.points {
		if q, ok := f.requests(d, pt, d.need); ok && pt.main && f.logsMetadata(q, d) {
			return false
		}
	}
	return true
}

// logsMetadata reports whether the policy may log events of requests as demanded that have no
// object: those at level Metadata, and those from before the object is known.
func (f *feedAnalysis) logsMetadata(q *auditpolicy.Requests, d *demand) bool {
	for _, rule := range f.policy.Rules {
		if !f.left.spend(rule.Size()) {
			return true
		}
		extent := rule.Match(q)
		if extent == auditpolicy.Nothing {
			continue
		}
		early := d.values[stageAttribute].Has(auditpolicy.RequestReceived) && !d.need.answered && !slices.Contains(rule.OmitStages, auditpolicy.RequestReceived)
		if (rule.Level == auditpolicy.Metadata || early) && withholds(rule, d, d.need) == nil {
			return true
		}
		if extent == auditpolicy.All {
			return false
		}
	}
	return false
}

// narrow returns the rules of the policy that log events of a point for the condition only if
// they are from certain users or about certain namespaces or objects, and the cause why
// there are no others. It returns no rules if there are others.
func (f *feedAnalysis) narrow(p *point) (selecting []*auditpolicy.Rule, why cause) {
	d := f.demand(f.condition.Root)
	q, ok := f.requests(d, p, d.need)
	if !ok {
		return nil, cause{}
	}
	for _, rule := range f.policy.Rules {
		if !f.left.spend(rule.Size()) {
			return nil, cause{}
		}
		extent := rule.Match(q)
		if extent == auditpolicy.Nothing {
			continue
		}
		c := withholds(rule, d, d.need)
		switch {
		case c != nil && extent == auditpolicy.All:
			return selecting, *c
		case c != nil:
		case extent == auditpolicy.All || rule.Unselective().Match(q) != auditpolicy.All:
			return nil, cause{}
		default:
			selecting = append(selecting, rule)
		}
	}
	return selecting, cause{level: d.need.level, at: d.need.at}
}

// withholds returns what a rule of a policy withholds from a demand, or nil if nothing.
func withholds(rule *auditpolicy.Rule, d *demand, n need) *cause {
	c := &cause{rule: rule, level: n.level, at: n.at}
	if rule.Level == auditpolicy.None {
		return c
	}
	if rule.Level < n.level {
		c.kind = lowLevel
		return c
	}
	if !d.values[levelAttribute].Has(rule.Level.String()) {
		c.kind = otherLevel
		return c
	}
	var omitted []string
	for _, stage := range auditpolicy.Stages() {
		if !d.values[stageAttribute].Has(stage) || stage == auditpolicy.RequestReceived && n.answered {
			continue
		}
		if !slices.Contains(rule.OmitStages, stage) {
			omitted = nil
			break
		}
		omitted = append(omitted, stage)
	}
	switch {
	case len(omitted) > 0:
		c.kind, c.stages = omittedStage, omitted
	case n.managedFields && rule.OmitManagedFields:
		c.kind = omittedManagedFields
	default:
		return nil
	}
	return c
}

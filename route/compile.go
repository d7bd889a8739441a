package route

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/rulesfile"
)

// New compiles routes for the alerts of a ruleset that loaded, and of [HotRestartFailure].
// The templates are output templates over alerts and their events, whose texts the routes
// add to the alerts. The error is a [diag.List] with every independent error.
func New(set *loader.Ruleset, routes []*Route, templates ...rulesfile.Value) (*Router, error) {
	if err := Check(routes); err != nil {
		return nil, err
	}
	c := newCompiler(set, routes, templates)
	c.parse()
	c.compile()
	if len(c.errs) == 0 {
		c.plan()
	}
	if len(c.errs) > 0 {
		c.errs.Sort()
		return nil, c.errs
	}
	return c.router, nil
}

// compiler compiles routes.
type compiler struct {
	set    *loader.Ruleset
	rules  []*eval.Rule
	routes []*compiled
	texts  []rulesfile.Value // the templates
	// scopes are the event sources of the rules.
	scopes []*scope
	router *Router
	errs   diag.List
	seen   map[string]bool // errors, by position and message
	// files are those of the routes.
	files map[string]*rulesfile.File
}

// compiled is a route that is being compiled.
type compiled struct {
	*Route
	trace *loader.Trace // of the condition, or nil
	// redact has the names of the fields in Redact.
	redact []string
	// possible says that the condition can be true for the alerts of a rule, taken that the
	// alerts of a rule can get to the route and its condition can be true for them.
	possible, taken bool
}

// scope is an event source with the routes compiled for it.
type scope struct {
	own        *fieldsets.Source
	source     *fieldsets.Source // own with the fields of alerts and of other sources
	conditions *eval.Compiler
	templates  *eval.Compiler // nil if no route needs it
	checks     map[*ast.Check]*check
	// known says which references the source itself has. It saves searches for hints.
	known map[string]bool
	// constants are the checks of each route whose results the rule decides.
	constants map[*compiled][]*check
	by        map[*compiled]*eval.Template
	texts     []*eval.Template
	// residuals has what is left of conditions.
	residuals map[string]residual
}

// check is a check of a condition.
type check struct {
	// expr is the check with numbers instead of the names of priorities.
	expr *ast.Check
	// constant is the compiled check if the rule of an alert decides its result; else nil.
	constant *eval.Condition
	// holds is its result for the current rule.
	holds bool
}

func newCompiler(set *loader.Ruleset, routes []*Route, templates []rulesfile.Value) *compiler {
	c := &compiler{set: set, texts: templates, router: &Router{routes: routes, plans: map[*eval.Rule]*plan{}, used: map[diag.Range]bool{}}, seen: map[string]bool{}, files: map[string]*rulesfile.File{}}
	c.rules = append(slices.Clip(set.Engine.Rules()), HotRestartFailure)
	values := slices.Clone(templates)
	for _, r := range routes {
		c.routes = append(c.routes, &compiled{Route: r})
		values = append(append(values, r.When, r.Deduplicate.By), r.Redact...)
	}
	for _, v := range values {
		if v.Exists() {
			c.files[v.File().Name()] = v.File()
		}
	}
	for _, r := range c.rules {
		if c.scope(r.Source) == nil {
			c.addScope(r.Source)
		}
	}
	return c
}

func (c *compiler) scope(source string) *scope {
	for _, s := range c.scopes {
		if s.own.Name() == source {
			return s
		}
	}
	return nil
}

func (c *compiler) addScope(name string) {
	own := c.set.Source(name)
	if own == nil { // of an internal rule
		own = fieldsets.NewSource(name)
	}
	source := forConditions(own, c.set.Sources)
	s := &scope{
		own: own, source: source, conditions: eval.NewCompiler(source),
		checks: map[*ast.Check]*check{}, known: map[string]bool{}, constants: map[*compiled][]*check{}, by: map[*compiled]*eval.Template{}, residuals: map[string]residual{},
	}
	if len(c.texts) > 0 || slices.ContainsFunc(c.routes, func(r *compiled) bool { return r.Deduplicate.For > 0 }) {
		s.templates = eval.NewCompiler(forTemplates(own, c.set.Sources))
	}
	c.scopes = append(c.scopes, s)
}

// fail reports an error, once.
func (c *compiler) fail(d *diag.Diagnostic) {
	if d.Code == "" {
		d.Code = Invalid
	}
	id := fmt.Sprint(d.Range, d.Message)
	if c.seen[id] {
		return
	}
	c.seen[id] = true
	if f := c.files[d.Range.File]; f != nil {
		d.Line = f.Line(d.Range.Start.Line)
	} else {
		c.set.Locate(d) // in a macro
	}
	c.errs = append(c.errs, d)
}

func (c *compiler) failAt(at diag.Range, hint, format string, args ...any) {
	c.fail(&diag.Diagnostic{Range: at, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// parse parses the conditions and the fields.
func (c *compiler) parse() {
	var texts []rulesfile.Value
	var of []*compiled
	for _, r := range c.routes {
		if r.When.Exists() {
			texts, of = append(texts, r.When), append(of, r)
		}
		for _, v := range r.Redact {
			c.redact(r, v)
		}
	}
	traces, err := c.set.Conditions(texts)
	c.errs = append(c.errs, diag.Of(err)...)
	for i, r := range of {
		if r.trace = traces[i]; r.trace != nil {
			c.uses(r.trace)
		}
	}
}

// uses notes the macros and lists of a condition.
func (c *compiler) uses(t *loader.Trace) {
	for node := range t.Root().Checks() {
		for _, use := range node.Origin().Macros {
			c.router.used[use.Macro.NameAt] = true
		}
		for _, use := range node.Lists() {
			c.router.used[use.List.NameAt] = true
		}
	}
}

// redact adds a field to those that a route redacts.
func (c *compiler) redact(r *compiled, v rulesfile.Value) {
	name := v.Text()
	if is, _ := isAlertField(name); is {
		c.failAt(v.Range(), "redact the fields of the event; their values are then redacted in the output, too", "%s cannot be redacted", name)
		return
	}
	if _, _, err := c.scopes[0].source.Lookup(name); err != nil {
		c.fieldError(&diag.Diagnostic{Range: v.Range(), Message: err.Error(), Err: err})
		return
	}
	r.redact = append(r.redact, name)
}

// fieldError reports an error that may be about an unknown field.
func (c *compiler) fieldError(d *diag.Diagnostic) {
	var field *fieldsets.FieldError
	if errors.As(d.Err, &field) {
		if d.Hint = field.Hint; field.Unknown && !c.scopes[0].source.Has(field.Field) {
			d.Message = fmt.Sprintf("neither alerts nor events have a field %s", quote.Name(field.Field))
		}
	}
	c.fail(d)
}

// compile compiles the checks of conditions, each alone, and the templates.
func (c *compiler) compile() {
	for _, r := range c.routes {
		for _, s := range c.scopes {
			if r.trace != nil {
				for node, x := range r.trace.Root().Checks() {
					if known := c.check(s, node, x); known.constant != nil {
						s.constants[r] = append(s.constants[r], known)
					}
				}
			}
			if r.Deduplicate.For > 0 {
				s.by[r] = c.template(s, r.Deduplicate.By)
			}
		}
	}
	for _, s := range c.scopes {
		for _, v := range c.texts {
			s.texts = append(s.texts, c.template(s, v))
		}
	}
}

// template compiles an output template.
func (c *compiler) template(s *scope, v rulesfile.Value) *eval.Template {
	t, err := s.templates.Template(v.Text())
	for _, e := range diag.Of(err) {
		at := v.TextRange(e.Range.Start.Offset, e.Range.End.Offset)
		c.fieldError(&diag.Diagnostic{Range: at, Message: e.Message, Hint: e.Hint, Err: e})
	}
	return t
}

// check compiles a check of a condition.
func (c *compiler) check(s *scope, node loader.Node, x *ast.Check) *check {
	if known := s.checks[x]; known != nil {
		return known
	}
	known := &check{expr: x}
	s.checks[x] = known
	field, _ := x.Left.(*ast.Field)
	if field != nil && field.Arg == nil {
		switch field.Name {
		case priorityField:
			if known.expr = c.withNumbers(node, x); known.expr == nil {
				return known
			}
		case ruleField:
			c.names(node, x, "rule", c.ruleNames())
		case sourceField:
			c.names(node, x, "event source", c.sourceNames())
		}
	}
	compiled, err := s.conditions.Condition(known.expr)
	for _, e := range diag.Of(err) {
		n := eval.NodesOf(e).Node
		if n == ast.Node(known.expr) {
			n = x
		}
		c.fieldError(&diag.Diagnostic{Code: loader.ErrCompileCondition, Range: node.At(n).Range, Message: e.Message, Hint: e.Hint, Err: e})
	}
	if err == nil && s.isConstant(x) {
		known.constant = compiled
	}
	return known
}

// withNumbers replaces the names of priorities in a check by their numbers.
func (c *compiler) withNumbers(node loader.Node, x *ast.Check) *ast.Check {
	replaced := *x
	number := func(v *ast.Value) *ast.Value {
		p, ok := eval.ParsePriority(v.Text)
		if !ok {
			names := make([]string, 0, len(eval.Priorities()))
			for _, p := range eval.Priorities() {
				names = append(names, strings.ToUpper(p.String()))
			}
			hint := suggest.Hint(strings.ToUpper(v.Text), slices.Values(names))
			if hint == "" {
				hint = "the priorities are " + strings.Join(names, ", ")
			}
			c.fail(&diag.Diagnostic{Code: loader.ErrCompileCondition, Range: node.At(v).Range, Hint: hint, Message: fmt.Sprintf("%s is not a priority", quote.Text(v.Text))})
			return nil
		}
		out := *v
		out.Text = strconv.Itoa(int(p))
		return &out
	}
	switch right := x.Right.(type) {
	case *ast.Value:
		n := number(right)
		if n == nil {
			return nil
		}
		replaced.Right = n
	case *ast.List:
		list := *right
		list.Items = make([]*ast.Value, len(right.Items))
		for i, v := range right.Items {
			if list.Items[i] = number(v); list.Items[i] == nil {
				return nil
			}
		}
		replaced.Right = &list
	}
	return &replaced
}

// names reports values that are not among the known names, in a check that compares names.
func (c *compiler) names(node loader.Node, x *ast.Check, what string, names iter.Seq[string]) {
	switch x.Op {
	case ast.OpEq, ast.OpEqEq, ast.OpNe, ast.OpIn, ast.OpIntersects:
	default:
		return
	}
	for _, v := range x.Values() {
		known := false
		for name := range names {
			known = known || name == v.Text
		}
		if !known {
			c.fail(&diag.Diagnostic{Code: loader.ErrCompileCondition, Range: node.At(v).Range, Hint: suggest.Hint(v.Text, names), Message: fmt.Sprintf("there is no %s %s", what, quote.Text(v.Text))})
		}
	}
}

func (c *compiler) ruleNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, r := range c.rules {
			if !yield(r.Name) {
				return
			}
		}
	}
}

func (c *compiler) sourceNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, s := range c.set.Sources {
			if !yield(s.Name()) {
				return
			}
		}
		for _, s := range c.scopes {
			if !yield(s.own.Name()) {
				return
			}
		}
	}
}

// isConstant reports whether the rule of an alert decides a check: whether all fields are
// those of rules, or of other event sources.
func (s *scope) isConstant(x *ast.Check) bool {
	constant := true
	ast.Inspect(x, func(n ast.Node) bool {
		if f, ok := n.(*ast.Field); ok {
			is, ofRule := isAlertField(f.Name)
			constant = constant && (ofRule || !is && !s.has(reference(f)))
		}
		return constant
	})
	return constant
}

// has reports whether the source itself has the field of a reference.
func (s *scope) has(text string) bool {
	known, ok := s.known[text]
	if !ok {
		known = !isUnknown(s.own, text)
		s.known[text] = known
	}
	return known
}

// reference returns the text of a field reference.
func reference(f *ast.Field) string {
	if f.Arg == nil {
		return f.Name
	}
	return f.Name + "[" + f.Arg.Text + "]"
}

// plan finds the routes that the alerts of each rule can take.
func (c *compiler) plan() {
	var e eval.Evaluator
	for _, rule := range c.rules {
		s := c.scope(rule.Source)
		e.SetEvent(&fieldsets.Event{Source: rule.Source, Data: &Alert{Match: eval.Match{Rule: rule}}})
		for _, x := range s.checks {
			if x.constant != nil {
				x.holds = e.Holds(x.constant)
			}
		}
		c.router.plans[rule] = c.planOf(rule, s)
	}
	for i, r := range c.routes {
		if !r.taken {
			c.neverTaken(i, r)
		}
	}
	for _, s := range c.scopes {
		for _, res := range s.residuals {
			c.router.sequential = c.router.sequential || res.condition != nil && res.condition.Sequential()
		}
	}
}

func (c *compiler) planOf(rule *eval.Rule, s *scope) *plan {
	p := &plan{}
	redacted := map[string]*eval.Rule{"": rule}
	done := map[*eval.Condition]bool{}
	ended := false
	for i, r := range c.routes {
		res := s.residual(i, r)
		if res.never {
			continue
		}
		r.possible = true
		if ended || done[res.condition] {
			continue // an earlier route takes all of these alerts
		}
		r.taken = true
		p.steps = append(p.steps, step{r.Route, res.condition, s.by[r], r.texts(s), r.redacted(rule, redacted)})
		if !r.Continue {
			done[res.condition] = true
			ended = res.condition == nil
		}
	}
	return p
}

// redacted returns a rule whose output leaves out what the route redacts.
func (r *compiled) redacted(rule *eval.Rule, known map[string]*eval.Rule) *eval.Rule {
	id := strings.Join(r.redact, "\n")
	if known[id] == nil {
		known[id] = rule
		if rule.Output != nil {
			if output := rule.Output.Redacted(r.redacts, Redacted); output != rule.Output {
				changed := *rule
				changed.Output = output
				known[id] = &changed
			}
		}
	}
	return known[id]
}

// texts returns the templates of alerts without what the route redacts.
func (r *compiled) texts(s *scope) []*eval.Template {
	if len(r.redact) == 0 {
		return s.texts
	}
	out := make([]*eval.Template, len(s.texts))
	for i, t := range s.texts {
		out[i] = t.Redacted(r.redacts, Redacted)
	}
	return out
}

// redacts reports whether the route redacts a field.
func (r *compiled) redacts(name string) bool {
	return slices.ContainsFunc(r.redact, func(field string) bool {
		rest, ok := strings.CutPrefix(name, field)
		return ok && (rest == "" || rest[0] == '[' || rest[0] == '.')
	})
}

// residual is what is left of a condition when the rule is known. It is never or always true,
// or has a condition.
type residual struct {
	never     bool
	condition *eval.Condition
}

// residual returns what is left of the condition of the i-th route for the current rule.
func (s *scope) residual(i int, r *compiled) residual {
	if r.trace == nil {
		return residual{}
	}
	results := strconv.AppendInt(nil, int64(i), 10)
	for _, x := range s.constants[r] {
		results = strconv.AppendBool(results, x.holds)
	}
	known, ok := s.residuals[string(results)]
	if !ok {
		x, holds := s.simplify(r.trace.Root().Expr)
		known.never = x == nil && !holds
		if x != nil {
			known.condition, _ = s.conditions.Condition(x) // its checks have been compiled
		}
		s.residuals[string(results)] = known
	}
	return known
}

// simplify returns what is left of an expression for the current rule, or nil and its
// result.
func (s *scope) simplify(x ast.Expr) (left ast.Expr, holds bool) {
	switch x := x.(type) {
	case *ast.And:
		return s.operands(x.Operands, false, func(xs []ast.Expr) ast.Expr { return &ast.And{Span: x.Span, Operands: xs} })
	case *ast.Or:
		return s.operands(x.Operands, true, func(xs []ast.Expr) ast.Expr { return &ast.Or{Span: x.Span, Operands: xs} })
	case *ast.Not:
		operand, holds := s.simplify(x.Operand)
		if operand == nil {
			return nil, !holds
		}
		return &ast.Not{Span: x.Span, Operand: operand}, false
	case *ast.Check:
		c := s.checks[x]
		if c.constant == nil {
			return c.expr, false
		}
		return nil, c.holds
	}
	return nil, false // there are no others in a condition without errors
}

// operands simplifies the operands of an and or an or, whose result is ends as soon as that
// of one operand is.
func (s *scope) operands(operands []ast.Expr, ends bool, join func([]ast.Expr) ast.Expr) (ast.Expr, bool) {
	var left []ast.Expr
	for _, o := range operands {
		switch x, holds := s.simplify(o); {
		case x != nil:
			left = append(left, x)
		case holds == ends:
			return nil, ends
		}
	}
	switch len(left) {
	case 0:
		return nil, !ends
	case 1:
		return left[0], false
	}
	return join(left), false
}

// neverTaken reports a route that no alert takes.
func (c *compiler) neverTaken(i int, r *compiled) {
	at := r.At
	if r.When.Exists() {
		at = r.When.Range()
	}
	last := i == len(c.routes)-1
	switch {
	case last && !slices.ContainsFunc(c.routes[:i], func(r *compiled) bool { return r.trace == nil && !r.Continue }):
		return // it is required
	case r.possible || r.trace == nil:
		c.failAt(at, "move it up, or remove it", "no alert gets to route %s: earlier routes take all alerts that it could take", quote.Name(r.Name))
	default:
		c.failAt(at, c.whyNever(r), "route %s can never match: its condition is false for the alerts of all rules", quote.Name(r.Name))
	}
}

// whyNever returns a hint about a condition that is always false.
func (c *compiler) whyNever(r *compiled) string {
	var tags []string
	for _, rule := range c.rules {
		tags = append(tags, rule.Tags...)
	}
	for _, x := range r.trace.Root().Checks() {
		field, _ := x.Left.(*ast.Field)
		switch {
		case field == nil:
		case field.Name == tagsField && x.Op != ast.OpExists:
			for _, v := range x.Values() {
				if !slices.Contains(tags, v.Text) {
					hint := fmt.Sprintf("no rule has the tag %s", quote.Text(v.Text))
					if meant := suggest.Nearest(v.Text, slices.Values(tags)); meant != "" {
						hint += "; did you mean " + meant + "?"
					}
					return hint
				}
			}
		default:
			if sources := c.sourcesOf(reference(field)); len(sources) > 0 && c.scope(sources[0]) == nil {
				return fmt.Sprintf("%s is a field of source %s, but no rule of that source is loaded", field.Name, strings.Join(sources, ", "))
			}
		}
	}
	return ""
}

// sourcesOf returns the event sources that have a field, first those of the rules.
func (c *compiler) sourcesOf(text string) []string {
	var used, unused []string
	for _, s := range c.set.Sources {
		switch {
		case isUnknown(s, text):
		case c.scope(s.Name()) != nil:
			used = append(used, s.Name())
		default:
			unused = append(unused, s.Name())
		}
	}
	return append(used, unused...)
}

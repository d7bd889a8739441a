package eval

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
)

// compiler compiles one condition into a program and collects its errors.
type compiler struct {
	*program
	errs diag.List
}

// compile adds the nodes of a condition and returns its root.
func (p *program) compile(x ast.Expr) (*node, diag.List) {
	c := &compiler{program: p}
	root := c.expr(x)
	return root, c.errs
}

// maxErrors limits the errors that are reported for one condition.
const maxErrors = 100

// expr returns the node of x, or nil after an error. Results are cached, because the
// tree of a macro is part of many conditions and can occur many times in one.
func (c *compiler) expr(x ast.Expr) *node {
	if n, ok := c.compiled[x]; ok {
		return n
	}
	if errs, ok := c.failed[x]; ok {
		for _, e := range errs {
			if !slices.Contains(c.errs, e) {
				c.errs = append(c.errs, e)
			}
		}
		return nil
	}
	before := len(c.errs)
	if before >= maxErrors {
		return nil
	}
	var n *node
	switch x := x.(type) {
	case *ast.And:
		n = c.logic(andNode, x.Operands...)
	case *ast.Or:
		n = c.logic(orNode, x.Operands...)
	case *ast.Not:
		n = c.logic(notNode, x.Operand)
	case *ast.Check:
		n = c.check(x)
	case *ast.MacroRef:
		c.errs = append(c.errs, compileError(x, fmt.Errorf("Undefined macro '%s' used in filter.", x.Name))) //nolint:revive,staticcheck // Falco's words, which people search for
	default: // the zero Expr
		c.errs = append(c.errs, &diag.Diagnostic{Message: "a part of the condition is missing"})
		return nil
	}
	if len(c.errs) > before {
		c.failed[x] = slices.Clone(c.errs[before:])
		return nil
	}
	c.compiled[x] = n
	return n
}

func (c *compiler) logic(kind nodeKind, operands ...ast.Expr) *node {
	children := make([]*node, len(operands))
	complete := true
	for i, o := range operands {
		children[i] = c.expr(o)
		complete = complete && children[i] != nil
	}
	if !complete {
		return nil
	}
	return c.intern(logicKey(kind, children), node{kind: kind, children: children})
}

// logicKey returns the key of an and, or or not of the given nodes.
func logicKey(kind nodeKind, children []*node) string {
	key := strconv.AppendInt(nil, int64(kind), 10)
	for _, child := range children {
		key = strconv.AppendInt(append(key, ','), int64(child.id), 10)
	}
	return string(key)
}

// intern returns the node with the given key, which is n if the key is new.
func (p *program) intern(key string, n node) *node {
	known := p.byKey[key]
	if known == nil {
		known = p.addNode(n)
		p.byKey[key] = known
	}
	return known
}

// addNode adds a node. Its children have been added before.
func (p *program) addNode(n node) *node {
	n.id = len(p.nodes)
	p.nodes = append(p.nodes, &n)
	return &n
}

// check compiles a check. If there are several mistakes, it reports the one that Falco
// reports.
func (c *compiler) check(x *ast.Check) *node {
	n, err := c.program.check(x)
	if err != nil {
		if n := NodesOf(err).Node; n.Range().Start != x.Start {
			err.Extra = Nodes{Falco: x, Node: n}
		}
		c.errs = append(c.errs, err)
	}
	return n
}

func (p *program) check(x *ast.Check) (*node, *diag.Diagnostic) {
	left, err := p.operand(x.Left)
	if err != nil {
		return nil, err
	}
	left = p.compared(left)
	var key strings.Builder
	fmt.Fprintf(&key, "c%d %s %s", left, x.Op, x.Modifier)
	if x.Op == ast.OpExists {
		return p.intern(key.String(), node{kind: checkNode, check: func(f *frame) bool { return f.has(left) }}), nil
	}
	s := p.slots[left]
	op, _ := ast.LookupOperator(x.Op) // the parser accepts no others
	if msg := notComparable(op, s); msg != "" {
		err := compileError(x, errors.New(msg))
		err.Hint = p.operatorHint(op, s)
		return nil, err
	}
	if t, ok := x.Right.(*ast.Transform); ok {
		right, err := p.rightSide(t)
		if err != nil {
			return nil, err
		}
		if msg := notComparableWith(op, s, p.slots[right]); msg != "" {
			return nil, compileError(x, errors.New(msg))
		}
		fmt.Fprintf(&key, " field %d", right)
		return p.intern(key.String(), node{kind: checkNode, check: p.compareSlots(x.Op, left, right)}), nil
	}
	constants := x.Values()
	for _, v := range constants {
		key.WriteString(" " + strconv.Quote(v.Text))
	}
	if known := p.byKey[key.String()]; known != nil {
		return known, nil
	}
	if x.Op == ast.OpRegex {
		if err := p.addRegexes(constants); err != nil {
			return nil, err
		}
	}
	one, some, err := compare(x, s, constants)
	if err != nil {
		if v, ok := NodesOf(err).Node.(*ast.Value); ok && err.Hint == "" {
			err.Hint = p.constantHint(x, s, v.Text)
		}
		return nil, err
	}
	n := node{kind: valueNode, slot: left, test: one, cheap: !searches(x.Op)}
	switch {
	case some != nil:
		n = node{kind: checkNode, check: func(f *frame) bool {
			return f.has(left) && some(f.values(left))
		}}
	case s.typ.Kind() == ast.KindText && (x.Op == ast.OpEq || x.Op == ast.OpEqEq) && x.Modifier == ast.NoModifier:
		n = node{kind: textNode, slot: left, text: constants[0].Text, cheap: true}
	}
	known := p.intern(key.String(), n)
	if e, ok := equalityOf(x, left, constants); ok {
		p.equalities[known] = e
	}
	return known, nil
}

// searches reports whether evaluating op takes time proportional to the length of the
// value.
func searches(op ast.Operator) bool {
	switch op {
	case ast.OpContains, ast.OpIContains, ast.OpBContains, ast.OpGlob, ast.OpIGlob, ast.OpPMatch, ast.OpRegex:
		return true
	}
	return false
}

// rightSide returns the slot of a transformer on the right side of an operator.
func (p *program) rightSide(t *ast.Transform) (int, *diag.Diagnostic) {
	if t.Name != ast.Val {
		return p.operand(t)
	}
	id, err := p.operand(t.Args[0].(*ast.Field))
	if err == nil && t.Arg != nil {
		err = compileError(t, errors.New("val(…) accepts no argument in brackets"))
	}
	return id, err
}

// compareSlots returns the check that compares two slots.
//
// If the left one is a transformer with several arguments, Falco neither compares the
// types nor reads the right side. Set operators then search an empty set. Other operators
// would read invalid memory; here, they compare the values if the types are equal.
func (p *program) compareSlots(op ast.Operator, left, right int) func(*frame) bool {
	l, r := p.slots[left], p.slots[right]
	test := compareFields(op, l)
	switch set := op == ast.OpIn || op == ast.OpIntersects; {
	case l.multi && op == ast.OpIn && l.list:
		return func(f *frame) bool { return f.has(left) && len(f.values(left)) == 0 }
	case l.multi && (set || l.typ != r.typ || l.list != r.list):
		return func(*frame) bool { return false }
	}
	return func(f *frame) bool { return f.has(left) && f.has(right) && test(f.values(left), f.values(right)) }
}

// notComparableWith returns why two slots cannot be compared, or "" if they can.
func notComparableWith(op ast.OperatorInfo, l, r slot) string {
	switch {
	case !op.Fields:
		return fmt.Sprintf("%s accepts only values on its right side, not fields", op.Op)
	case l.typ == fieldsets.IPNet:
		return fmt.Sprintf("%s can be compared only with networks, and no field has networks", l.name)
	case l.base != nil && l.base.NoRightSide:
		return fmt.Sprintf("%s can be compared only with values, not with fields", l.name)
	case r.base != nil && r.base.NoRightSide:
		return fmt.Sprintf("%s cannot be used on the right side of an operator", r.name)
	case !l.multi && (l.typ != r.typ || l.list != r.list):
		return fmt.Sprintf("%s (%s) and %s (%s) cannot be compared: their types differ", l.name, l.describeType(), r.name, r.describeType())
	case l.field != nil && l.field.EventType && selectsEventTypes(op.Op):
		return fmt.Sprintf("%s %s accepts only values on its right side: Falco needs to know the event types of the rule", l.name, op.Op)
	}
	return ""
}

// selectsEventTypes reports whether Falco derives the event types of a rule from checks
// with op. If such a check has a field on its right side, Falco ends without a result, so
// it is rejected here.
func selectsEventTypes(op ast.Operator) bool {
	return op == ast.OpEq || op == ast.OpEqEq || op == ast.OpNe || op == ast.OpIn
}

// slot is a value of events: that of a field with its argument, or of a transformer over
// other slots. Equal operands share a slot.
type slot struct {
	// name is the operand's canonical text.
	name string
	// typ is the type of the value, or of each value if list is true.
	typ  fieldsets.Type
	list bool
	// several is true if conditions compare any number of values at once; see
	// [fieldsets.Match].
	several bool
	// field is the field of a slot without transformers, for printing.
	field *fieldsets.Field
	// base is the field that the slot has after removing transformers with one argument,
	// or nil if something else is left. multi is true if a transformer with several
	// arguments is left. origin is the type of what is left, which is the type that Falco
	// checks if the slot is an argument of a transformer with several arguments.
	base   *fieldsets.Field
	multi  bool
	origin kind
	// silent is true if Falco cannot print the value.
	silent bool
	// extract reads the values of a field, and fill computes those of a transformer. One
	// of them is set.
	extract fieldsets.Extractor
	fill    func(f *frame, out *fieldsets.Values)
}

// kind is a type, or the type of the elements of a list.
type kind struct {
	typ  fieldsets.Type
	list bool
}

// describe describes the values of a slot by their kind, or else by their type.
func (s slot) describe() string {
	kind := s.typ.Kind().String()
	if s.typ.Kind() == ast.KindOther {
		kind = "of type " + s.typ.String()
	}
	if s.list {
		return "a list (" + kind + ")"
	}
	return kind
}

// describeType describes the values of a slot by their type.
func (s slot) describeType() string {
	if s.list {
		return "a list of " + s.typ.String()
	}
	return s.typ.String()
}

// operand returns the slot of an operand.
func (p *program) operand(op ast.Operand) (int, *diag.Diagnostic) {
	if t, ok := op.(*ast.Transform); ok {
		return p.transform(t)
	}
	ref := op.(*ast.Field)
	key := "f" + ref.Name
	if ref.Arg != nil {
		key += "[" + ref.Arg.Text
	}
	if id, ok := p.slotIDs[key]; ok {
		return id, nil
	}
	field, extract, err := p.source.Resolve(ref)
	if err != nil {
		return 0, compileError(ref, err)
	}
	return p.addSlot(key, fieldSlot(ref, field, extract)), nil
}

// fieldSlot returns the slot of a field.
func fieldSlot(ref *ast.Field, field *fieldsets.Field, extract fieldsets.Extractor) slot {
	return slot{
		name: ast.String(ref), typ: field.Type, list: field.List, field: field,
		base: field, origin: kind{field.Type, field.List},
		extract: extract,
	}
}

// compared returns the slot that conditions compare when they refer to slot id.
func (p *program) compared(id int) int {
	s := p.slots[id]
	if s.field == nil || s.field.ConditionValue == nil && s.field.Match == fieldsets.MatchOne {
		return id
	}
	key := "m" + strconv.Itoa(id)
	if id, ok := p.slotIDs[key]; ok {
		return id
	}
	if s.field.ConditionValue != nil {
		s.extract = s.field.ConditionValue
	}
	s.several = s.field.Match != fieldsets.MatchOne
	return p.addSlot(key, s)
}

func (p *program) addSlot(key string, s slot) int {
	id := len(p.slots)
	p.slots = append(p.slots, s)
	p.slotIDs[key] = id
	return id
}

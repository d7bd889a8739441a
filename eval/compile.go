package eval

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
)

// compiler compiles one condition into a program and gathers its errors.
type compiler struct {
	*program
	errs CompileErrors
}

// compile adds the nodes of a condition and returns its root.
func (p *program) compile(x ast.Expr) (int, CompileErrors) {
	c := &compiler{program: p}
	root := c.expr(x)
	return root, c.errs
}

func (c *compiler) fail(n ast.Node, format string, args ...any) {
	c.errs = append(c.errs, &CompileError{n, fmt.Errorf(format, args...)})
}

// expr returns the node of x. A macro's tree hangs in many conditions, and many
// times in one, so that what came of a tree is remembered.
func (c *compiler) expr(x ast.Expr) int {
	if id, ok := c.compiled[x]; ok {
		return id
	}
	if errs, ok := c.failed[x]; ok {
		for _, e := range errs {
			if !slices.Contains(c.errs, e) {
				c.errs = append(c.errs, e)
			}
		}
		return 0
	}
	before := len(c.errs)
	id := 0
	switch x := x.(type) {
	case *ast.And:
		id = c.logic(andNode, x.Operands...)
	case *ast.Or:
		id = c.logic(orNode, x.Operands...)
	case *ast.Not:
		id = c.logic(notNode, x.Operand)
	case *ast.Check:
		id = c.check(x)
	default:
		panic(fmt.Sprintf("eval: a %T in a condition", x))
	}
	if len(c.errs) > before {
		c.failed[x] = slices.Clone(c.errs[before:])
		return 0
	}
	c.compiled[x] = id
	return id
}

func (c *compiler) logic(kind nodeKind, operands ...ast.Expr) int {
	kids := make([]int, len(operands))
	var key strings.Builder
	fmt.Fprint(&key, kind)
	for i, o := range operands {
		kids[i] = c.expr(o)
		fmt.Fprint(&key, ",", kids[i])
	}
	return c.intern(key.String(), node{kind: kind, kids: kids})
}

// intern returns the node of that key, new or known.
func (p *program) intern(key string, n node) int {
	id, ok := p.nodeIDs[key]
	if !ok {
		id = len(p.nodes)
		p.nodes = append(p.nodes, n)
		p.nodeIDs[key] = id
	}
	return id
}

// check compiles a check. After an error it returns no useful node.
func (c *compiler) check(x *ast.Check) int {
	left, err := c.operand(x.Left)
	if err != nil {
		c.errs = append(c.errs, err)
		return 0
	}
	var key strings.Builder
	fmt.Fprintf(&key, "c%d %s %s", left, x.Op, x.Modifier)
	if x.Op == ast.OpExists {
		return c.intern(key.String(), node{kind: checkNode, check: func(f *frame) bool { return len(f.values(left)) > 0 }})
	}
	op, _ := ast.LookupOperator(x.Op) // the parser knows no others
	if msg := notComparable(op, c.slots[left]); msg != "" {
		c.errs = append(c.errs, &CompileError{x, errors.New(msg)})
		return 0
	}
	if t, ok := x.Right.(*ast.Transform); ok {
		return c.fieldCheck(x, op, t, left, &key)
	}
	constants := constantsOf(x.Right)
	for _, v := range constants {
		key.WriteString(" " + strconv.Quote(v.Text))
	}
	test, err := compare(x, c.slots[left], constants)
	if err != nil {
		c.errs = append(c.errs, err)
		return 0
	}
	return c.intern(key.String(), node{kind: checkNode, check: func(f *frame) bool {
		values := f.values(left)
		return len(values) > 0 && test(values)
	}})
}

// constantsOf returns the constants on the right of a check.
func constantsOf(right ast.Node) []*ast.Value {
	switch right := right.(type) {
	case *ast.Value:
		return []*ast.Value{right}
	case *ast.List:
		return right.Items
	}
	return nil
}

// fieldCheck compiles a check of two fields.
func (c *compiler) fieldCheck(x *ast.Check, op ast.OperatorInfo, t *ast.Transform, left int, key *strings.Builder) int {
	right, err := c.rightSide(t)
	if err != nil {
		c.errs = append(c.errs, err)
		return 0
	}
	l, r := c.slots[left], c.slots[right]
	switch {
	case !op.Fields:
		c.fail(x, "%s takes constants only, no field on its right", x.Op)
		return 0
	case l.typ != r.typ || l.list != r.list:
		c.fail(x, "%s is %s and %s is %s: only like can be compared with like", l.name, l.describe(), r.name, r.describe())
		return 0
	}
	fmt.Fprintf(key, " field %d", right)
	test := compareFields(x.Op, l)
	return c.intern(key.String(), node{kind: checkNode, check: func(f *frame) bool {
		lv, rv := f.values(left), f.values(right)
		return len(lv) > 0 && len(rv) > 0 && test(lv, rv)
	}})
}

func (c *compiler) rightSide(t *ast.Transform) (int, *CompileError) {
	if t.Name == ast.Val {
		if t.Arg != nil {
			return 0, &CompileError{t, errors.New("val(…) takes no argument in brackets")}
		}
		return c.operand(t.Args[0].(*ast.Field))
	}
	return c.operand(t)
}

// slot is a value that an event has: of a field with its argument, or of a
// transformer over other slots. Equal operands share a slot.
type slot struct {
	// name is the operand's canonical text.
	name string
	// typ and list are the type of what fill gives.
	typ  fieldsets.Type
	list bool
	// field is the field of a slot without transformers, for printing.
	field *fieldsets.Field
	// fill adds the values of the frame's event.
	fill func(f *frame, out *fieldsets.Values)
}

func (s slot) describe() string {
	if s.list {
		return "a list (" + s.typ.Kind().String() + ")"
	}
	return s.typ.Kind().String()
}

// operand returns the slot of an operand.
func (p *program) operand(op ast.Operand) (int, *CompileError) {
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
		return 0, &CompileError{ref, err}
	}
	return p.addSlot(key, slot{
		name: ast.String(ref), typ: field.Type, list: field.List, field: field,
		fill: func(f *frame, out *fieldsets.Values) { extract(f.event, out) },
	}), nil
}

func (p *program) addSlot(key string, s slot) int {
	id := len(p.slots)
	p.slots = append(p.slots, s)
	p.slotIDs[key] = id
	return id
}

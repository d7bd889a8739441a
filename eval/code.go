package eval

import "slices"

// instruction is a check in the code of a condition, with the instructions that come
// next if it is true and if it is false. These jumps take the place of and, or and not.
type instruction struct {
	op opcode
	// arg is the slot of a textOp or a valueOp, and the number of a sharedOp's node.
	arg int32
	// body is where the code of a sharedOp's node starts.
	body int32
	// yes and no are the next instructions, or accept or reject.
	yes, no int32
	check   func(*frame) bool // of a checkOp
	test    testOne           // of a valueOp
	text    string            // of a textOp
}

// opcode says how an instruction is evaluated.
type opcode uint8

const (
	// checkOp calls check.
	checkOp opcode = iota
	// valueOp calls test with the only value of a slot.
	valueOp
	// textOp compares the only value of a slot with a text.
	textOp
	// sharedOp runs the code of a node, unless that was done for this event.
	sharedOp
)

// Jumps that end the code of a condition.
const (
	accept int32 = -1
	reject int32 = -2
)

// coder generates the code of a program's nodes.
type coder struct {
	*program
	bodies map[*node]int32
}

func newCoder(p *program) *coder { return &coder{p, map[*node]int32{}} }

// entry returns where the code of a node starts.
func (c *coder) entry(n *node) int32 {
	if n.shared {
		return c.generate(n, accept, reject)
	}
	return c.body(n)
}

// body returns where the code of a node starts that evaluates it, even if it is shared.
func (c *coder) body(n *node) int32 {
	start, ok := c.bodies[n]
	if !ok {
		start = c.inline(n, accept, reject)
		c.bodies[n] = start
	}
	return start
}

// generate adds the code of a node that goes on at yes or no, and returns where it
// starts. It works backwards, since a jump needs to know where it leads.
func (c *coder) generate(n *node, yes, no int32) int32 {
	if n.shared {
		return c.add(instruction{op: sharedOp, arg: int32(n.id), body: c.body(n), yes: yes, no: no})
	}
	return c.inline(n, yes, no)
}

// inline is generate for code that evaluates the node, even if it is shared.
func (c *coder) inline(n *node, yes, no int32) int32 {
	switch n.kind {
	case trueNode:
		return yes
	case notNode:
		return c.generate(n.children[0], no, yes)
	case andNode:
		for _, child := range slices.Backward(n.children) {
			yes = c.generate(child, yes, no)
		}
		return yes
	case orNode:
		for _, child := range slices.Backward(n.children) {
			no = c.generate(child, yes, no)
		}
		return no
	case textNode:
		return c.add(instruction{op: textOp, arg: int32(n.slot), text: n.text, yes: yes, no: no})
	case valueNode:
		return c.add(instruction{op: valueOp, arg: int32(n.slot), test: n.test, yes: yes, no: no})
	}
	return c.add(instruction{op: checkOp, check: n.check, yes: yes, no: no})
}

func (c *coder) add(in instruction) int32 {
	c.code = append(c.code, in)
	return int32(len(c.code) - 1)
}

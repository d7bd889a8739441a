package eval

import "slices"

// instruction is a check in the code of a condition, with the instructions that come
// next if it is true and if it is false. These jumps take the place of and, or and not.
type instruction struct {
	op opcode
	// arg is the slot of a textOp or a valueOp, and the number of a sharedOp's node.
	arg int32
	// yes and no are the next instructions.
	yes, no *instruction
	body    *instruction      // of a sharedOp: the code of its node
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

// accept and reject end the code of a condition. They are not evaluated.
var accept, reject instruction

// coder generates the code of nodes. It has the code that body returned for each node.
type coder map[*node]*instruction

// entry returns the code of a node.
func (c coder) entry(n *node) *instruction {
	if n.shared {
		return c.generate(n, &accept, &reject)
	}
	return c.body(n)
}

// body returns the code of a node that evaluates it, even if it is shared.
func (c coder) body(n *node) *instruction {
	code := c[n]
	if code == nil {
		code = c.inline(n, &accept, &reject)
		c[n] = code
	}
	return code
}

// generate returns the code of a node that goes on with yes or no.
func (c coder) generate(n *node, yes, no *instruction) *instruction {
	if n.shared {
		return &instruction{op: sharedOp, arg: int32(n.id), body: c.body(n), yes: yes, no: no}
	}
	return c.inline(n, yes, no)
}

// inline is generate for code that evaluates the node, even if it is shared.
func (c coder) inline(n *node, yes, no *instruction) *instruction {
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
		return &instruction{op: textOp, arg: int32(n.slot), text: n.text, yes: yes, no: no}
	case valueNode:
		return &instruction{op: valueOp, arg: int32(n.slot), test: n.test, yes: yes, no: no}
	}
	return &instruction{op: checkOp, check: n.check, yes: yes, no: no}
}

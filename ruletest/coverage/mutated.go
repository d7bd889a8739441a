package coverage

import "github.com/falcorules/falcorules/ast"

// original is a truth table with the values of the unchanged conditions.
type original struct {
	*truthTable
	values bitsets
	// twice has, for each and, the events on which two or more operands are false, and
	// for each or, those on which two or more are true. With it, a change of one
	// operand can be evaluated without the others, of which there may be many.
	twice bitsets
	firing
}

// mutated is a truth table with the edits of a mutant.
type mutated struct {
	*original
	edits map[ast.Expr]ast.Expr
	// dirty are the parts whose values may change, and children has their dirty
	// operands.
	dirty    map[ast.Expr]bool
	children map[ast.Expr][]ast.Expr
	changed  bitsets // the values of dirty parts
}

// mutate returns the table with edits, or nil if it has none of the edited parts.
func (b *original) mutate(edits map[ast.Expr]ast.Expr) *mutated {
	c := &mutated{original: b, edits: edits, dirty: map[ast.Expr]bool{}, children: map[ast.Expr][]ast.Expr{}, changed: bitsets{}}
	for part := range edits {
		if b.has(part) {
			c.markDirty(part)
		}
	}
	if len(c.dirty) == 0 {
		return nil
	}
	return c
}

// markDirty marks a part and all that depends on it.
func (c *mutated) markDirty(x ast.Expr) {
	for !c.dirty[x] {
		c.dirty[x] = true
		in := c.parents[x]
		if in == nil {
			for _, use := range c.uses[c.owners[x]] {
				c.markDirty(use)
			}
			return
		}
		c.children[in] = append(c.children[in], x)
		x = in
	}
}

// of returns the value of a part.
func (c *mutated) of(x ast.Expr) bitset {
	if !c.dirty[x] {
		return c.values[x]
	}
	v, ok := c.changed[x]
	if !ok {
		v = c.evaluatePart(x)
		c.changed[x] = v
	}
	return v
}

// evaluatePart returns the value of a dirty part.
func (c *mutated) evaluatePart(x ast.Expr) bitset {
	with, edited := c.edits[x]
	children := c.children[x]
	switch {
	case edited:
		return c.replacement(with)
	case len(children) != 1:
		return c.compute(x, c.of)
	}
	before, after := c.values[children[0]], c.of(children[0])
	switch x.(type) {
	case *ast.And: // if it is false and the operand was not, another operand is
		falsified := ones(len(before)).andNot(c.values[x]).and(before).or(c.twice[x])
		return after.clone().andNot(falsified)
	case *ast.Or: // if it is true and the operand was not, another operand is
		return c.values[x].clone().andNot(before).or(c.twice[x]).or(after)
	}
	return c.compute(x, c.of)
}

// replacement returns the value of a replacement, which consists of unchanged parts.
func (c *mutated) replacement(x ast.Expr) bitset {
	of := func(child ast.Expr) bitset { return c.values[child] }
	if v := of(x); v != nil {
		return v
	}
	return c.compute(x, of)
}

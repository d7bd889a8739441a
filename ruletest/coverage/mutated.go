package coverage

import "github.com/falcorules/falcorules/ast"

// unchanged is a truthTable as it is, for changes of it.
type unchanged struct {
	*truthTable
	values bitsets
	// twice has, of each and, the events that two operands or more are false of, and
	// of each or those that two or more are true of. So a change of one operand needs
	// no look at the others, of which there may be many.
	twice bitsets
	firing
}

// mutated is a truthTable with the edits of a mutant.
type mutated struct {
	*unchanged
	edits map[ast.Expr]ast.Expr
	// dirty are the parts that an edit may change, children those of their operands that
	// are, made their values.
	dirty    map[ast.Expr]bool
	children map[ast.Expr][]ast.Expr
	made     bitsets
}

// change returns the truthTable with edits, or nil where it has none of the parts.
func (b *unchanged) change(edits map[ast.Expr]ast.Expr) *mutated {
	c := &mutated{unchanged: b, edits: edits, dirty: map[ast.Expr]bool{}, children: map[ast.Expr][]ast.Expr{}, made: bitsets{}}
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

// markDirty marks a part and all that follows from it.
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
	v, ok := c.made[x]
	if !ok {
		v = c.find(x)
		c.made[x] = v
	}
	return v
}

// find finds the value of a dirty part.
func (c *mutated) find(x ast.Expr) bitset {
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
	case *ast.And: // where it is false and the operand was not, another one is
		falsified := ones(len(before)).andNot(c.values[x]).and(before).or(c.twice[x])
		return after.clone().andNot(falsified)
	case *ast.Or: // where it is true and the operand was not, another one is
		return c.values[x].clone().andNot(before).or(c.twice[x]).or(after)
	}
	return c.compute(x, c.of)
}

// replacement returns the value of what takes the place of a part: a part of it, or of
// such parts.
func (c *mutated) replacement(x ast.Expr) bitset {
	of := func(child ast.Expr) bitset { return c.values[child] }
	if v := of(x); v != nil {
		return v
	}
	return c.compute(x, of)
}

package ruletest

import "github.com/falcorules/falcorules/ast"

// basis is a circuit as it is, for changes of it.
type basis struct {
	*circuit
	values bitsets
	// twice has, of each and, the events that two operands or more are false of, and
	// of each or those that two or more are true of. So a change of one operand needs
	// no look at the others, of which there may be many.
	twice bitsets
	firing
}

// changed is a circuit with the edits of a mutant.
type changed struct {
	*basis
	edits map[ast.Expr]ast.Expr
	// dirty are the parts that an edit may change, kids those of their operands that
	// are, made their values.
	dirty map[ast.Expr]bool
	kids  map[ast.Expr][]ast.Expr
	made  bitsets
}

// change returns the circuit with edits, or nil where it has none of the parts.
func (b *basis) change(edits map[ast.Expr]ast.Expr) *changed {
	c := &changed{basis: b, edits: edits, dirty: map[ast.Expr]bool{}, kids: map[ast.Expr][]ast.Expr{}, made: bitsets{}}
	for part := range edits {
		if b.has(part) {
			c.soil(part)
		}
	}
	if len(c.dirty) == 0 {
		return nil
	}
	return c
}

// soil marks a part and all that follows from it.
func (c *changed) soil(x ast.Expr) {
	for !c.dirty[x] {
		c.dirty[x] = true
		in := c.parents[x]
		if in == nil {
			for _, use := range c.uses[c.owners[x]] {
				c.soil(use)
			}
			return
		}
		c.kids[in] = append(c.kids[in], x)
		x = in
	}
}

// of returns the value of a part.
func (c *changed) of(x ast.Expr) bitset {
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
func (c *changed) find(x ast.Expr) bitset {
	with, edited := c.edits[x]
	kids := c.kids[x]
	switch {
	case edited:
		return c.replacement(with)
	case len(kids) != 1:
		return c.compute(x, c.of)
	}
	before, after := c.values[kids[0]], c.of(kids[0])
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
func (c *changed) replacement(x ast.Expr) bitset {
	of := func(kid ast.Expr) bitset { return c.values[kid] }
	if v := of(x); v != nil {
		return v
	}
	return c.compute(x, of)
}

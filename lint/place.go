package lint

import (
	"errors"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

// place is an operand of an and or an or: a check with the not before it, or a macro that
// consists of such a check. The zero place means that there is no and and no or.
type place struct {
	in    loader.Node
	index int
	// negated says that there is a not before the and or the or.
	negated bool
	// conjunction says that the branch needs the operand. Otherwise the operand is an
	// alternative.
	conjunction bool
}

var errNoPlace = errors.New("the check is not an operand of an and or an or")

// edit returns the edits that replace the operand.
func (p place) edit(text string) ([]diag.Edit, error) {
	if p.in.Expr == nil {
		return nil, errNoPlace
	}
	return p.in.Replace(p.in.Operand(p.index), text)
}

// insert returns the edits that insert text before the operand.
func (p place) insert(text string) ([]diag.Edit, error) {
	if p.in.Expr == nil {
		return nil, errNoPlace
	}
	at := p.in.Operand(p.index).Start
	return p.in.Replace(diag.Span{Start: at, End: at}, text)
}

// delete returns the edits that delete the operand, with the and or the or that joins it to
// the one before it or, if it is the first one, after it.
func (p place) delete() ([]diag.Edit, error) {
	if p.in.Expr == nil {
		return nil, errNoPlace
	}
	span := p.in.Operand(p.index)
	if p.index > 0 {
		span.Start = p.in.Operand(p.index - 1).End
	} else {
		span.End = p.in.Operand(1).Start
	}
	return p.in.Replace(span, "")
}

// moveFirst returns the edits that put the operand before all others of the and or the or.
// What is between the operands stays.
func (p place) moveFirst() ([]diag.Edit, error) {
	if p.in.Expr == nil {
		return nil, errNoPlace
	}
	span := p.in.Operand(0)
	span.End = p.in.Operand(p.index).End
	if _, err := p.in.Source(span); err != nil { // it is not in one piece
		return nil, err
	}
	text, err := p.in.Source(p.in.Operand(p.index))
	if err != nil {
		return nil, err
	}
	var edits []diag.Edit
	for i := range p.index + 1 {
		next, err := p.in.Source(p.in.Operand(i))
		if err != nil {
			return nil, err
		}
		more, err := place{in: p.in, index: i}.edit(text)
		if err != nil {
			return nil, err
		}
		edits = append(edits, more...)
		text = next
	}
	return edits, nil
}

package parser

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

// maxDepth is the number of frames that Falco's recursive parser can have. It rejects
// conditions that need more.
const maxDepth = 1000

// maxErrors limits the errors that are reported for one condition.
const maxErrors = 100

// The frames of Falco's parser, which are counted to accept the same depth.
const (
	framesExpr      = 4 // or, and, not, check
	framesAndOp     = 2 // not, check: after and
	framesOrOp      = 3 // and, not, check: after or
	framesGroup     = 1
	framesTransform = 2 // arguments, argument
	framesField     = 1
	framesRight     = 3 // condition, value, transformer: after the operator
)

// Condition parses a condition. The error is a [diag.List] of the first 100 independent
// mistakes. Condition then also returns the tree of what it could parse, with [ast.Bad]
// nodes for the rest, or nil if the text is empty.
func Condition(text string) (ast.Expr, error) { return condition(text, false) }

// ConditionWithNames is like [Condition], but also accepts a name where Falco requires a
// number, as in alert.priority <= WARNING. The caller replaces the names by numbers.
func ConditionWithNames(text string) (ast.Expr, error) { return condition(text, true) }

func condition(text string, names bool) (ast.Expr, error) {
	p := &conditionParser{converter: newConverter(text), recovered: -1}
	if text == "" {
		return nil, diag.List{p.diagnostic(&mistake{span: p.span(0, 0), stop: p.pos(0), msg: "the condition is empty"})}
	}
	s := scanner{text: text, names: names, tokens: make([]lexer.Token, 0, len(text)/6+4)}
	s.condition()
	p.invalid = s.invalid
	lex, err := lexer.Upgrade(&tokenList{tokens: s.tokens, end: len(text)})
	if err != nil {
		return nil, err // cannot happen: tokenList has no errors
	}
	p.lex = lex
	x := p.sequence(framesExpr)
	for p.at(tokClose) {
		p.report(p.lex.Peek(), &mistake{msg: "unmatched )"})
		p.lex.Next()
		p.recovered = p.lex.Peek().Pos.Offset
		x = p.goOn(x, framesExpr)
	}
	slices.SortStableFunc(p.mistakes, func(a, b *mistake) int { return a.span.Start.Offset - b.span.Start.Offset })
	var list diag.List
	for _, m := range p.mistakes {
		list = append(list, p.diagnostic(m))
	}
	return x, list.Err()
}

// conditionParser parses and, or, not and parentheses, and leaves checks to the grammar.
// After a mistake, it continues at the next and, or or closing parenthesis.
type conditionParser struct {
	*converter
	lex      *lexer.PeekingLexer
	invalid  []*mistake // of the next tokInvalid and tokStray tokens
	mistakes []*mistake
	// recovered is the offset at which parsing continued after the last mistake. A
	// mistake at this offset is a consequence of that one.
	recovered int
	// swallowed is true if the text skipped after the last mistake contains a ).
	// unclosed is true if an unclosed ( has been reported.
	swallowed, unclosed bool
}

func (p *conditionParser) at(t lexer.TokenType) bool { return p.lex.Peek().Type == t }

// sequence parses an or, and whatever follows it up to the end of the group or the text.
func (p *conditionParser) sequence(depth int) ast.Expr {
	return p.goOn(p.or(depth), depth)
}

// goOn parses what follows x up to the end of the group or the text, which is a mistake.
func (p *conditionParser) goOn(x ast.Expr, depth int) ast.Expr {
	for !p.at(tokEOF) && !p.at(tokClose) {
		t := p.lex.Peek()
		e := &mistake{expected: expectedJoin}
		if ref := joinAsMacro(x); ref != nil && t.Type != tokInvalid {
			// It was parsed as the name of a macro.
			e.stop = p.pos(t.Pos.Offset)
			if t.Type == tokStray {
				e = p.invalid[0]
			}
			e.span, e.msg, e.hint = ref.Span, fmt.Sprintf("an operand of %q is missing", ref.Name), ""
		}
		p.report(t, e)
		if t.Type == tokStray {
			p.drop()
		}
		var y ast.Expr
		switch t := p.lex.Peek(); t.Type {
		case tokEOF, tokClose:
			return x
		case tokAndGroup, tokOrGroup:
			y = p.group(depth)
		case tokAnd, tokOr:
			p.lex.Next()
			y = p.or(depth)
		default: // and or or is missing or misspelled
			y = p.or(depth)
		}
		x = &ast.And{Span: p.since(x.Range().Start.Offset), Operands: []ast.Expr{x, y}}
	}
	return x
}

// joinAsMacro returns the macro reference at the end of x that is an and or an or, or nil.
func joinAsMacro(x ast.Expr) *ast.MacroRef {
	switch x := x.(type) {
	case *ast.And:
		return joinAsMacro(x.Operands[len(x.Operands)-1])
	case *ast.Or:
		return joinAsMacro(x.Operands[len(x.Operands)-1])
	case *ast.MacroRef:
		if isJoin(strings.ToLower(x.Name)) {
			return x
		}
	}
	return nil
}

// or parses one or more operands of an or. The depth is the number of frames that Falco's
// parser has for checks here.
func (p *conditionParser) or(depth int) ast.Expr {
	start := p.lex.Peek().Pos.Offset
	operands := []ast.Expr{p.and(depth)}
	for {
		switch {
		case p.at(tokOr):
			p.lex.Next()
			operands = append(operands, p.and(depth))
		case p.at(tokOrGroup):
			// After or( without a space, the group is the whole operand.
			operands = append(operands, p.group(depth-framesOrOp))
		default:
			if len(operands) == 1 {
				return operands[0]
			}
			return &ast.Or{Span: p.since(start), Operands: operands}
		}
	}
}

// and parses one or more operands of an and.
func (p *conditionParser) and(depth int) ast.Expr {
	start := p.lex.Peek().Pos.Offset
	operands := []ast.Expr{p.not(depth)}
	for {
		switch {
		case p.at(tokAnd):
			p.lex.Next()
			operands = append(operands, p.not(depth))
		case p.at(tokAndGroup):
			operands = append(operands, p.group(depth-framesAndOp))
		default:
			if len(operands) == 1 {
				return operands[0]
			}
			return &ast.And{Span: p.since(start), Operands: operands}
		}
	}
}

// since returns the span from an offset to the end of the last token, which includes
// parentheses around operands.
func (p *conditionParser) since(start int) diag.Span {
	end := start
	if read := p.lex.RawCursor(); read > 0 {
		end = max(start, tokenEnd(p.lex.Range(read-1, read)[0]))
	}
	return p.span(start, end)
}

// not parses an operand after any number of nots, of which pairs cancel out.
func (p *conditionParser) not(depth int) ast.Expr {
	start := p.lex.Peek().Pos.Offset
	negate := false
	for p.at(tokNot) {
		p.lex.Next()
		negate = !negate
	}
	var x ast.Expr
	if p.at(tokNotGroup) {
		negate = !negate
		x = p.group(depth - 1) // Falco needs a frame less than for (
	} else {
		x = p.operand(depth)
	}
	if !negate {
		return x
	}
	return &ast.Not{Span: p.since(start), Operand: x}
}

// operand parses a group, a macro reference or a check.
func (p *conditionParser) operand(depth int) ast.Expr {
	t := *p.lex.Peek()
	switch t.Type {
	case tokOpen:
		return p.group(depth)
	case tokIdent:
		p.lex.Next()
		return &ast.MacroRef{Span: p.tokens(t, t), Name: t.Value}
	case tokField, tokTransformer:
		return p.check(depth)
	}
	p.report(&t, &mistake{expected: expectedOperand})
	if t.Type == tokInvalid {
		p.skip()
	} else {
		p.recovered = t.Pos.Offset
	}
	return &ast.Bad{Span: p.tokens(t, t)}
}

// group parses a group. The next token opens it.
func (p *conditionParser) group(depth int) ast.Expr {
	open := *p.lex.Next()
	depth += framesGroup + framesExpr
	if depth >= maxDepth {
		return p.tooDeep(open)
	}
	x := p.sequence(depth)
	if p.at(tokClose) {
		p.lex.Next()
		return x
	}
	// The text ends. Report only the innermost unclosed parenthesis, and none if the
	// closing one may have been skipped.
	if !p.unclosed && !p.swallowed {
		p.unclosed = true
		p.recovered = -1
		paren := tokenEnd(open) - 1
		end := p.lex.Peek()
		p.report(end, &mistake{span: p.span(paren, paren+1), stop: p.pos(end.Pos.Offset), msg: "unclosed ("})
	}
	p.recovered = len(p.text)
	return x
}

func (p *conditionParser) tooDeep(at lexer.Token) ast.Expr {
	p.report(&at, &mistake{msg: "the condition is nested too deeply"})
	p.unclosed = true // the rest is skipped
	for !p.at(tokEOF) {
		p.lex.Next()
	}
	p.recovered = len(p.text)
	return &ast.Bad{Span: p.tokens(at, at)}
}

// check parses a check with the grammar.
func (p *conditionParser) check(depth int) ast.Expr {
	start, first := p.lex.MakeCheckpoint(), *p.lex.Peek()
	if depth+checkFrames(p.lex) >= maxDepth {
		return p.tooDeep(first)
	}
	g, err := checkParser.ParseFromLexer(p.lex, participle.AllowTrailing(true))
	if err == nil && (g.Right != nil || g.Op.Type == tokExists) {
		return p.converter.check(g)
	}
	t := *p.lex.Peek() // if the right side is missing, the scanner has the reason
	var bad *participle.UnexpectedTokenError
	if errors.As(err, &bad) {
		t = bad.Unexpected
	}
	p.report(&t, grammarError(p.text, t))
	p.lex.LoadCheckpoint(start)
	p.skip()
	end := p.lex.Peek().Pos.Offset
	return &ast.Bad{Span: p.span(first.Pos.Offset, max(end, tokenEnd(first)))}
}

// skip skips an invalid check, up to where the condition continues.
func (p *conditionParser) skip() {
	depth := 0
	for {
		t := p.lex.Peek()
		switch t.Type {
		case tokInvalid: // the condition continues after it
			p.drop()
			return
		case tokOpen, tokTransformer, tokVal:
			depth++
		case tokClose:
			if depth == 0 {
				p.recovered = t.Pos.Offset
				return
			}
			depth--
		case tokStray: // a mistake of its own
			p.recovered = -1
			return
		case tokEOF, tokAnd, tokOr, tokAndGroup, tokOrGroup:
			p.recovered = t.Pos.Offset
			return
		}
		p.lex.Next()
	}
}

// drop skips a tokInvalid or a tokStray and its mistake.
func (p *conditionParser) drop() {
	t := p.lex.Next()
	p.swallowed = strings.Contains(t.Value, ")")
	p.invalid = p.invalid[1:]
	p.recovered = -1
	if next := p.lex.Peek(); next.Type != tokStray { // a mistake of its own
		p.recovered = next.Pos.Offset
	}
}

// checkFrames returns how many frames Falco's parser needs for the next check.
func checkFrames(lex *lexer.PeekingLexer) int {
	before := lex.MakeCheckpoint()
	defer lex.LoadCheckpoint(before)
	depth, deepest := 0, 0
	var open []int
	for {
		t := lex.Next()
		switch t.Type {
		case tokField:
			deepest = max(deepest, depth+framesField)
		case tokOperator:
			depth += framesRight
		case tokTransformer:
			open = append(open, framesTransform)
			depth += framesTransform
		case tokOpen, tokVal:
			open = append(open, 0) // no frame
		case tokClose:
			if len(open) == 0 {
				return deepest
			}
			depth -= open[len(open)-1]
			open = open[:len(open)-1]
		case tokEOF, tokAnd, tokOr, tokAndGroup, tokOrGroup, tokInvalid, tokStray:
			return deepest
		}
		deepest = max(deepest, depth)
	}
}

// report adds a mistake about token t, unless it is a consequence of the previous one. For
// a tokInvalid or a tokStray, it adds the mistake that the scanner has found.
func (p *conditionParser) report(t *lexer.Token, e *mistake) {
	if t.Pos.Offset == p.recovered && len(p.mistakes) > 0 || len(p.mistakes) == maxErrors {
		return
	}
	if t.Type == tokInvalid || t.Type == tokStray {
		e = p.invalid[0]
		e.span = p.span(e.span.Start.Offset, e.span.End.Offset)
		e.stop = p.pos(e.stop.Offset)
	} else if e.span == (diag.Span{}) {
		e.span = p.tokens(*t, *t)
	}
	if !e.stop.IsValid() {
		e.stop = e.span.Start
	}
	if e.msg == "" && e.found == "" {
		e.found = describe(t.Value)
	}
	p.mistakes = append(p.mistakes, e)
}

// grammarError returns the mistake in a check in which the grammar did not expect token t.
func grammarError(text string, t lexer.Token) *mistake {
	switch t.Type {
	case tokComma:
		return &mistake{expected: "a value before the comma"}
	case tokClose:
		if t.Pos.Offset > 0 && text[t.Pos.Offset-1] == '(' {
			return &mistake{expected: "an argument"}
		}
		return &mistake{expected: "another value after the comma"}
	}
	e := &mistake{expected: `a comma or ")"`}
	before := strings.TrimRight(text[:t.Pos.Offset], " \t\r\n\b")
	switch {
	case strings.HasPrefix(t.Value, "#") || strings.HasSuffix(before, "#"):
		e.hint = commentHint
	case t.Pos.Offset > 0 && isQuote(text[t.Pos.Offset-1]):
		e.hint = "the quote before it closes the value"
	}
	return e
}

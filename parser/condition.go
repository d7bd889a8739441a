package parser

import (
	"errors"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/falcorules/falcorules/ast"
)

// maxDepth is the number of frames that the engine's recursive parser may have;
// what nests deeper is refused there, and so here.
const maxDepth = 1000

// Frames of the engine's parser, counted to refuse what it refuses: each or,
// and, not, check and group is one, and so are the steps inside a check.
const (
	framesExpr      = 4 // or, and, not, check
	framesAndOp     = 2 // not, check: after an "and" or behind a "not"
	framesOrOp      = 3 // and, not, check: after an "or"
	framesGroup     = 1
	framesTransform = 2 // its arguments, one argument
	framesField     = 1
	framesRight     = 3 // behind the operator: condition, value, transformer
)

// Condition parses a condition. The error is an [Errors]; with it comes what
// could be read, with [ast.Bad] where it could not, or nil where nothing could.
func Condition(text string) (ast.Expr, error) {
	p := &conditionParser{converter: newConverter(text)}
	if text == "" {
		p.errs = append(p.errs, &Error{Span: p.span(0, 0), Msg: "the condition is empty"})
		return nil, p.errs
	}
	s := scanner{text: text}
	s.condition()
	p.invalid = s.invalid
	lex, err := lexer.Upgrade(&tokenList{tokens: s.tokens, end: len(text)})
	if err != nil {
		return nil, err // cannot happen: tokenList has no errors
	}
	p.lex = lex
	x := p.or(framesExpr)
	if t := p.lex.Peek(); !t.EOF() && len(p.errs) == 0 {
		p.unexpected(t, "and, or, or the end")
	}
	if len(p.errs) > 0 {
		return x, p.errs
	}
	return x, nil
}

// conditionParser is the skeleton of and, or, not and parentheses. Checks are
// read by the grammar.
type conditionParser struct {
	*converter
	lex     *lexer.PeekingLexer
	invalid []*Error // of the tokInvalid tokens still ahead
	errs    Errors
}

func (p *conditionParser) at(t lexer.TokenType) bool { return p.lex.Peek().Type == t }

// or parses a chain of ors; depth counts the engine's frames down to its
// checks.
func (p *conditionParser) or(depth int) ast.Expr {
	operands := []ast.Expr{p.and(depth)}
	for {
		switch {
		case p.at(tokOr):
			p.lex.Next()
			operands = append(operands, p.and(depth))
		case p.at(tokOrGroup):
			// "or(" without a blank: the group is the whole operand.
			operands = append(operands, p.group(depth-framesOrOp))
		default:
			if len(operands) == 1 {
				return operands[0]
			}
			return &ast.Or{Span: around(operands), Operands: operands}
		}
	}
}

func (p *conditionParser) and(depth int) ast.Expr {
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
			return &ast.And{Span: around(operands), Operands: operands}
		}
	}
}

func around(xs []ast.Expr) ast.Span {
	return ast.Span{Start: xs[0].Range().Start, End: xs[len(xs)-1].Range().End}
}

// not parses what may have nots before it; pairs written together cancel.
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
		x = p.group(depth - 1) // the engine opens it a frame higher than "("
	} else {
		x = p.operand(depth)
	}
	if !negate {
		return x
	}
	return &ast.Not{Span: ast.Span{Start: p.pos(start), End: x.Range().End}, Operand: x}
}

// operand parses a group, a macro reference or a check.
func (p *conditionParser) operand(depth int) ast.Expr {
	t := p.lex.Peek()
	switch t.Type {
	case tokOpen:
		return p.group(depth)
	case tokIdent:
		p.lex.Next()
		return &ast.MacroRef{Span: p.tokens(*t, *t), Name: t.Value}
	case tokField, tokTransformer:
		return p.check(depth)
	}
	return p.unexpected(t, "a field, a transformer, a macro or (")
}

// group parses what stands in parentheses; the token that opens it is next.
func (p *conditionParser) group(depth int) ast.Expr {
	open := *p.lex.Next()
	depth += framesGroup + framesExpr
	if depth >= maxDepth {
		return p.tooDeep(open)
	}
	x := p.or(depth)
	if t := p.lex.Peek(); t.Type != tokClose {
		if len(p.errs) == 0 {
			p.unexpected(t, ") for the ( at "+p.pos(tokenEnd(open)-1).String())
		}
		return x
	}
	p.lex.Next()
	return x
}

func (p *conditionParser) tooDeep(at lexer.Token) ast.Expr {
	span := p.tokens(at, at)
	p.errs = append(p.errs, &Error{Span: span, Msg: "the condition nests too deep here"})
	p.skipAll()
	return &ast.Bad{Span: span}
}

// check has the grammar read a check.
func (p *conditionParser) check(depth int) ast.Expr {
	start := *p.lex.Peek()
	if depth+checkFrames(p.lex) >= maxDepth {
		return p.tooDeep(start)
	}
	g, err := checkParser.ParseFromLexer(p.lex, participle.AllowTrailing(true))
	if t := p.lex.Peek(); err == nil && t.Type == tokInvalid {
		return p.unexpected(t, "")
	}
	if err != nil {
		t := *p.lex.Peek()
		var bad *participle.UnexpectedTokenError
		if errors.As(err, &bad) {
			t = bad.Unexpected
		}
		return p.unexpected(&t, expectedAfter(p.text, t))
	}
	return p.converter.check(g)
}

// checkFrames counts the engine's frames for the deepest part of the check that
// comes next.
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
		case tokOpen:
			open = append(open, 0) // a list has no frame of its own
		case tokVal:
			open = append(open, 0)
		case tokClose:
			if len(open) == 0 {
				return deepest
			}
			depth -= open[len(open)-1]
			open = open[:len(open)-1]
		case tokEOF, tokAnd, tokOr, tokAndGroup, tokOrGroup, tokInvalid:
			return deepest
		}
		deepest = max(deepest, depth)
	}
}

// unexpected reports the token t, unless the scanner did already, and skips to
// where the condition may go on.
func (p *conditionParser) unexpected(t *lexer.Token, expected string) ast.Expr {
	at := *t
	span := p.tokens(at, at)
	if at.Type == tokInvalid {
		e := p.invalid[0]
		p.invalid = p.invalid[1:]
		e.Span = p.span(e.Span.Start.Offset, e.Span.End.Offset)
		p.errs = append(p.errs, e)
	} else {
		p.errs = append(p.errs, &Error{Span: span, Expected: expected, Found: describe(at.Value)})
	}
	p.skipAll()
	return &ast.Bad{Span: span}
}

func (p *conditionParser) skipAll() {
	for !p.lex.Peek().EOF() {
		p.lex.Next()
	}
}

// expectedAfter says in the language's words what may stand where the grammar
// met t.
func expectedAfter(text string, t lexer.Token) string {
	switch t.Type {
	case tokComma:
		return "a value before the comma"
	case tokBare, tokQuoted, tokNumber, tokField, tokTransformer, tokOpen:
		return "a comma or )"
	case tokClose:
		if t.Pos.Offset > 0 && text[t.Pos.Offset-1] == '(' {
			return "an argument"
		}
		return "another value after the comma"
	}
	return "the rest of the check"
}

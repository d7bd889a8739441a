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

// maxDepth is the number of frames that the engine's recursive parser may have;
// what nests deeper is refused there, and so here.
const maxDepth = 1000

// maxErrors is how many mistakes of a text are told.
const maxErrors = 100

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

// Condition parses a condition. The error is a [diag.List] with every independent
// mistake, but no more than the first 100; with it comes what could be read,
// with [ast.Bad] where it could not, or nil for an empty text.
func Condition(text string) (ast.Expr, error) {
	p := &conditionParser{converter: newConverter(text), recovered: -1}
	if text == "" {
		return nil, diag.List{p.diagnostic(&mistake{span: p.span(0, 0), stop: p.pos(0), msg: "the condition is empty"})}
	}
	s := scanner{text: text, tokens: make([]lexer.Token, 0, len(text)/6+4)}
	s.condition()
	p.invalid = s.invalid
	lex, err := lexer.Upgrade(&tokenList{tokens: s.tokens, end: len(text)})
	if err != nil {
		return nil, err // cannot happen: tokenList has no errors
	}
	p.lex = lex
	x := p.sequence(framesExpr)
	for p.at(tokClose) {
		p.report(p.lex.Peek(), &mistake{msg: "this ) closes nothing"})
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

// conditionParser is the skeleton of and, or, not and parentheses. Checks are
// read by the grammar.
//
// After a mistake it goes on where the condition does: at the next and, or or
// closing parenthesis.
type conditionParser struct {
	*converter
	lex      *lexer.PeekingLexer
	invalid  []*mistake // of the tokInvalid and tokStray tokens still ahead
	mistakes []*mistake
	// recovered is the offset at which reading went on after the last
	// mistake. What is wrong right there only follows from that mistake.
	recovered int
	// swallowed says that the last mistake took a ) with it, unclosed that a (
	// was reported which nothing closes.
	swallowed, unclosed bool
}

func (p *conditionParser) at(t lexer.TokenType) bool { return p.lex.Peek().Type == t }

// sequence parses an or, and what stands between it and the end of the group or
// of the text by mistake.
func (p *conditionParser) sequence(depth int) ast.Expr {
	return p.goOn(p.or(depth), depth)
}

// goOn parses what follows x until the end of the group or of the text. Without
// a mistake there is nothing.
func (p *conditionParser) goOn(x ast.Expr, depth int) ast.Expr {
	for !p.at(tokEOF) && !p.at(tokClose) {
		t := p.lex.Peek()
		e := &mistake{expected: "and, or, or the end"}
		if ref := joinAsMacro(x); ref != nil && t.Type != tokInvalid {
			// It was read as the name of a macro.
			e.stop = p.pos(t.Pos.Offset)
			if t.Type == tokStray {
				e = p.invalid[0]
			}
			e.span, e.msg, e.hint = ref.Span, fmt.Sprintf("this %s joins nothing", ref.Name), ""
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
		default: // what joins was left out, or misspelled
			y = p.or(depth)
		}
		x = &ast.And{Span: p.since(x.Range().Start.Offset), Operands: []ast.Expr{x, y}}
	}
	return x
}

// joinAsMacro returns the reference at the end of x that is an and or an or, read
// as the name of a macro.
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

// or parses a chain of ors; depth counts the engine's frames down to its
// checks.
func (p *conditionParser) or(depth int) ast.Expr {
	start := p.lex.Peek().Pos.Offset
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
			return &ast.Or{Span: p.since(start), Operands: operands}
		}
	}
}

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

// since returns the span from an offset to the end of the last token read, the
// parentheses of operands included.
func (p *conditionParser) since(start int) diag.Span {
	end := start
	if read := p.lex.RawCursor(); read > 0 {
		end = max(start, tokenEnd(p.lex.Range(read-1, read)[0]))
	}
	return p.span(start, end)
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
	p.report(&t, &mistake{expected: "a field, a transformer, a macro or ("})
	if t.Type == tokInvalid {
		p.skip()
	} else {
		p.recovered = t.Pos.Offset
	}
	return &ast.Bad{Span: p.tokens(t, t)}
}

// group parses what stands in parentheses; the token that opens it is next.
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
	// The end of the text. Of several parentheses the innermost is told, and
	// none if what closes it may have been swallowed by a mistake.
	if !p.unclosed && !p.swallowed {
		p.unclosed = true
		p.recovered = -1
		paren := tokenEnd(open) - 1
		end := p.lex.Peek()
		p.report(end, &mistake{span: p.span(paren, paren+1), stop: p.pos(end.Pos.Offset), msg: "this ( is not closed"})
	}
	p.recovered = len(p.text)
	return x
}

func (p *conditionParser) tooDeep(at lexer.Token) ast.Expr {
	p.report(&at, &mistake{msg: "the condition nests too deep here"})
	p.unclosed = true // the rest is not looked at
	for !p.at(tokEOF) {
		p.lex.Next()
	}
	p.recovered = len(p.text)
	return &ast.Bad{Span: p.tokens(at, at)}
}

// check has the grammar read a check.
func (p *conditionParser) check(depth int) ast.Expr {
	start, first := p.lex.MakeCheckpoint(), *p.lex.Peek()
	if depth+checkFrames(p.lex) >= maxDepth {
		return p.tooDeep(first)
	}
	g, err := checkParser.ParseFromLexer(p.lex, participle.AllowTrailing(true))
	if err == nil && (g.Right != nil || g.Op.Type == tokExists) {
		return p.converter.check(g)
	}
	t := *p.lex.Peek() // the right side is missing: the scanner says why
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

// skip leaves out a check that went wrong, up to where the condition goes on.
func (p *conditionParser) skip() {
	depth := 0
	for {
		t := p.lex.Peek()
		switch t.Type {
		case tokInvalid: // behind it the condition goes on
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

// drop leaves out a token that the scanner could not read, and its error.
func (p *conditionParser) drop() {
	t := p.lex.Next()
	p.swallowed = strings.Contains(t.Value, ")")
	p.invalid = p.invalid[1:]
	p.recovered = -1
	if next := p.lex.Peek(); next.Type != tokStray { // which is a mistake of its own
		p.recovered = next.Pos.Offset
	}
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
		case tokOpen, tokVal:
			open = append(open, 0) // has no frame of its own
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

// report adds an error about the token t, unless it only follows from the one
// before. Of a tokInvalid the scanner knows better what is wrong.
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

// grammarError says in the language's words what is wrong where the grammar met
// t in a check.
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
	e := &mistake{expected: "a comma or )"}
	before := strings.TrimRight(text[:t.Pos.Offset], " \t\r\n\b")
	switch {
	case strings.HasPrefix(t.Value, "#") || strings.HasSuffix(before, "#"):
		e.hint = commentHint
	case t.Pos.Offset > 0 && isQuote(text[t.Pos.Offset-1]):
		e.hint = "the quote before it ends the value"
	}
	return e
}

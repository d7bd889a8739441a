package parser

import (
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

// maxOutputDepth is maxDepth for outputs, where Falco does not raise the default limit of
// its parser.
const maxOutputDepth = 100

// Limits of output templates. Falco has none, but a template beyond these is a mistake or
// an attack.
const (
	maxOutput = 16 << 10 // bytes
	maxWidth  = 1 << 20  // bytes, of all fields together
)

// Output parses an output template. After a %, the longest text that is a field or a
// transformer of fields is a placeholder, and the rest is text, so that %proc.name. ends
// in a dot. The function known returns nil for the operands that the rule's source has. No
// name of a field is longer than longestName bytes.
//
// The error is a [diag.List] with one diagnostic.
func Output(text string, longestName int, known func(ast.Operand) error) (*ast.Output, error) {
	c := newConverter(text)
	fail := func(start, end int, msg, hint string) (*ast.Output, error) {
		return nil, diag.List{c.diagnostic(&mistake{span: c.span(start, end), msg: msg, hint: hint})}
	}
	switch {
	case text == "":
		return fail(0, 0, "the output is empty", "")
	case len(text) > maxOutput:
		return fail(0, 0, fmt.Sprintf("the output has %d bytes, want at most %d", len(text), maxOutput), "")
	}
	out := &ast.Output{Span: c.span(0, len(text))}
	addText := func(start, end int) {
		if start < end {
			out.Parts = append(out.Parts, &ast.Text{Span: c.span(start, end), Text: text[start:end]})
		}
	}
	start, widths := 0, 0
	if text[0] == '*' {
		start = 1 // Falco drops it
	}
	for {
		percent := strings.IndexByte(text[start:], '%')
		if percent < 0 {
			addText(start, len(text))
			return out, nil
		}
		percent += start
		addText(start, percent)
		at := percent + 1
		width := 0
		for ; at < len(text) && isDigit(text[at]); at++ {
			if width = width*10 + int(text[at]-'0'); widths+width > maxWidth {
				return fail(percent, at+1, fmt.Sprintf("the widths of all fields add up to more than %d", maxWidth), "")
			}
		}
		widths += width
		if at == len(text) {
			return fail(percent, at, "expected a field after %, found the end", "write the name of a field after %, as in %evt.time; an output cannot contain a literal %")
		}
		op, end, err := longestOperand(c, at, longestName, known)
		if err != nil {
			m := wrappedField(c, percent, at, err, known)
			if m == nil {
				word := at + len(wordAt(text[at:]))
				m = notField(err, describe(text[percent:word]))
				m.span = c.span(percent, word)
			}
			return nil, diag.List{c.diagnostic(m)}
		}
		out.Parts = append(out.Parts, &ast.Placeholder{Span: c.span(percent, end), Width: width, Operand: op})
		start = end
	}
}

// notField returns the mistake that a text, which is given in quotes, cannot be a field
// because of err.
func notField(err error, text string) *mistake {
	m := &mistake{err: err, msg: err.Error()}
	var d *diag.Diagnostic
	if errors.As(err, &d) {
		m.msg, m.hint = d.Message, d.Hint
	}
	m.msg = text + ": " + m.msg
	return m
}

// wrappedField returns the mistake about a field in parentheses or braces, as in other
// template languages, or nil if the text has no such placeholder. err is the error about
// the text.
func wrappedField(c *converter, percent, at int, err error, known func(ast.Operand) error) *mistake {
	closing := map[byte]byte{'(': ')', '{': '}'}[c.text[at]]
	if closing == 0 {
		return nil
	}
	length := strings.IndexByte(c.text[at:min(len(c.text), at+maxLookahead)], closing)
	if length < 0 {
		return nil
	}
	name := strings.TrimSpace(c.text[at+1 : at+length])
	op, end, bad := operandAt(newConverter(name), 0, true)
	if bad != nil && fieldLen(name) == 0 {
		return nil
	}
	e := &mistake{span: c.span(percent, at+length+1), err: err}
	e.msg = fmt.Sprintf("%s is not a field: remove %c and %c", describe(c.text[percent:at+length+1]), c.text[at], closing)
	switch {
	case bad != nil || end != len(name):
		if meant := fieldHint(name); meant != "" {
			e.hint = meant
		}
	default:
		if unknown := known(op); unknown != nil {
			e.err = unknown
		} else {
			e.hint = "write %" + name
		}
	}
	return e
}

// longestOperand returns the longest known operand at offset at, and its end. If there is
// none, it returns the error about the longest text that could be one.
func longestOperand(c *converter, at, longestName int, known func(ast.Operand) error) (ast.Operand, int, error) {
	text := c.text
	nameEnd := at + fieldLen(text[at:])
	var first error
	for _, withArg := range []bool{true, false} {
		op, end, err := operandAt(c, at, withArg)
		if err == nil {
			if err = known(op); err == nil {
				return op, end, nil
			}
		}
		if first == nil {
			first = err
		}
	}
	// A part of the name can be a field, and the rest text.
	for end := min(nameEnd, at+longestName); end > at; end-- {
		if text[end-1] == '.' {
			continue
		}
		f := &ast.Field{Span: c.span(at, end), Name: text[at:end]}
		if known(f) == nil {
			return f, end, nil
		}
	}
	return nil, 0, first
}

var (
	errNoOperand = errors.New("want a field or a transformer")
	errTooDeep   = errors.New("it is nested too deeply")
)

// operandAt returns the operand at offset at, with or without an argument in brackets, and
// its end.
func operandAt(c *converter, at int, withArg bool) (ast.Operand, int, error) {
	s := scanner{text: c.text, pos: at}
	switch n := fieldLen(s.rest()); {
	case n == 0 && transformerLen(s.rest()) == 0:
		return nil, 0, errNoOperand
	case n > 0 && (!withArg || at+n == len(c.text) || c.text[at+n] != '['):
		// The common case, a name, does not need the grammar.
		return &ast.Field{Span: c.span(at, at+n), Name: c.text[at : at+n]}, at + n, nil
	}
	ok := s.operand()
	if !withArg {
		cut := len(s.tokens)
		for cut > 0 && s.tokens[cut-1].Type != tokField && s.tokens[cut-1].Type != tokClose {
			cut--
		}
		s.tokens, ok = s.tokens[:cut], cut > 0
	}
	switch {
	case !ok && len(s.invalid) == 0:
		return nil, 0, errTooDeep
	case !ok:
		m := s.invalid[0]
		m.span = c.span(m.span.Start.Offset, m.span.End.Offset)
		return nil, 0, c.diagnostic(m)
	}
	end := tokenEnd(s.tokens[len(s.tokens)-1])
	lex, err := lexer.Upgrade(&tokenList{tokens: s.tokens, end: end})
	if err != nil {
		return nil, 0, err // cannot happen: tokenList has no errors
	}
	if 1+checkFrames(lex) >= maxOutputDepth {
		return nil, 0, errTooDeep
	}
	g, err := operandParser.ParseFromLexer(lex)
	if err != nil {
		var bad *participle.UnexpectedTokenError
		if errors.As(err, &bad) {
			t := bad.Unexpected
			e := grammarError(c.text, t)
			e.span, e.found = c.tokens(t, t), describe(t.Value)
			return nil, 0, c.diagnostic(e)
		}
		return nil, 0, err
	}
	return c.operand(g), end, nil
}

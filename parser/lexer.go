package parser

import (
	"io"

	"github.com/alecthomas/participle/v2/lexer"
)

// The tokens. A group token is a keyword with the parenthesis that follows it
// at once: the language reads "or(" and "or (" differently.
const (
	tokEOF lexer.TokenType = lexer.EOF - iota
	tokNot
	tokAnd
	tokOr
	tokNotGroup
	tokAndGroup
	tokOrGroup
	tokOpen
	tokClose
	tokComma
	tokLBracket
	tokRBracket
	tokIdent
	tokField
	tokTransformer // with its parenthesis
	tokVal         // "val("
	tokNumber
	tokQuoted
	tokBare
	tokArg
	tokExists
	tokOperator
	tokModifier
	tokInvalid // a part of a check that fits nothing
	tokStray   // what stands where and or or should
)

// definition makes the scanner a lexer of participle.
type definition struct{}

func (definition) Symbols() map[string]lexer.TokenType {
	return map[string]lexer.TokenType{
		"EOF":         tokEOF,
		"Not":         tokNot,
		"And":         tokAnd,
		"Or":          tokOr,
		"NotGroup":    tokNotGroup,
		"AndGroup":    tokAndGroup,
		"OrGroup":     tokOrGroup,
		"Open":        tokOpen,
		"Close":       tokClose,
		"Comma":       tokComma,
		"LBracket":    tokLBracket,
		"RBracket":    tokRBracket,
		"Ident":       tokIdent,
		"Field":       tokField,
		"Transformer": tokTransformer,
		"Val":         tokVal,
		"Number":      tokNumber,
		"Quoted":      tokQuoted,
		"Bare":        tokBare,
		"Arg":         tokArg,
		"Exists":      tokExists,
		"Operator":    tokOperator,
		"Modifier":    tokModifier,
		"Invalid":     tokInvalid,
		"Stray":       tokStray,
	}
}

// Lex completes the interface. The parsers here get their tokens from a scanner
// that has read them before.
func (definition) Lex(_ string, r io.Reader) (lexer.Lexer, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	s := scanner{text: string(text)}
	s.condition()
	return &tokenList{tokens: s.tokens, end: len(text)}, nil
}

// tokenList hands out tokens that were all read before.
type tokenList struct {
	tokens []lexer.Token
	next   int
	end    int
}

func (l *tokenList) Next() (lexer.Token, error) {
	if l.next == len(l.tokens) {
		return lexer.EOFToken(lexer.Position{Offset: l.end}), nil
	}
	l.next++
	return l.tokens[l.next-1], nil
}

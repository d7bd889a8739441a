package parser

import (
	"io"

	"github.com/alecthomas/participle/v2/lexer"
)

// The types of tokens. A group token is a keyword directly followed by a parenthesis,
// because or( and or ( have different meanings.
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
	tokTransformer // with its (
	tokVal         // val(
	tokNumber
	tokQuoted
	tokBare
	tokArg
	tokExists
	tokOperator
	tokModifier
	tokInvalid // an invalid part of a check
	tokStray   // text where and or or should be
)

// definition implements participle's interface of lexers.
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

// Lex is not used, because the parsers here are given the tokens of a scanner.
func (definition) Lex(_ string, r io.Reader) (lexer.Lexer, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	s := scanner{text: string(text)}
	s.condition()
	return &tokenList{tokens: s.tokens, end: len(text)}, nil
}

// tokenList is a lexer of participle for the tokens of a scanner.
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

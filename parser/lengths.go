package parser

import (
	"strings"
	"unicode/utf8"

	"github.com/falcorules/falcorules/ast"
)

// isBlank reports whether c separates tokens.
func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\b' || c == '\r' || c == '\n' }

// isSpace reports whether c can follow not, which Falco parses with a POSIX expression,
// whose [[:space:]] differs from the characters that separate tokens.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isWord(c byte) bool { return isLetter(c) || isDigit(c) || c == '_' }

func isWordOperator(op ast.Operator) bool { return isLetter(op[0]) }

func isQuote(c byte) bool { return c == '"' || c == '\'' }

// identLen returns the length of the identifier at the start of text, or 0.
func identLen(text string) int {
	if text == "" || !isLetter(text[0]) {
		return 0
	}
	n := 1
	for n < len(text) && isWord(text[n]) {
		n++
	}
	return n
}

// fieldLen returns the length of the field name at the start of text, which is two or more
// identifiers with dots between them, or 0.
func fieldLen(text string) int {
	n := identLen(text)
	if n == 0 {
		return 0
	}
	dots := 0
	for n < len(text) && text[n] == '.' {
		more := identLen(text[n+1:])
		if more == 0 {
			break
		}
		n += 1 + more
		dots++
	}
	if dots == 0 {
		return 0
	}
	return n
}

// transformerLen returns the length of the name of a transformer and its ( at the start of
// text, or 0.
func transformerLen(text string) int {
	n := identLen(text)
	if n == 0 || n == len(text) || text[n] != '(' {
		return 0
	}
	if _, ok := ast.LookupTransformer(text[:n]); !ok {
		return 0
	}
	return n + 1
}

// numberLen returns the length of the number at the start of text, or 0.
func numberLen(text string) int {
	if len(text) > 2 && text[0] == '0' && text[1]|0x20 == 'x' {
		n := 2
		for n < len(text) && isHex(text[n]) {
			n++
		}
		if n > 2 {
			return n
		}
	}
	n := 0
	if text != "" && (text[0] == '+' || text[0] == '-') {
		n++
	}
	digits := n
	for n < len(text) && isDigit(text[n]) {
		n++
	}
	if n == digits {
		return 0
	}
	if n < len(text) && text[n] == '.' {
		n++
	}
	for n < len(text) && isDigit(text[n]) {
		n++
	}
	// An exponent must have a sign.
	if n+2 < len(text) && text[n]|0x20 == 'e' && (text[n+1] == '+' || text[n+1] == '-') && isDigit(text[n+2]) {
		n += 3
		for n < len(text) && isDigit(text[n]) {
			n++
		}
	}
	return n
}

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

// bareLen returns the length of the unquoted value at the start of text, or 0.
func bareLen(text string) int {
	return cutLen(text, func(c byte) bool {
		return c == '(' || c == ')' || c == '"' || c == '\'' || c == '=' || c == ',' || isSpace(c)
	})
}

// argLen returns the length of the unquoted argument at the start of text, or 0.
func argLen(text string) int {
	return cutLen(text, func(c byte) bool {
		return c == '[' || c == ']' || c == '"' || c == '\'' || isSpace(c)
	})
}

// cutLen returns the length of the text before the first byte that stops it or that is not
// UTF-8. Like Falco's regular expressions, it accepts surrogates and overlong encodings.
func cutLen(text string, stop func(byte) bool) int {
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			if stop(text[i]) {
				return i
			}
			i++
			continue
		}
		var n int
		switch c := text[i]; {
		case 0xc2 <= c && c <= 0xdf:
			n = 2
		case 0xe0 <= c && c <= 0xef:
			n = 3
		case 0xf0 <= c && c <= 0xf4:
			n = 4
		default:
			return i
		}
		for k := 1; k < n; k++ {
			if i+k >= len(text) || text[i+k]&0xc0 != 0x80 {
				return i
			}
		}
		i += n
	}
	return len(text)
}

// operators are in the order in which they must be tried.
var operators = ast.Operators()

// operatorAt returns the operator at the start of text, or nil.
func operatorAt(text string) *ast.OperatorInfo {
	for i := range operators {
		after, ok := strings.CutPrefix(text, string(operators[i].Op))
		if ok && (!operators[i].NeedsBlank || after != "" && isBlank(after[0])) {
			return &operators[i]
		}
	}
	return nil
}

// modifierAt returns the modifier at the start of text, or NoModifier.
func modifierAt(text string) ast.Modifier {
	for _, m := range []ast.Modifier{ast.OneOf, ast.AnyOf, ast.AllOf} {
		if after, ok := strings.CutPrefix(text, string(m)); ok && after != "" && isBlank(after[0]) {
			return m
		}
	}
	return ast.NoModifier
}

// isLogicWord reports whether text starts with the word and, or or not. Before it, a
// modifier is a value.
func isLogicWord(text string) bool {
	for _, w := range []string{"and", "or", "not"} {
		if after, ok := strings.CutPrefix(text, w); ok && (after == "" || !isLetter(after[0]) && !isDigit(after[0])) {
			return true
		}
	}
	return false
}

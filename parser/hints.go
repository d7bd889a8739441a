package parser

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/internal/suggest"
)

// maxQuote limits how much of the text an error quotes.
const maxQuote = 40

// describe returns a text as the "found" of an error.
func describe(text string) string {
	if text == "" {
		return "the end"
	}
	if len(text) > maxQuote {
		cut := maxQuote
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		return fmt.Sprintf("%q…", text[:cut])
	}
	return fmt.Sprintf("%q", text)
}

// wordAt returns the word at the start of text: up to a space, a parenthesis or a comma,
// and at least one character.
func wordAt(text string) string {
	n := cutLen(text, func(c byte) bool { return isSpace(c) || c == '(' || c == ')' || c == ',' })
	if n == 0 && text != "" {
		_, n = utf8.DecodeRuneInString(text)
	}
	return text[:n]
}

// smartQuotes are the typographic quotes that word processors and chats make of " and '.
const smartQuotes = "“”„‟‘’‚‛«»"

// commentHint is the hint about a # in a condition.
const commentHint = "conditions cannot contain comments, not even on lines of their own; put the comment above the key"

// joinHints are hints about a text where only and, or or ) can follow. Each is given the
// token before the text and returns "" if it does not apply. The first one that applies
// is used.
var joinHints = []func(s *scanner, last lexer.Token) string{
	(*scanner).foreignOperatorHint,
	(*scanner).gluedModifierHint,
	(*scanner).joinAsValueHint,
	(*scanner).upperCaseNotHint,
	(*scanner).smartQuotesHint,
	(*scanner).bareListHint,
	(*scanner).gluedOperatorHint,
	(*scanner).callHint,
	(*scanner).hashHint,
	(*scanner).noDotHint,
	(*scanner).misspelledJoinHint,
}

// joinHint returns a hint about the text where and or or should be.
func (s *scanner) joinHint() string {
	if len(s.tokens) == 0 {
		return ""
	}
	last := s.tokens[len(s.tokens)-1]
	for _, hint := range joinHints {
		if text := hint(s, last); text != "" {
			return text
		}
	}
	return ""
}

// foreignOperatorHint is about a value that is the end of an operator of another language,
// such as the > of =>, of which = was parsed as the operator.
func (s *scanner) foreignOperatorHint(last lexer.Token) string {
	if last.Type != tokBare || strings.Trim(last.Value, "=<>!~") != "" || len(s.tokens) < 2 {
		return ""
	}
	op := s.tokens[len(s.tokens)-2]
	if op.Type != tokOperator || tokenEnd(op) != last.Pos.Offset {
		return ""
	}
	return s.symbolHint(op.Pos.Offset)
}

// gluedModifierHint is about a modifier that was parsed as a value: contains anyof(x).
func (s *scanner) gluedModifierHint(last lexer.Token) string {
	switch ast.Modifier(last.Value) {
	case ast.OneOf, ast.AnyOf, ast.AllOf:
		if last.Type == tokBare && s.follows("(", last) {
			return addSpaceHint(last.Value)
		}
	}
	return ""
}

// joinAsValueHint is about an and or an or that was parsed as a value: a.b = and c.
func (s *scanner) joinAsValueHint(last lexer.Token) string {
	if last.Type != tokBare || !isJoin(last.Value) {
		return ""
	}
	return fmt.Sprintf("%q was parsed as the value; is a value missing before it?", last.Value)
}

// upperCaseNotHint is about NOT, which was parsed as a macro.
func (s *scanner) upperCaseNotHint(last lexer.Token) string {
	if last.Type != tokIdent || !strings.EqualFold(last.Value, "not") {
		return ""
	}
	return `write "not" in lower case`
}

// smartQuotesHint is about values in typographic quotes.
func (s *scanner) smartQuotesHint(last lexer.Token) string {
	if !strings.ContainsAny(last.Value+wordAt(s.rest()), smartQuotes) {
		return ""
	}
	return `use " or ' to quote a value; typographic quotes are ordinary characters`
}

// bareListHint is about a list without parentheses.
func (s *scanner) bareListHint(last lexer.Token) string {
	if last.Type != tokIdent || !s.has(",") {
		return ""
	}
	return "put the list in parentheses"
}

// gluedOperatorHint is about a word that was parsed as an operator and the name of a list,
// such as inn.
func (s *scanner) gluedOperatorHint(last lexer.Token) string {
	if last.Type != tokIdent || len(s.tokens) < 2 {
		return ""
	}
	op := s.tokens[len(s.tokens)-2]
	if op.Type != tokOperator || !isWordOperator(ast.Operator(op.Value)) || tokenEnd(op) != last.Pos.Offset {
		return ""
	}
	if meant := suggest.Operator(op.Value + last.Value); meant != "" {
		return useHint(ast.Operator(meant))
	}
	return fmt.Sprintf("%s%s was parsed as the operator %s and the name %s", op.Value, last.Value, op.Value, last.Value)
}

// callHint is about a call of something that is not a transformer.
func (s *scanner) callHint(last lexer.Token) string {
	if last.Type != tokIdent || !s.follows("(", last) {
		return ""
	}
	names := func(yield func(string) bool) {
		for _, t := range ast.Transformers() {
			if !yield(t.Name) {
				return
			}
		}
	}
	if hint := suggest.Hint(last.Value, names); hint != "" {
		return hint
	}
	if last.Value == ast.Val {
		return "val(field) is valid only on the right side of an operator"
	}
	return fmt.Sprintf("there is no transformer %s", last.Value)
}

// hashHint is about a comment.
func (s *scanner) hashHint(lexer.Token) string {
	if !s.has("#") {
		return ""
	}
	return commentHint
}

// noDotHint is about a name before an operator that was parsed as a macro.
func (s *scanner) noDotHint(last lexer.Token) string {
	// A colon after it is more likely the key of a YAML mapping.
	hasOperator := operatorAt(s.rest()) != nil || !s.has(":") && suggest.Operator(wordAt(s.rest())) != ""
	if last.Type != tokIdent || !hasOperator || isJoin(last.Value) {
		return ""
	}
	if meant := fieldHint(last.Value); meant != "" {
		return fmt.Sprintf("%s was parsed as a macro; %s", last.Value, meant)
	}
	return fmt.Sprintf("%s was parsed as a macro; names of fields contain a dot", last.Value)
}

// misspelledJoinHint is about a misspelled and or or.
func (s *scanner) misspelledJoinHint(lexer.Token) string {
	switch wordAt(s.rest()) {
	case "adn", "nad", "an":
		return "did you mean and?"
	case "ro":
		return "did you mean or?"
	}
	return ""
}

// follows reports whether the rest of the text starts with prefix, directly after a token.
func (s *scanner) follows(prefix string, t lexer.Token) bool {
	return s.has(prefix) && tokenEnd(t) == s.pos
}

func addSpaceHint(word string) string { return fmt.Sprintf("add a space after %s", word) }

// operatorHint returns a hint about the text where an operator should be.
func (s *scanner) operatorHint() string {
	text := s.rest()
	word := wordAt(text)
	if s.has(".") && s.tokens[len(s.tokens)-1].Type == tokRBracket {
		return s.afterArgHint(word)
	}
	foreign := suggest.Operator(word) != ""
	for _, op := range operators {
		if rest, ok := strings.CutPrefix(word, string(op.Op)); ok && op.NeedsBlank && !foreign && !strings.HasPrefix(rest, "_") {
			return addSpaceHint(string(op.Op))
		}
	}
	lower := strings.ToLower(word)
	switch lower {
	case "is":
		return isHint(text)
	case "isnull", "is_null", "missing":
		return noValueHint
	case "not":
		return notHint(strings.ToLower(wordAt(strings.TrimLeft(text[len(word):], " \t\r\n"))))
	case "between":
		return "use two checks, one with >= and one with <="
	}
	if op := operatorMeant(word); op != "" {
		return useHint(op)
	}
	if hint := ignoreCaseHint(lower); hint != "" {
		return hint
	}
	for _, not := range []string{"not_", "not", "!", "doesnot", "does_not_", "n"} {
		if rest, ok := strings.CutPrefix(lower, not); ok && operatorMeant(rest) != "" {
			return notHint(rest)
		}
	}
	return suggest.Hint(word, func(yield func(string) bool) {
		for _, op := range operators {
			if isWordOperator(op.Op) && !yield(string(op.Op)) {
				return
			}
		}
	})
}

// ignoreCaseHint is about an operator with an i before it, such as iendswith. Only some
// operators have such a variant.
func ignoreCaseHint(word string) string {
	rest, ok := strings.CutPrefix(word, "i")
	op := operatorMeant(rest)
	if !ok || op == "" {
		return ""
	}
	if _, known := ast.LookupOperator("i" + op); known {
		return useHint("i" + op)
	}
	if info, _ := ast.LookupOperator(op); info.Class != ast.Textual && op != ast.OpEq {
		return ""
	}
	return fmt.Sprintf("use tolower(field) %s … to ignore letter case", op)
}

// fieldHint returns a hint about a name that is not a field, if the table of meanings has
// a field for it, or "".
func fieldHint(word string) string {
	field, source := suggest.InTable(word)
	if field == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %s, a field of source %s?", field, source)
}

// emptyArgHint is about brackets without an argument in a name, as in
// spec.containers[].image.
func (s *scanner) emptyArgHint() string {
	rest := s.rest()
	if !strings.HasPrefix(rest, "].") {
		return ""
	}
	return s.argHint(rest[:1+cutLen(rest[1:], func(c byte) bool { return !isWord(c) && c != '.' })])
}

// afterArgHint is about a name that continues after an argument, as spec.volumes[*].name
// does with .name.
func (s *scanner) afterArgHint(more string) string {
	if hint := s.argHint(more); hint != "" {
		return hint
	}
	return "the name of a field must end before its argument in brackets"
}

// argHint returns a hint about the field before the position and the text that continues
// it, or "".
func (s *scanner) argHint(more string) string {
	for i := len(s.tokens) - 1; i >= 0; i-- {
		if t := s.tokens[i]; t.Type == tokField {
			return fieldHint(s.text[t.Pos.Offset:s.pos] + more)
		}
	}
	return ""
}

// operatorMeant returns the operator that a word is, in this language or another one, or
// "".
func operatorMeant(word string) ast.Operator {
	if op, known := ast.LookupOperator(ast.Operator(strings.ToLower(word))); known {
		return op.Op
	}
	return ast.Operator(suggest.Operator(word))
}

// useHint suggests an operator in place of one of another language.
func useHint(op ast.Operator) string {
	purpose := map[ast.Operator]string{
		ast.OpEq:    "equality",
		ast.OpNe:    "inequality",
		ast.OpGe:    "greater than or equal",
		ast.OpLe:    "less than or equal",
		ast.OpGlob:  "shell patterns",
		ast.OpRegex: "regular expressions",
	}[op]
	switch {
	case purpose != "":
		return fmt.Sprintf("use %s for %s", op, purpose)
	case isWordOperator(op):
		return fmt.Sprintf("did you mean %s?", op)
	}
	return fmt.Sprintf("use %s", op)
}

// notHint is about a not between a field and the operator word.
func notHint(word string) string {
	switch op := operatorMeant(word); op {
	case "", ast.OpIn:
		return `write "not" before the field: not field in (…)`
	case ast.OpExists:
		return `write "not" before the field: not field exists`
	default:
		return fmt.Sprintf(`write "not" before the field: not field %s …`, op)
	}
}

const noValueHint = `use "not field exists" to test for a missing value`

// isHint is about text that starts with is, as in SQL.
func isHint(text string) string {
	words := append(strings.Fields(strings.ToLower(text[:min(len(text), maxQuote)])), "", "")
	value, negated := words[1], words[1] == "not"
	if negated {
		value = words[2]
	}
	switch strings.TrimRight(value, "),") {
	case "null", "nil", "none", "empty", "missing":
		if negated {
			return "use exists to test for a value"
		}
		return noValueHint
	}
	if negated {
		return useHint(ast.OpNe)
	}
	return useHint(ast.OpEq)
}

// symbolHint returns a hint about an operator of another language that starts with one of
// ours, such as <> or ===, at the offset start, or "".
func (s *scanner) symbolHint(start int) string {
	run := s.text[start:]
	run = run[:cutLen(run, func(c byte) bool { return strings.IndexByte("=<>!~", c) < 0 })]
	if op := ast.Operator(suggest.Operator(run)); op != "" {
		return useHint(op)
	}
	return ""
}

// unclosedQuote returns the mistake that the quote at the start of text is not closed.
func unclosedQuote(text string) *mistake {
	e := &mistake{msg: "unclosed quote"}
	if i := strings.Index(text, `\`+text[:1]); i > 0 {
		e.hint = `a quote after a backslash does not close the value; write \x5c for a backslash at the end`
	}
	return e
}

// valueHint returns a hint about the text where a value should be.
func valueHint(text string) string {
	switch {
	case strings.HasPrefix(text, "("):
		return "remove the parentheses, or use in or a modifier for a list: contains anyof (…)"
	case strings.HasPrefix(text, "="):
		return "quote a value that contains ="
	}
	return ""
}

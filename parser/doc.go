// Package parser reads Falco conditions and outputs into [ast] trees.
//
// It reads a text in three layers, each with one task:
//
//   - The scanner (scan.go) cuts the text into tokens. Falco's parser has no
//     lexer: it tries expressions at the place where it stands, so that the
//     same characters are one token here and three there. The scanner therefore
//     knows where it stands: operand, operator, value, list, argument.
//   - The grammar (grammar.go), in participle's notation, says what a check is:
//     fields with arguments, transformers and their lists, operators with
//     modifiers and right-hand sides.
//   - The skeleton (condition.go) reads and, or, not and parentheses by hand.
//     It counts nesting as Falco does, whose limit is part of the language, and
//     its errors can point at the parenthesis that was left open.
//
// After a mistake the scanner finds the place where the condition goes on
// (resync.go) and the skeleton reads on from there, so that one call tells all
// mistakes. The hints are in hints.go, what tokens look like in lengths.go.
//
// What Falco reads is read, and what it refuses is refused; errors have our own
// words and the place of the text that they speak of.
package parser

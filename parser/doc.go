// Package parser parses Falco conditions and output templates.
//
//	x, err := parser.Condition(`proc.name = sh and fd.name startswith /etc`)
//	for _, d := range diag.Of(err) {
//		fmt.Println(d) // every mistake, with line and column
//	}
//	fmt.Println(ast.Format(x))
//
// The parser accepts exactly the conditions that Falco accepts. It reports every
// independent mistake in a condition, with a range and often a hint. After a mistake, it
// continues at the next and, or or closing parenthesis. Time and memory are linear in the
// length of the text, and nesting is limited as in Falco.
//
// There are three layers. A scanner splits the text into tokens, which depend on the
// context, because Falco's parser has no lexer. A grammar for participle parses checks. A
// recursive parser for and, or, not and parentheses counts nesting as Falco does.
package parser

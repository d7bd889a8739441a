package parser_test

import (
	"fmt"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/parser"
)

func ExampleCondition() {
	x, err := parser.Condition("proc.name = sh and (fd.name startswith /etc)")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ast.Format(x))

	_, err = parser.Condition("proc.name == 'sh or fd.name starts /etc && user.name = x")
	for _, d := range diag.Of(err) {
		fmt.Println(d)
	}
	// Output:
	// proc.name = sh and fd.name startswith /etc
	// 1:14: unclosed quote
	// 1:29: expected an operator, found "starts" (did you mean startswith?)
	// 1:41: expected "and", "or" or the end, found "&&" (use "and")
}

// Command falcorules checks and runs Falco rules. "falcorules help" says how.
package main

import (
	"os"
)

func main() {
	os.Exit(execute(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

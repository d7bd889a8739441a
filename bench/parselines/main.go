// Command parselines parses each line of a file as JSON with fastjson. This is the least
// that any program has to do with events.
package main

import (
	"bufio"
	"fmt"
	"os"

	"github.com/valyala/fastjson"
)

func main() {
	lines, err := parse(os.Args[1])
	if err != nil {
		fmt.Fprintf(os.Stderr, "parselines: %v\n", err)
		os.Exit(1)
	}
	fmt.Println(lines)
}

// parse parses all lines and returns their number.
func parse(name string) (lines int, err error) {
	file, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	in := bufio.NewScanner(file)
	in.Buffer(make([]byte, 1<<20), 1<<20)
	var parser fastjson.Parser
	for ; in.Scan(); lines++ {
		if _, err := parser.ParseBytes(in.Bytes()); err != nil {
			return lines, fmt.Errorf("line %d: %w", lines+1, err)
		}
	}
	return lines, in.Err()
}

// Package names maps the numbers of errors, signals and flags to the names that Falco
// prints, and back.
package names

import (
	_ "embed" // the tables
	"strconv"
	"strings"
	"sync"
)

var (
	//go:embed errnos.txt
	errnoTable string
	//go:embed signals.txt
	signalTable string
)

// Table maps names to numbers and back.
type Table struct {
	ByName   map[string]int64
	ByNumber map[int64]string
}

func readTable(table string) Table {
	n := Table{map[string]int64{}, map[int64]string{}}
	for line := range strings.Lines(table) {
		words := strings.Fields(line)
		if words[0] == "#" {
			continue
		}
		number, err := strconv.ParseInt(words[1], 10, 64)
		if err != nil {
			panic("names: " + err.Error())
		}
		n.ByName[words[0]], n.ByNumber[number] = number, words[0]
	}
	return n
}

var (
	// Errors has the error numbers, which are positive here.
	Errors = sync.OnceValue(func() Table { return readTable(errnoTable) })
	// Signals has the signal numbers.
	Signals = sync.OnceValue(func() Table { return readTable(signalTable) })
)

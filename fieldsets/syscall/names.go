package syscall

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

// names is numbers with names.
type names struct {
	byName   map[string]int64
	byNumber map[int64]string
}

func readNames(table string) names {
	n := names{map[string]int64{}, map[int64]string{}}
	for line := range strings.Lines(table) {
		words := strings.Fields(line)
		if words[0] == "#" {
			continue
		}
		number, err := strconv.ParseInt(words[1], 10, 64)
		if err != nil {
			panic("syscall: " + err.Error())
		}
		n.byName[words[0]], n.byNumber[number] = number, words[0]
	}
	return n
}

var (
	errnos  = sync.OnceValue(func() names { return readNames(errnoTable) })
	signals = sync.OnceValue(func() names { return readNames(signalTable) })
)

package syscall

import (
	_ "embed" // the tables
	"strconv"
	"strings"
	"sync"
)

// eventInfo is what Falco knows of the event that ends a call of a type.
type eventInfo struct {
	params                           []string // names, by number
	direction, category              string
	isCall, reads, writes, waits, fd bool
}

//go:embed events_info.txt
var eventInfoTable string

// eventInfos has the event types that are no generic calls.
var eventInfos = sync.OnceValue(func() map[string]eventInfo {
	params := map[int][]string{}
	code := 0
	for line := range strings.Lines(eventsText) {
		var names []string
		for _, p := range strings.Fields(line)[1:] {
			name, _, _ := strings.Cut(p, ":")
			names = append(names, name)
		}
		params[code] = names
		code++
	}
	infos := map[string]eventInfo{}
	for line := range strings.Lines(eventInfoTable) {
		words := strings.Fields(line)
		if words[0] == "#" {
			continue
		}
		code, err := strconv.Atoi(words[1])
		if err != nil {
			panic("syscall: events_info.txt: " + err.Error())
		}
		info := eventInfo{params: params[code], direction: words[2], category: words[3]}
		for _, w := range words[4:] {
			switch w {
			case "syscall":
				info.isCall = true
			case "read":
				info.reads = true
			case "write":
				info.writes = true
			case "wait":
				info.waits = true
			case "fd":
				info.fd = true
			}
		}
		infos[words[0]] = info
	}
	return infos
})

// infoOf returns what there is to know of an event type; that of a call without
// events of its own is the same for all.
func infoOf(evtType string) (eventInfo, bool) {
	info, ok := eventInfos()[evtType]
	if !ok && IsEventType(evtType) {
		return eventInfo{direction: "<", category: "other", isCall: true}, true
	}
	return info, ok
}

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

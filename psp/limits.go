package psp

import (
	"strconv"
	"strings"
)

// limitedList is a list of a pod of which conditions see the first elements.
type limitedList struct {
	// title is the list in words.
	name, title string
	max         int
	// beyond holds for a pod with more elements.
	beyond func(v view) expr
	// sign is a part of the fields that look into the list.
	sign string
}

var limitedLists = []limitedList{
	limitedContainers(0, "containers"),
	limitedContainers(1, "init containers"),
	limitedContainers(2, "ephemeral containers"),
	{"volumes", "volumes", maxVolumes, func(v view) expr {
		return v.pod(v.at("/spec/volumes/" + strconv.Itoa(maxVolumes)).exists())
	}, "/spec/volumes/"},
	{"sysctls", "sysctls", maxSysctls, func(v view) expr {
		return v.pod(v.context("sysctls/" + strconv.Itoa(maxSysctls)).exists())
	}, "/sysctls/"},
	{"sources", "sources of a projected volume", maxTokenSources, func(v view) expr {
		return v.pod(v.volumes(func(volume func(string) field) expr {
			return volume("/projected/sources/" + strconv.Itoa(maxTokenSources)).exists()
		}))
	}, "/projected/sources/"},
}

func limitedContainers(number int, title string) limitedList {
	l := containerLists[number]
	path := "/spec/" + l.name + "/"
	return limitedList{l.name, title, l.max, func(v view) expr {
		for _, seen := range v.lists {
			if seen.name == l.name {
				return v.at(path + strconv.Itoa(l.max)).exists()
			}
		}
		return never
	}, path}
}

// limits are the names of the lists that conditions look into.
type limits map[string]bool

func (l limits) see(x expr) {
	x.walk(func(part expr) {
		for _, list := range limitedLists {
			if part.op == opCheck && strings.Contains(part.text, list.sign) {
				l[list.name] = true
			}
		}
	})
}

// limits adds the rules about pods that have more than the others look at.
func (b *builder) limits(seen limits) {
	for _, list := range limitedLists {
		if seen[list.name] {
			b.auditRule(Limit, list.name, strconv.Itoa(list.max), list.title, list.beyond, limits{})
		}
	}
}

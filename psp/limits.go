package psp

import (
	"strconv"
	"strings"
)

// limitedList is a list of a pod of which the rules check only the first elements.
type limitedList struct {
	// title is the plural noun for the elements.
	name, title string
	max         int
	// beyond holds if the pod has more than max elements.
	beyond func(v view) expr
	// marker is in the names of all fields that refer to an element.
	marker string
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

// limits is the set of lists that conditions refer to, by name.
type limits map[string]bool

// add adds the lists that x refers to.
func (l limits) add(x expr) {
	x.walk(func(part expr) {
		for _, list := range limitedLists {
			if part.op == opCheck && strings.Contains(part.text, list.marker) {
				l[list.name] = true
			}
		}
	})
}

// limits adds the rules that fire on pods with more elements than the other rules
// check.
func (b *builder) limits(used limits) {
	for _, list := range limitedLists {
		if used[list.name] {
			b.auditRule(Limit, list.name, strconv.Itoa(list.max), list.title, list.beyond, limits{})
		}
	}
}

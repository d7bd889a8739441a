package psp

import (
	"fmt"
)

func capabilitiesViolation(p *Policy, v view) expr {
	if has(p.AllowedCapabilities, "*") {
		return never
	}
	allowed := append(append([]string{}, p.AllowedCapabilities...), p.DefaultAddCapabilities...)
	return v.addsOther(allowed)
}

// addsOther holds when one of the containers adds a capability that is not allowed.
func (v view) addsOther(allowed []string) expr {
	good := onlyOf(allowed)
	return v.containers(func(c container) expr {
		added := c.context("capabilities/add")
		return and(added.exists(), not(and(checks(added, good)...)))
	})
}

func checks(f field, patterns []string) []expr {
	out := make([]expr, len(patterns))
	for i, p := range patterns {
		out[i] = f.matches(p)
	}
	return out
}

// dropMutation is about containers that do not drop what they have to. Where
// admission adds a capability it also sorts those to drop, which is a change.
func dropMutation(p *Policy, v view) expr {
	return v.containers(func(c container) expr {
		return or(c.dropsTooFew(p), and(c.addsTooFew(p), c.unsorted("capabilities/drop")))
	})
}

// addMutation is about containers that do not add what they get by default, and
// about the order of what they add.
func addMutation(p *Policy, v view) expr {
	return v.containers(func(c container) expr {
		return or(c.addsTooFew(p), and(c.dropsTooFew(p), c.unsorted("capabilities/add")))
	})
}

func (c container) dropsTooFew(p *Policy) expr {
	if len(p.RequiredDropCapabilities) == 0 {
		return never
	}
	var texts []string
	for _, name := range p.RequiredDropCapabilities {
		texts = append(texts, jsonText(name))
	}
	return and(c.exists(), not(c.context("capabilities/drop").containsAll(texts)))
}

// addsTooFew holds for a container that has not a capability by default and does
// not drop it either.
func (c container) addsTooFew(p *Policy) expr {
	return either(p.DefaultAddCapabilities, func(name string) expr {
		text := jsonText(name)
		return and(c.exists(), not(c.context("capabilities/add").contains(text)), not(c.context("capabilities/drop").contains(text)))
	})
}

// maxSorted is how many capabilities of a list are held against the next one.
const maxSorted = 5

// unsorted holds for a list of names that is not sorted, or has a name twice.
func (c container) unsorted(list string) expr {
	var children []expr
	for i := range maxSorted {
		this, next := c.context(fmt.Sprintf("%s/%d", list, i)), c.context(fmt.Sprintf("%s/%d", list, i+1))
		children = append(children, check("%s >= val(%s)", this, next))
	}
	return or(children...)
}

package psp

import "fmt"

func capabilitiesViolation(p *Policy, v view) expr {
	if has(p.AllowedCapabilities, "*") {
		return never
	}
	allowed := append(append([]string{}, p.AllowedCapabilities...), p.DefaultAddCapabilities...)
	return v.addsOther(allowed)
}

// addsOther holds if a container adds a capability that is not in allowed.
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

// dropMutation holds if a container does not drop a required capability. If admission
// adds a capability, it also sorts the dropped ones, which counts as a change.
func dropMutation(p *Policy, v view) expr {
	return v.containers(func(c container) expr {
		return or(c.dropsTooFew(p), and(c.addsTooFew(p), c.unsorted("capabilities/drop")))
	})
}

// addMutation holds if a container lacks a default capability. If admission drops a
// capability, it also sorts the added ones, which counts as a change.
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

// addsTooFew holds if the container neither adds nor drops a default capability.
func (c container) addsTooFew(p *Policy) expr {
	return anyOf(p.DefaultAddCapabilities, func(name string) expr {
		text := jsonText(name)
		return and(c.exists(), not(c.context("capabilities/add").contains(text)), not(c.context("capabilities/drop").contains(text)))
	})
}

// maxSorted is the number of capabilities in a list that are compared with the next
// one to find out whether the list is sorted.
const maxSorted = 5

// unsorted holds if the list of names is not sorted or has duplicates.
func (c container) unsorted(list string) expr {
	var children []expr
	for i := range maxSorted {
		this, next := c.context(fmt.Sprintf("%s/%d", list, i)), c.context(fmt.Sprintf("%s/%d", list, i+1))
		children = append(children, check("%s >= val(%s)", this, next))
	}
	return or(children...)
}

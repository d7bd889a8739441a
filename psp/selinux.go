package psp

import (
	"strconv"
	"strings"
)

func seLinuxRule(p *Policy) string { return string(p.SELinux.Rule) }

func seLinuxViolation(p *Policy, v view) expr {
	if p.SELinux.Rule != MustRunAs {
		return never
	}
	other := func(options field, at func(string) field) expr {
		return and(options.exists(), not(and(
			labelled(at("/user"), p.SELinux.User),
			labelled(at("/role"), p.SELinux.Role),
			labelled(at("/type"), p.SELinux.Type),
			levelled(at("/level"), p.SELinux.Level),
		)))
	}
	inPod := func(name string) field { return v.context("seLinuxOptions" + name) }
	podBad := other(inPod(""), inPod)
	return or(
		v.pod(podBad),
		v.takenOver(and(podBad, v.without("seLinuxOptions"))),
		v.containers(func(c container) expr {
			inContainer := func(name string) field { return c.context("seLinuxOptions" + name) }
			return other(inContainer(""), inContainer)
		}),
	)
}

func seLinuxMutation(p *Policy, v view) expr {
	if p.SELinux.Rule != MustRunAs {
		return never
	}
	return v.pod(not(v.context("seLinuxOptions").exists()))
}

// labelled holds for a part of a label that is this text; empty is as missing.
func labelled(f field, text string) expr {
	if text == "" {
		return not(f.nonEmpty())
	}
	return f.eq(text)
}

// levelled holds for a level that is equal to another one: categories, as in
// s0:c6,c0, may come in any order.
func levelled(f field, level string) expr {
	sensitivity, list, ok := strings.Cut(level, ":")
	categories := strings.Split(list, ",")
	if !ok || len(categories) == 1 {
		return labelled(f, level)
	}
	count := map[string]int{}
	all := []expr{f.matches(literal(sensitivity) + ":[^,]*(,[^,]*){" + strconv.Itoa(len(categories)-1) + "}")}
	for _, c := range categories {
		if count[c]++; count[c] > 1 {
			continue
		}
		times := strings.Count(","+strings.Join(categories, ",,")+",", ","+c+",")
		all = append(all, f.matches("[^:]*:(.*,)?"+literal(c)+strings.Repeat(",(.*,)?"+literal(c), times-1)+"(,.*)?"))
	}
	return and(all...)
}

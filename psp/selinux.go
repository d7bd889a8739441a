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
			equalOrUnset(at("/user"), p.SELinux.User),
			equalOrUnset(at("/role"), p.SELinux.Role),
			equalOrUnset(at("/type"), p.SELinux.Type),
			levelEqual(at("/level"), p.SELinux.Level),
		)))
	}
	inPod := func(name string) field { return v.context("seLinuxOptions" + name) }
	podBad := other(inPod(""), inPod)
	return or(
		v.pod(podBad),
		v.onlyPatched(and(podBad, v.without("seLinuxOptions"))),
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

// equalOrUnset holds if a part of a label is equal to text. An empty text also matches
// a missing part.
func equalOrUnset(f field, text string) expr {
	if text == "" {
		return not(f.nonEmpty())
	}
	return f.eq(text)
}

// levelEqual holds if a level is equal to another one. Categories, as in s0:c6,c0, can
// be in any order.
func levelEqual(f field, level string) expr {
	sensitivity, list, ok := strings.Cut(level, ":")
	categories := strings.Split(list, ",")
	if !ok || len(categories) == 1 {
		return equalOrUnset(f, level)
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

package solve

import (
	"cmp"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
)

// nameSubjects sets missing names, such as proc.name, that the condition only compares for
// inequality, because an event without them looks odd.
func (s *search) nameSubjects(at state) state {
	for i, o := range s.operands {
		field, ok := s.oracle.checks[i].Left.(*ast.Field)
		if !ok || !named[o.name] || at.event[o.name] != nil {
			continue
		}
		for _, v := range o.usual(field) {
			value := o.node(v)
			if o.list {
				value = list(value)
			}
			if to, ok := s.try(at.event.with(edit{{o.name, value}})); ok && s.root.met(to.holds) {
				at = to
				break
			}
		}
	}
	return at
}

// minMissTrials is the minimum of trials to find a near miss.
const minMissTrials = 500

// miss finds the near miss, which flips the check that is most specific to the rule.
func (s *search) miss(solution *Solution, at state) {
	s.trials = max(s.trials, minMissTrials)
	type flip struct {
		check int
		want  bool
	}
	var flips []flip
	s.root.checks(func(check int, want bool) {
		if at.holds[check] == want {
			flips = append(flips, flip{check, want})
		}
	})
	slices.SortStableFunc(flips, func(a, b flip) int {
		return cmp.Compare(s.commonness(a.check, a.want), s.commonness(b.check, b.want))
	})
	for _, f := range flips {
		for _, e := range s.edits(f.check, !f.want, at.event) {
			if len(e) != 1 || same(at.event[e[0].field], e[0].value) {
				continue
			}
			to, ok := s.try(at.event.with(e))
			if !ok || s.root.met(to.holds) || to.holds[f.check] == f.want {
				continue
			}
			solution.Miss, solution.Missed, solution.Flipped = to.event, e[0].field, s.asWanted(f.check, f.want)
			return
		}
	}
}

// commonness returns a rank for checks, which is greater for those that many rules have in
// common, and less for values that the rule looks for than for exceptions.
func (s *search) commonness(check int, want bool) int {
	switch name := s.operands[check].name; {
	case name == eventType || name == "syscall.type" || name == "evt.dir" || name == "jevt.value[/stage]" || name == "ka.stage":
		return 4
	case common[name] || strings.HasPrefix(name, "evt.is_") || s.comparesMissing(check):
		return 3
	case !want || s.oracle.checks[check].Op == ast.OpNe:
		return 2
	case !isEquality(s.oracle.checks[check].Op):
		return 1
	}
	return 0
}

// comparesMissing reports whether a check compares only with texts that mean a missing
// value.
func (s *search) comparesMissing(check int) bool {
	return !slices.ContainsFunc(valueTexts(s.oracle.checks[check]), func(c string) bool { return c != "<NA>" && c != "N/A" && c != "" })
}

// common are fields that many rules use.
var common = map[string]bool{
	"container.id": true, "fd.num": true, "fd.typechar": true, "evt.res": true, "evt.rawres": true, "evt.failed": true,
	"ka.auth.decision": true, "ka.response.code": true, "ka.target.resource": true, "ka.verb": true,
}

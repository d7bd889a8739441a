package solve

import (
	"cmp"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
)

// embellish gives fields a value that the condition asks for, and only says what it is
// not: an event tells the name of its process.
func (s *search) embellish(at state) state {
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

// maxMisses is how many trials the search for a near miss has, at least.
const maxMisses = 500

// miss finds the near miss: of the checks that are as they should be, the one is turned
// that says most of what the rule is about.
func (s *search) miss(solution *Solution, at state) {
	s.trials = max(s.trials, maxMisses)
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
		return cmp.Compare(s.dullness(a.check, a.want), s.dullness(b.check, b.want))
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
			solution.Miss, solution.Missed, solution.Flipped = to.event, e[0].field, s.part(f.check, f.want)
			return
		}
	}
}

// dullness says how little a check says of what a rule is about: what it looks for says
// most, then what it excepts, and least what many rules have in common.
func (s *search) dullness(check int, want bool) int {
	switch name := s.operands[check].name; {
	case name == eventType || name == "syscall.type" || name == "evt.dir" || name == "jevt.value[/stage]" || name == "ka.stage":
		return 4
	case common[name] || strings.HasPrefix(name, "evt.is_") || s.ofMissing(check):
		return 3
	case !want || s.oracle.checks[check].Op == ast.OpNe:
		return 2
	case !names(s.oracle.checks[check].Op):
		return 1
	}
	return 0
}

// ofMissing reports whether a check is about what stands for no value.
func (s *search) ofMissing(check int) bool {
	return !slices.ContainsFunc(constants(s.oracle.checks[check]), func(c string) bool { return c != "<NA>" && c != "N/A" && c != "" })
}

// common are fields that many conditions begin with.
var common = map[string]bool{
	"container.id": true, "fd.num": true, "fd.typechar": true, "evt.res": true, "evt.rawres": true, "evt.failed": true,
	"ka.auth.decision": true, "ka.response.code": true, "ka.target.resource": true, "ka.verb": true,
}

package route_test

import (
	"testing"
	"time"

	"github.com/falcorules/falcorules/route"
	"github.com/falcorules/falcorules/rulesfile"
)

// FuzzNew compiles routes and routes alerts. An alert that does not take a route with a
// condition takes one with the opposite condition.
func FuzzNew(f *testing.F) {
	for _, seed := range []struct{ when, by, field string }{
		{"alert.priority <= WARNING and ka.verb = get", "%alert.rule %alert.priority", "ka.verb"},
		{"alert.tags intersects (pii, shell) or not (proc.name exists and alert.output contains a)", "%proc.name %5ka.verb", "proc.env[HOME]"},
		{"by_a_person and alert.rule in (Exec, secret_kinds)", "%toupper(alert.source)", "proc.env"},
		{"alert.priority in (1, DEBUG) and evt.num > 3", "%evt.arg.fd", "alert.rule"},
	} {
		f.Add(seed.when, seed.by, seed.field)
	}
	set := load(f, rules)
	events := newMatches(f, set)
	f.Fuzz(func(t *testing.T, condition, by, field string) {
		yes, no := when("yes", condition, "a"), when("no", "not ("+condition+")", "b")
		no.Redact = []rulesfile.Value{text(field)}
		no.Deduplicate = route.Deduplicate{By: text(by), For: time.Minute}
		router, err := route.New(set, []*route.Route{yes, no, when("rest", "", "c")})
		if err != nil {
			return
		}
		m := router.NewMatcher()
		var l route.Limiter
		for rule := range given {
			taken := m.Route(events.alert(t, rule))
			if got := names(taken); got != "yes" && got != "no" {
				t.Errorf("%s takes %s", rule, got)
			}
			for i := range taken {
				l.Pass(&taken[i], "id", time.Time{})
				_ = taken[i].Match.AppendJSON(nil)
			}
		}
	})
}

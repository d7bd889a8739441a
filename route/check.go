package route

import (
	"fmt"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
)

// MaxRoutes limits the number of routes.
const MaxRoutes = 1000

// Check checks what does not depend on the rules, such as that the last route takes all
// alerts. [New] checks it, too. The error is a [diag.List].
func Check(routes []*Route) error {
	var errs diag.List
	fail := func(at diag.Range, hint, format string, args ...any) {
		errs = append(errs, &diag.Diagnostic{Code: Invalid, Range: at, Message: fmt.Sprintf(format, args...), Hint: hint})
	}
	names := map[string]bool{}
	for i, r := range routes {
		if names[r.Name] {
			fail(r.At, "", "another route is also called %s", quote.Text(r.Name))
		}
		names[r.Name] = true
		switch {
		case r.Drop && len(r.To) > 0:
			fail(r.At, "", "route %s has both to and drop", quote.Name(r.Name))
		case !r.Drop && len(r.To) == 0:
			fail(r.At, "", "route %s has neither to nor drop", quote.Name(r.Name))
		case r.Drop && r.Continue:
			fail(r.At, "", "route %s has both drop and continue", quote.Name(r.Name))
		}
		if i == len(routes)-1 && (r.When.Exists() || r.Continue) {
			fail(r.At, "add a route for all other alerts: with to and no condition, or with drop: true", "the last route must take all alerts that no other route takes")
		}
	}
	switch {
	case len(routes) == 0:
		fail(diag.Range{}, "", "there are no routes")
	case len(routes) > MaxRoutes:
		fail(routes[MaxRoutes].At, "", "more than %d routes", MaxRoutes)
	}
	return errs.Err()
}

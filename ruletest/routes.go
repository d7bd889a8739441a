package ruletest

import (
	"os"
	"slices"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/routesfile"
	"github.com/falcorules/falcorules/route"
)

// readRoutes reads the routes of the suite, and checks the names of routes in the tests.
func (r *suiteRun) readRoutes() {
	at := r.suite.at.of("routes")
	if name := r.suite.Routes; name != "" {
		path := r.path(name)
		err := inRoot(r.root, path)
		if info, statErr := os.Stat(path); err == nil && statErr == nil && !info.Mode().IsRegular() {
			err = errNotRegular
		}
		if err != nil {
			r.fail(at, "", "%s: %v", quote.Name(name), err)
			return
		}
		routes, err := routesfile.Read(path)
		r.routes = routes
		if r.routeErrors(err); err != nil {
			return
		}
	}
	names := make([]string, len(r.routes))
	for i, one := range r.routes {
		names[i] = one.Name
	}
	for i := range r.suite.Tests {
		t := &r.suite.Tests[i]
		r.current = t
		for j := range t.Expect {
			e := &t.Expect[j]
			for k, name := range e.Routes {
				switch {
				case len(names) == 0:
					r.fail(e.at.ofItem("routes", k), "add the key routes to the suite, with the path of a configuration", "the suite has no routes")
				case !slices.Contains(names, name):
					r.fail(e.at.ofItem("routes", k), hintOf(name, names), "there is no route %s", quote.Text(name))
				}
			}
		}
	}
	r.current = nil
}

// routeErrors reports errors in the file of the routes.
func (r *suiteRun) routeErrors(err error) {
	for _, d := range diag.Of(err) {
		r.fail(r.suite.at.of("routes"), d.Hint, "%s: %s: %s", d.Range, d.Code, d.Message)
	}
}

// compileRoutes compiles the routes for rules. It returns false after an error.
func (r *suiteRun) compileRoutes(set *ruleset) bool {
	router, err := route.New(set.set, r.routes)
	if err != nil {
		current := r.current
		r.current = nil // it is the same for other tests
		r.routeErrors(err)
		r.current = current
		return false
	}
	set.router = router.NewMatcher()
	return true
}

// routesOf returns the names of the routes that take the alert of a match.
func (set *ruleset) routesOf(m eval.Match) []string {
	if set.router == nil {
		return nil
	}
	var names []string
	for _, t := range set.router.Route(route.Alert{Match: m}) {
		names = append(names, t.Route.Name)
	}
	return names
}

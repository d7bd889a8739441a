package route_test

import (
	"fmt"
	"testing"

	"github.com/falcorules/falcorules/route"
)

// BenchmarkRoute measures an alert that the last of 100 routes takes.
func BenchmarkRoute(b *testing.B) {
	for _, bench := range []struct{ name, condition string }{
		{"rules", "alert.rule = Shell and alert.priority <= WARNING and alert.tags intersects (x%d, shell)"}, // for other alerts
		{"fields", "alert.priority <= NOTICE and (ka.target.namespace = ns%d or ka.user.name startswith robot%[1]d)"},
		{"output", "alert.output contains secret%d"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			set := load(b, rules)
			var routes []*route.Route
			for i := range 99 {
				routes = append(routes, goesOn(when(fmt.Sprint("r", i), fmt.Sprintf(bench.condition, i), "x")))
			}
			router, err := route.New(set, append(routes, when("rest", "", "y")))
			if err != nil {
				b.Fatal(err)
			}
			m := router.NewMatcher()
			alert := newMatches(b, set).alert(b, "Secret")
			b.ReportAllocs()
			for b.Loop() {
				if taken := m.Route(alert); len(taken) != 1 {
					b.Fatal(names(taken))
				}
			}
		})
	}
}

// BenchmarkNew measures compiling 100 routes.
func BenchmarkNew(b *testing.B) {
	set := load(b, rules)
	var routes []*route.Route
	for i := range 99 {
		routes = append(routes, when(fmt.Sprint("r", i), fmt.Sprintf("alert.priority <= WARNING and ka.user.name = user%d", i), "x"))
	}
	routes = append(routes, when("rest", "", "y"))
	for b.Loop() {
		if _, err := route.New(set, routes); err != nil {
			b.Fatal(err)
		}
	}
}

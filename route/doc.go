// Package route decides where alerts go. A [Route] has a condition in Falco's language over
// an alert and its event, and the names of outputs:
//
//	routes := []*route.Route{
//		{Name: "sensitive", When: condition, To: []string{"vault"}, Redact: fields},
//		{Name: "rest", To: []string{"siem"}},
//	}
//	router, err := route.New(set, routes)
//	...
//	matcher := router.NewMatcher() // one for each goroutine
//	for _, taken := range matcher.Route(route.Alert{Match: match}) {
//		write(taken.Route.To, taken.Match)
//	}
//
// # Conditions
//
// Conditions can use these fields, all fields of events, and the macros and lists of the
// rules:
//
//   - alert.rule, alert.source and alert.tags are those of the rule
//   - alert.priority is compared with names, and lower is more urgent: alert.priority <=
//     WARNING is true for WARNING and everything that is more urgent
//   - alert.output is the output of the rule with the values of the event
//
// A route sees alerts of all event sources. A field that the source of an alert does not
// have has no value, so every check of it is false: ka.verb = get is false for alerts of
// source syscall, and not ka.verb = get is true.
//
// # Order
//
// An alert goes to the first route whose condition is true. If that route has Continue, the
// alert also goes to the next route whose condition is true, and so on. The last route must
// be without a condition, so that no alert is lost by mistake; it can have Drop.
//
// For each rule, the values of alert.rule, alert.source, alert.priority and alert.tags are
// known in advance, and so are checks of fields of other sources. [New] evaluates these parts
// of conditions once. It returns an error for a route that no alert can take, and for names
// of rules and sources that do not exist. When an alert arrives, only the rest is evaluated,
// for those routes that alerts of its rule can take.
//
// # Duplicates and rates
//
// A [Limiter] keeps a route from writing the same alert again and again, and from writing
// more alerts than a rate. The times are those of the events, so the result for recorded
// events is always the same.
package route

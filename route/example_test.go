package route_test

import (
	"fmt"
	"log"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/route"
	"github.com/falcorules/falcorules/rulesfile"
)

func Example() {
	rules := []loader.File{{Name: "rules.yaml", Data: []byte(`
- rule: Secret read
  desc: Somebody reads a secret.
  condition: ka.verb = get and ka.target.resource = secrets
  output: "%ka.user.name read secret %ka.target.name"
  priority: NOTICE
  source: k8s_audit
`)}}
	set, err := loader.Load(rules, loader.Options{Sources: []*fieldsets.Source{k8saudit.NewSource()}})
	if err != nil {
		log.Fatal(err)
	}
	_, texts := rulesfile.Texts("routes", "alert.priority <= NOTICE and not ka.user.name startswith system:", "ka.user.name")
	router, err := route.New(set, []*route.Route{
		{Name: "people", When: texts[0], To: []string{"vault"}, Continue: true},
		{Name: "all", To: []string{"siem"}, Redact: texts[1:]},
	})
	if err != nil {
		log.Fatal(err)
	}
	matcher, routes := set.Engine.NewMatcher(eval.FirstMatch), router.NewMatcher()
	event := []byte(`{"kind": "Event", "auditID": "1", "verb": "get", "user": {"username": "ann"},
		"objectRef": {"resource": "secrets", "name": "db"}, "stageTimestamp": "2026-03-01T10:20:30.5Z"}`)
	err = k8saudit.NewDecoder(&fieldsets.Stream{}).Decode(event, func(ev *fieldsets.Event) error {
		for _, match := range matcher.Match(ev) {
			for _, taken := range routes.Route(route.Alert{Match: match}) {
				fmt.Println(taken.Route.To, taken.Match.Message())
			}
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// [vault] ann read secret db
	// [siem] [redacted] read secret db
}

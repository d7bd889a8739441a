package explain_test

import (
	"fmt"
	"log"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/loader/explain"
)

func Example() {
	rules := []loader.File{{Name: "rules.yaml", Data: []byte(`
- macro: by_a_person
  condition: not ka.user.name startswith "system:"
- rule: Secret read by a person
  desc: Somebody reads a secret.
  condition: ka.verb = get and ka.target.resource = secrets and by_a_person
  output: secret %ka.target.name read by %ka.user.name
  priority: NOTICE
  source: k8s_audit
`)}}
	set, err := loader.Load(rules, loader.Options{Sources: []*fieldsets.Source{k8saudit.NewSource()}})
	if err != nil {
		log.Fatal(err)
	}
	why, err := explain.New(set, "Secret read by a person", eval.FirstMatch) // one for each goroutine
	if err != nil {
		log.Fatal(err)
	}
	event := []byte(`{"kind": "Event", "auditID": "1", "verb": "get", "user": {"username": "system:node:n1"},
		"objectRef": {"resource": "secrets", "name": "db"}, "stageTimestamp": "2026-03-01T10:20:30.5Z"}`)
	err = k8saudit.NewDecoder(&fieldsets.Stream{}).Decode(event, func(ev *fieldsets.Event) error {
		fmt.Print(why.Explain(ev).Text(explain.TextOptions{}))
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// Secret read by a person did not fire: ka.user.name is system:node:n1, so not ka.user.name startswith system: is false (macro by_a_person, rules.yaml:3)
	// event 1 of source k8s_audit, 2026-03-01T10:20:30.5Z
	// → ✗ and  # rules.yaml:6
	//     ✓ ka.verb = get  # ka.verb is get; rules.yaml:6
	//     ✓ ka.target.resource = secrets  # ka.target.resource is secrets; rules.yaml:6
	// →   ✗ macro by_a_person: not  # rules.yaml:3
	// →     ✓ ka.user.name startswith system:  # ka.user.name is system:node:n1; rules.yaml:3
}

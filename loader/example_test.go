package loader_test

import (
	"fmt"
	"log"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/loader"
)

func Example() {
	rules := []loader.File{{Name: "rules.yaml", Data: []byte(`
- rule: Namespace deleted
  desc: Somebody deletes a namespace.
  condition: ka.verb = delete and ka.target.resource = namespaces
  output: namespace %ka.target.name deleted by %ka.user.name
  priority: WARNING
  source: k8s_audit
`)}}
	set, err := loader.Load(rules, loader.Options{Sources: []*fieldsets.Source{k8saudit.NewSource()}})
	if err != nil {
		log.Fatal(err)
	}
	matcher := set.Engine.NewMatcher(eval.FirstMatch) // one for each goroutine
	decoder := k8saudit.NewDecoder(&fieldsets.Stream{})

	event := []byte(`{"kind": "Event", "auditID": "1", "verb": "delete", "user": {"username": "eve"},
		"objectRef": {"resource": "namespaces", "name": "prod"}, "stageTimestamp": "2026-03-01T10:20:30.5Z"}`)
	err = decoder.Decode(event, func(ev *fieldsets.Event) error {
		for _, match := range matcher.Match(ev) {
			fmt.Println(match)
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output: 10:20:30.500000000: Warning namespace prod deleted by eve
}

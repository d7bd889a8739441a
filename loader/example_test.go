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

func ExampleRule_Trace() {
	rules := []loader.File{{Name: "rules.yaml", Data: []byte(`
- list: changes
  items: [create, delete]
- macro: changed
  condition: ka.verb in (changes)
- rule: Namespace changed
  desc: Somebody creates or deletes a namespace.
  condition: changed and ka.target.resource = namespaces
  output: namespace %ka.target.name
  priority: WARNING
  source: k8s_audit
`)}}
	set, err := loader.Load(rules, loader.Options{Sources: []*fieldsets.Source{k8saudit.NewSource()}})
	if err != nil {
		log.Fatal(err)
	}
	for node, check := range set.Rules[0].Trace().Root().Checks() {
		origin := node.Origin()
		fmt.Printf("%s at %s\n", node.Text(), origin.Range)
		for _, use := range origin.Macros {
			fmt.Printf("  in macro %s, used at %s\n", use.Macro.Name, use.At)
		}
		for _, value := range check.Values() {
			if from := node.At(value); from.List != nil {
				fmt.Printf("  %s is in list %s at %s\n", value.Text, from.List.Name, from.Range)
			}
		}
	}
	// Output:
	// ka.verb in (changes) at rules.yaml:5:14
	//   in macro changed, used at rules.yaml:8:14
	//   create is in list changes at rules.yaml:3:11
	//   delete is in list changes at rules.yaml:3:19
	// ka.target.resource = namespaces at rules.yaml:8:26
}

package draft_test

import (
	"context"
	"fmt"
	"log"

	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/ruletest/draft"
)

func ExampleWrite() {
	rules := `
- rule: Namespace deleted
  desc: Somebody deletes a namespace.
  condition: ka.verb = delete and ka.target.resource = namespaces
  output: namespace %ka.target.name deleted by %ka.user.name
  priority: WARNING
  source: k8s_audit
`
	suite, err := draft.Write(context.Background(), draft.Rules{
		Names:   []string{"rules.yaml"},
		Files:   []loader.File{{Name: "rules.yaml", Data: []byte(rules)}},
		Sources: fixtures.Sources(all.Sources()),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d rule: %d firing event, %d near miss\n", suite.Rules, suite.FiringEvents, suite.NearMisses)
	// Output: 1 rule: 1 firing event, 1 near miss
}

package lint_test

import (
	"context"
	"fmt"
	"log"

	"github.com/falcorules/falcorules/lint"
	"github.com/falcorules/falcorules/loader"
)

const rules = `
- rule: Shell started
  desc: Detect shells.
  condition: evt.type = execve and proc.name = bash
  output: Shell started | command=%proc.cmdline
  priority: DEBUG
`

// To run an analyzer of your own beside those of the package, append it to Default.
func ExampleRun() {
	set, err := loader.Load([]loader.File{{Name: "rules.yaml", Data: []byte(rules)}}, loader.Options{})
	if err != nil {
		log.Fatal(err)
	}
	noTags := &lint.Analyzer{
		ID: "no-tags", Category: lint.Style, Level: lint.Warning, Summary: "A rule has no tags.",
		Run: func(p *lint.Pass) {
			for _, r := range p.Set.Rules {
				if len(r.Tags) == 0 {
					p.ReportRule(r, "the rule has no tags").Hint = "name the team that is responsible"
				}
			}
		},
	}
	for _, finding := range lint.Run(context.Background(), set, lint.Options{Analyzers: []*lint.Analyzer{noTags}}) {
		fmt.Println(finding)
	}
	// Output: rules.yaml:2:9: no-tags: the rule has no tags (name the team that is responsible)
}

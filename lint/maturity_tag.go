package lint

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/rulesfile"
)

var maturityTag = &Analyzer{
	ID:       "maturity-tag",
	Category: Style,
	Level:    Off,
	Summary:  "The first tag of a rule is not its maturity.",
	Options:  []Option{maturityTags},
	Run:      runMaturityTag,
}

var maturityTags = Option{
	Name: "tags", Doc: "Tags that name a maturity.",
	Default: []string{"maturity_stable", "maturity_incubating", "maturity_sandbox", "maturity_deprecated"},
}

func runMaturityTag(p *Pass) {
	for item := range p.Items() {
		if item.Kind != rulesfile.Rule || !defines(item) {
			continue
		}
		at, first := item.Get("rule"), ""
		for tag := range item.Get("tags").Entries() {
			at, first = tag, tag.Text()
			break
		}
		if tags := p.maturities(item.Range().File); !slices.Contains(tags, first) {
			p.ReportItem(item, at.Range(), "the first tag is not the maturity of the rule").
				Hint = "begin the tags with one of " + strings.Join(tags, ", ")
		}
	}
}

// maturities returns the tags that name a maturity in a file.
func (p *Pass) maturities(file string) []string {
	return p.optionOf("maturity-tag", file, maturityTags).([]string)
}

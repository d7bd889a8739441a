package lint

import (
	"cmp"
	"slices"

	"github.com/falcorules/falcorules/fieldsets/syscall"
)

var workloadTag = &Analyzer{
	ID:       "workload-tag",
	Category: Style,
	Level:    Off,
	Summary:  "The tags of a rule for system calls do not say whether it is for hosts or containers.",
	Run:      runWorkloadTag,
}

var workloads = []string{"host", "container"}

func runWorkloadTag(p *Pass) {
	for item := range p.ruleItems() {
		if source := item.Get("source"); source.Exists() && cmp.Or(source.Text(), syscall.SourceName) != syscall.SourceName {
			continue
		}
		found, others := false, 0
		at := item.Get("rule")
		for tag := range item.Get("tags").Entries() {
			switch {
			case slices.Contains(workloads, tag.Text()):
				if !found && others > 0 {
					p.ReportItem(item, tag.Range(), "the tag %s is not directly after the maturity", tag.Text())
				}
				found = true
			case !slices.Contains(p.maturities(item.Range().File), tag.Text()):
				others++
			}
		}
		if !found {
			p.ReportItem(item, at.Range(), "the tags have neither host nor container").
				Hint = "add host, container or both after the maturity"
		}
	}
}

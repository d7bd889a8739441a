package lint

import (
	"strings"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/rulesfile"
)

var priorityDebug = &Analyzer{
	ID:       "priority-debug",
	Category: Style,
	Level:    Off,
	Summary:  "A rule has the priority DEBUG.",
	Run:      runPriorityDebug,
}

func runPriorityDebug(p *Pass) {
	for item := range p.Items() {
		priority := item.Get("priority")
		if item.Kind == rulesfile.Rule && priority.IsScalar() && strings.EqualFold(priority.Text(), eval.PriorityDebug.String()) {
			p.ReportItem(item, priority.Range(), "the priority is lower than INFO")
		}
	}
}

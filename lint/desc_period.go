package lint

import (
	"strings"

	"github.com/falcorules/falcorules/rulesfile"
)

var descPeriod = &Analyzer{
	ID:       "desc-period",
	Category: Style,
	Level:    Off,
	Summary:  "A description does not end with a full stop.",
	Run:      runDescPeriod,
}

func runDescPeriod(p *Pass) {
	for item := range p.Items() {
		if desc := item.Get("desc"); item.Kind == rulesfile.Rule && defines(item) && desc.IsScalar() && !strings.HasSuffix(strings.TrimSpace(desc.Text()), ".") {
			p.ReportItem(item, desc.Range(), "the description does not end with a full stop")
		}
	}
}

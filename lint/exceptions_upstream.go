package lint

import "github.com/falcorules/falcorules/rulesfile"

var exceptionsUpstream = &Analyzer{
	ID:       "exceptions-upstream",
	Category: Style,
	Level:    Off,
	Summary:  "A rule has exceptions, which Falco's own rules do not have.",
	Run:      runExceptionsUpstream,
}

func runExceptionsUpstream(p *Pass) {
	for item := range p.Items() {
		if exceptions := item.Pair("exceptions"); item.Kind == rulesfile.Rule && exceptions.Value.Len() > 0 {
			p.ReportItem(item, exceptions.Key.Range(), "rules of the Falco project have no exceptions").
				Hint = "exclude what is expected with a list or a macro that users can override"
		}
	}
}

package lint

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/falcorules/falcorules/rulesfile"
)

var nameCase = &Analyzer{
	ID:       "name-case",
	Category: Style,
	Level:    Off,
	Summary:  "A name is not written as Falco's style guide says.",
	Run:      runNameCase,
}

func runNameCase(p *Pass) {
	for item := range p.Items() {
		if !defines(item) {
			continue
		}
		name := item.Get(item.Kind.String())
		switch first, _ := utf8.DecodeRuneInString(name.Text()); {
		case item.Kind == rulesfile.Rule && unicode.IsLower(first):
			p.ReportItem(item, name.Range(), "the name of the rule begins with a lower case letter")
		case item.Kind != rulesfile.Rule && strings.Trim(name.Text(), "abcdefghijklmnopqrstuvwxyz0123456789_") != "":
			p.ReportItem(item, name.Range(), "the name of the %s has characters other than lower case letters, digits and underscores", item.Kind)
		}
	}
}

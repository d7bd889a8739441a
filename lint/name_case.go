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
	Summary:  "A name does not follow Falco's style guide.",
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
			p.ReportItem(item, name.Range(), "the name of the rule begins with a lowercase letter")
		case item.Kind != rulesfile.Rule && strings.Trim(name.Text(), "abcdefghijklmnopqrstuvwxyz0123456789_") != "":
			p.ReportItem(item, name.Range(), "the name of the %s has characters other than lowercase letters, digits and underscores", item.Kind)
		}
	}
}

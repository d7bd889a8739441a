package lint

import "strings"

var nameBlanks = &Analyzer{
	ID:       "name-blanks",
	Category: Style,
	Level:    Off,
	Summary:  "A name begins or ends with a space, or has several in a row.",
	Fix:      UnsafeFix,
	Run:      runNameBlanks,
}

func runNameBlanks(p *Pass) {
	for item := range p.Items() {
		if !defines(item) {
			continue
		}
		name := item.Get(item.Kind.String())
		want := strings.Join(strings.Fields(name.Text()), " ")
		if name.Text() == want || want == "" {
			continue
		}
		d := p.ReportItem(item, name.Range(), "the name has extra spaces, which must be repeated wherever it is used")
		edits, err := name.Replace(0, len(name.Text()), want)
		fix(d, false, edits, err)
	}
}

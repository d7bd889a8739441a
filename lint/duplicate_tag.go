package lint

var duplicateTag = &Analyzer{
	ID:          "duplicate-tag",
	Category:    Style,
	Level:       Off,
	Summary:     "A rule has the same tag twice.",
	Fix:         SafeFix,
	SameMatches: true,
	Run:         runDuplicateTag,
}

func runDuplicateTag(p *Pass) {
	for item := range p.Items() {
		seen := map[string]bool{}
		index := -1
		for tag := range item.Get("tags").Entries() {
			if index++; !tag.IsScalar() {
				continue
			}
			if seen[tag.Text()] {
				d := p.ReportItem(item, tag.Range(), "duplicate tag %q", tag.Text())
				edits, err := item.Get("tags").DeleteEntry(index)
				fix(d, true, edits, err)
			}
			seen[tag.Text()] = true
		}
	}
}

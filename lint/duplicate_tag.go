package lint

var duplicateTag = &Analyzer{
	ID:       "duplicate-tag",
	Category: Style,
	Level:    Off,
	Summary:  "A rule has the same tag twice.",
	Run:      runDuplicateTag,
}

func runDuplicateTag(p *Pass) {
	for item := range p.Items() {
		seen := map[string]bool{}
		for tag := range item.Get("tags").Entries() {
			if !tag.IsScalar() {
				continue
			}
			if seen[tag.Text()] {
				p.ReportItem(item, tag.Range(), "duplicate tag %q", tag.Text())
			}
			seen[tag.Text()] = true
		}
	}
}

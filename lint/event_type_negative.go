package lint

var eventTypeNegative = &Analyzer{
	ID:       "event-type-negative",
	Category: Performance,
	Level:    Info,
	Summary:  "A condition excludes event types instead of naming the ones that it needs.",
	Run:      runEventTypeNegative,
}

func runEventTypeNegative(p *Pass) {
	for _, c := range p.Rules() {
		if !isSyscall(c) || c.Root.ValueSet(typeField).IsFinite() {
			continue
		}
		for l := range c.Literals() {
			if l.Operand == typeField && !l.Branch.ValueSet(typeField).IsFinite() {
				p.ReportLiteral(l, "the condition of rule %q only excludes event types, so it is evaluated for almost all events", c.Rule.Name).
					Hint = "name the event types that the rule needs"
			}
		}
	}
}

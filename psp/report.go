package psp

// Report is the JSON report on a conversion.
type Report struct {
	Rules []RuleInfo `json:"rules"`
	// NotExpressed has the properties for which no rule could be written.
	NotExpressed []Note `json:"not_expressed"`
	// Notes are all other notes.
	Notes []Note `json:"notes"`
	// RulesFile is the text of the rules file; empty if it was written to a file.
	RulesFile string `json:"rules_file,omitempty"`
}

// Report returns the report on the conversion. rulesFile becomes Report.RulesFile.
func (c *Conversion) Report(rulesFile string) Report {
	r := Report{Rules: c.Rules, NotExpressed: []Note{}, Notes: []Note{}, RulesFile: rulesFile}
	if r.Rules == nil {
		r.Rules = []RuleInfo{}
	}
	for _, n := range c.Notes {
		if n.notExpressed {
			r.NotExpressed = append(r.NotExpressed, n)
		} else {
			r.Notes = append(r.Notes, n)
		}
	}
	return r
}

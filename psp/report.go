package psp

// Report is what is told of a conversion as JSON.
type Report struct {
	Rules []RuleInfo `json:"rules"`
	// NotExpressed are properties for which no rule could be written.
	NotExpressed []Note `json:"not_expressed"`
	// Notes are what else is to be known.
	Notes []Note `json:"notes"`
	// RulesFile is the text of the rules file where it was written nowhere else.
	RulesFile string `json:"rules_file,omitempty"`
}

// Report returns the report of a conversion.
func (c *Conversion) Report(rulesFile string) Report {
	r := Report{Rules: c.Rules, NotExpressed: []Note{}, Notes: []Note{}, RulesFile: rulesFile}
	if r.Rules == nil {
		r.Rules = []RuleInfo{}
	}
	for _, n := range c.Notes {
		if n.lost {
			r.NotExpressed = append(r.NotExpressed, n)
		} else {
			r.Notes = append(r.Notes, n)
		}
	}
	return r
}

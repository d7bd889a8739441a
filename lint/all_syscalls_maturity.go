package lint

import (
	"slices"
	"strings"
)

var allSyscallsMaturity = &Analyzer{
	ID:       "all-syscalls-maturity",
	Category: Style,
	Level:    Off,
	Summary:  "A rule for system calls that Falco does not capture by default is enabled, or more mature than sandbox.",
	Run:      runAllSyscallsMaturity,
}

func runAllSyscallsMaturity(p *Pass) {
	for _, c := range p.Rules() {
		types := c.Root.ValueSet(typeField)
		if !isSyscall(c) || !types.IsFinite() {
			continue
		}
		ignored := slices.DeleteFunc(types.Texts(), func(name string) bool { return !slices.Contains(ignoredCalls, name) })
		if len(ignored) == 0 {
			continue
		}
		names := strings.Join(ignored, ", ")
		switch {
		case slices.Contains(c.Rule.Tags, "maturity_stable") || slices.Contains(c.Rule.Tags, "maturity_incubating"):
			p.ReportRule(c.Rule, "Falco captures %s only with base_syscalls.all, so the rule must not be more mature than maturity_sandbox", names)
		case c.Rule.Enabled && !types.subsetOf(ignoredCalls...): // see runNeedsAllSyscalls
			p.ReportRule(c.Rule, "Falco captures %s only with base_syscalls.all, so the rule must be disabled", names).
				Hint = "add enabled: false"
		}
	}
}

package lint

import "strings"

var needsAllSyscalls = &Analyzer{
	ID:       "needs-all-syscalls",
	Category: Compat,
	Level:    Warning,
	Summary:  "A rule needs system calls that Falco does not capture by default.",
	Run:      runNeedsAllSyscalls,
}

// ignoredCalls are the calls that Falco leaves out unless base_syscalls.all is true: those
// that read and write, and that do not change what it knows about processes and files.
var ignoredCalls = []string{
	"pread", "preadv", "pwrite", "pwritev", "read", "readv", "recv", "send", "sendfile", "write", "writev",
}

func runNeedsAllSyscalls(p *Pass) {
	if p.Config != nil && p.Config.AllSyscalls {
		return
	}
	for _, c := range p.Rules() {
		if !isSyscall(c) || !p.runs(c.Rule) {
			continue
		}
		types := c.Root.ValueSet(typeField)
		if types.subsetOf(ignoredCalls...) {
			d := p.ReportRule(c.Rule, "Falco does not capture %s by default, so this rule never fires", strings.Join(types.Texts(), ", "))
			d.Hint = "set base_syscalls.all to true in falco.yaml"
		}
	}
}

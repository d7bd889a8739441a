package lint

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
)

var outputCoreFields = &Analyzer{
	ID:       "output-core-fields",
	Category: Output,
	Level:    Off,
	Summary:  "An output lacks fields that Falco's style guide asks for.",
	Run:      runOutputCoreFields,
}

// The fields that the style guide asks for.
var (
	coreFields    = []string{"evt.type", "user.name", "user.uid", "user.loginuid", "proc.name", "proc.exepath", "proc.pname", "proc.cmdline", "proc.tty"}
	networkFields = []string{"fd.name", "fd.lport", "fd.rport", "fd.type", "fd.l4proto"}
)

// The event types of rules about processes, connections and files.
var (
	spawnTypes   = []string{"execve", "execveat"}
	networkTypes = []string{"accept", "accept4", "connect", "recvfrom", "recvmmsg", "recvmsg", "sendmmsg", "sendmsg", "sendto"}
	openTypes    = []string{"creat", "open", "openat", "openat2"}
)

const flagsField = "evt.arg.flags"

func runOutputCoreFields(p *Pass) {
	printed := map[string][]string{}
	for f := range p.outputFields() {
		printed[f.rule.Name] = append(printed[f.rule.Name], ast.String(f.ref))
	}
	for _, c := range p.Rules() {
		if !isSyscall(c) {
			continue
		}
		fields, types := printed[c.Rule.Name], c.Root.ValueSet(typeField)
		want := coreFields
		switch {
		case types.subsetOf(spawnTypes...):
			want = append(slices.Clone(want), flagsField)
		case types.subsetOf(networkTypes...):
			want = append(slices.Clone(want), networkFields...)
		case types.subsetOf(openTypes...):
			want = append(slices.Clone(want), "fd.name")
		}
		missing := slices.DeleteFunc(slices.Clone(want), func(field string) bool { return slices.Contains(fields, field) })
		if len(missing) > 0 && len(fields) > 0 { // see runOutputNoField
			p.ReportOutput(c.Rule, c.Rule.Template.Tree(), "the output lacks %s", strings.Join(missing, ", "))
		}
	}
}

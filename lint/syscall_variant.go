package lint

import (
	"slices"
	"strings"
)

var syscallVariant = &Analyzer{
	ID:       "syscall-variant",
	Category: Bypass,
	Level:    Off,
	Summary:  "A rule names a system call but leaves out a less common one that can take its place.",
	Run:      runSyscallVariant,
}

// variants are less common system calls that can take the place of those of a family.
var variants = []struct{ family, others []string }{
	{[]string{"chmod", "fchmod", "fchmodat"}, []string{"fchmodat2"}},
	{[]string{"clone", "clone3"}, []string{"fork", "vfork"}},
	{[]string{"execve"}, []string{"execveat"}},
	{[]string{"fork", "vfork"}, []string{"clone", "clone3"}},
	{[]string{"open", "openat", "openat2"}, []string{"creat", "open_by_handle_at"}},
	{[]string{"unlink", "unlinkat"}, []string{"rmdir"}},
}

func runSyscallVariant(p *Pass) {
	for _, c := range p.Rules() {
		types := c.Root.ValueSet(typeField)
		if !isSyscall(c) || !types.IsFinite() {
			continue
		}
		for _, x := range variants {
			// A rule with one of the others has left out the rest on purpose.
			if slices.ContainsFunc(x.others, func(name string) bool { return types.Has(name) || isExcluded(c, name) }) {
				continue
			}
			missing := x.others
			if c.Root.Requires(opensToRead) {
				missing = slices.DeleteFunc(slices.Clone(missing), func(name string) bool { return name == "creat" })
			}
			for l := range c.Literals() {
				if v := memberOf(x.family, l); v != nil && !excludesType(l) {
					p.ReportNode(l, v, "this rule names %s, but not %s", v.Text, strings.Join(missing, " or ")).
						Hint = "add " + strings.Join(missing, " and ") + " if that could be used instead"
					break
				}
			}
		}
	}
}

// opensToRead reports whether a literal requires that a file is opened for reading, or to run it.
func opensToRead(l *Literal) bool {
	return (l.Operand == "evt.is_open_read" || l.Operand == "evt.is_open_exec") && l.ValueSet().subsetOf("true")
}

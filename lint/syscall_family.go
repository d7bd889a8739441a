package lint

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
)

var syscallFamily = &Analyzer{
	ID:       "syscall-family",
	Category: Bypass,
	Level:    Warning,
	Summary:  "A rule names a system call but leaves out others that do the same.",
	Fix:      SafeFix,
	Run:      runSyscallFamily,
}

// families are system calls that programs and libraries use in place of each other.
var families = [][]string{
	{"accept", "accept4"},
	{"chmod", "fchmod", "fchmodat"},
	{"chown", "fchown", "fchownat", "lchown"},
	{"clone", "clone3"},
	{"dup", "dup2", "dup3"},
	{"fork", "vfork"},
	{"init_module", "finit_module"},
	{"link", "linkat"},
	{"mkdir", "mkdirat"},
	{"mknod", "mknodat"},
	{"open", "openat", "openat2"},
	{"pipe", "pipe2"},
	{"pread", "preadv"},
	{"pwrite", "pwritev"},
	{"recvmsg", "recvmmsg"},
	{"rename", "renameat", "renameat2"},
	{"sendmsg", "sendmmsg"},
	{"setgid", "setregid", "setresgid"},
	{"setuid", "setreuid", "setresuid"},
	{"symlink", "symlinkat"},
	{"umount", "umount2"},
	{"unlink", "unlinkat"},
}

// obsolete is a system call of a family that 64-bit programs cannot use, so that no rule
// needs it.
const obsolete = "umount"

func runSyscallFamily(p *Pass) {
	for _, c := range p.Rules() {
		types := c.Root.ValueSet(typeField)
		if !isSyscall(c) || !types.IsFinite() {
			continue
		}
		for _, family := range families {
			missing := slices.DeleteFunc(slices.Clone(family), func(name string) bool {
				return types.Has(name) || isExcluded(c, name) || name == obsolete
			})
			if len(missing) == 0 || !slices.ContainsFunc(family, types.Has) {
				continue
			}
			for l := range c.Literals() {
				if v := memberOf(family, l); v != nil && !excludesType(l) {
					d := p.ReportNode(l, v, "this rule names %s, but not %s", v.Text, strings.Join(missing, " and "))
					d.Hint = "add " + strings.Join(missing, " and ") + ", which programs can use instead"
					p.addValues(d, l, lastOf(family, l), missing, !usesArguments(c))
					break
				}
			}
		}
	}
}

// usesArguments reports whether a condition looks at arguments of events, which can have other
// names in another system call.
func usesArguments(c *Condition) bool {
	for l := range c.Literals() {
		if name := l.fieldName(); strings.HasPrefix(name, "evt.arg") || strings.HasPrefix(name, "evt.rawarg") {
			return true
		}
	}
	return false
}

// isExcluded reports whether a condition excludes an event type by its name.
func isExcluded(c *Condition, name string) bool {
	for l := range c.Literals() {
		if excludesType(l) && memberOf([]string{name}, l) != nil {
			return true
		}
	}
	return false
}

func excludesType(l *Literal) bool { return l.Negated || l.Check.Op == ast.OpNe }

// memberOf returns the first value of a check of the event type that is in a family, or nil.
func memberOf(family []string, l *Literal) *ast.Value {
	if l.Operand != typeField || !comparesWhole(l.Check.Op) {
		return nil
	}
	for _, v := range l.Check.Values() {
		if slices.Contains(family, v.Text) {
			return v
		}
	}
	return nil
}

// lastOf returns the last value of a check that is in a family, or nil.
func lastOf(family []string, l *Literal) *ast.Value {
	for _, v := range slices.Backward(l.Check.Values()) {
		if slices.Contains(family, v.Text) {
			return v
		}
	}
	return nil
}

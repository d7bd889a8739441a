package fieldlist

import (
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
)

// customArgs describes the custom arguments that are not an index in brackets.
var customArgs = map[string]string{
	"evt.abspath":   "(.src|.dst)",
	"evt.arg":       ".NAME|[INDEX]",
	"evt.around":    "[TIME]",
	"evt.rawarg":    ".NAME",
	"evt.type.is":   ".TYPE",
	"fd.types":      "([FD])",
	"proc.aenv":     "([INDEX|NAME])",
	"proc.env":      "([NAME])",
	"thread.cgroup": ".SUBSYSTEM",
}

// Signature returns the name of the field with a placeholder for its argument, in
// parentheses if it is optional: ka.uri.param[KEY], proc.aname([INDEX]).
func Signature(f *fieldsets.Field) string {
	form := map[fieldsets.ArgKind]string{
		fieldsets.KeyArg: "[KEY]", fieldsets.IndexArg: "[INDEX]", fieldsets.IndexOrKeyArg: "[INDEX|KEY]", fieldsets.CustomArg: "[INDEX]",
	}[f.Arg]
	if custom, ok := customArgs[f.Name]; ok && f.Arg == fieldsets.CustomArg {
		return f.Name + custom
	}
	if form != "" && !f.ArgRequired {
		form = "(" + form + ")"
	}
	return f.Name + form
}

// TypeName returns the type of the field, such as CHARBUF or list of CHARBUF.
func TypeName(f *fieldsets.Field) string {
	if f.List {
		return "list of " + f.Type.String()
	}
	return f.Type.String()
}

// arguments has arguments for examples.
var arguments = map[string]string{
	"ka.uri.param":               "limit",
	"ka.req.volume.hostpath":     "/etc",
	"json.value":                 "/user/name",
	"jevt.value":                 "/user/name",
	"okta.mfa.deny.countlast":    "300",
	"okta.mfa.failure.countlast": "300",
	"dummy.divisible":            "3",
}

// customReferences has references for examples of fields with a custom argument.
var customReferences = map[string]string{
	"evt.arg":       "evt.arg.fd",
	"evt.around":    "evt.around[1767225600000000000]",
	"evt.rawarg":    "evt.rawarg.fd",
	"evt.type.is":   "evt.type.is.open",
	"thread.cgroup": "thread.cgroup.cpuset",
}

// reference returns a reference for an example, with an argument if f requires one.
func reference(f *fieldsets.Field) string {
	if f.Arg == fieldsets.CustomArg && customReferences[f.Name] != "" {
		return customReferences[f.Name]
	}
	if !f.ArgRequired || f.Arg == fieldsets.CustomArg {
		return f.Name
	}
	arg := arguments[f.Name]
	switch {
	case f.Arg == fieldsets.KeyArg && arg == "":
		arg = "app"
	case f.Arg != fieldsets.KeyArg && !isNumber(arg):
		arg = "0"
	}
	return f.Name + "[" + arg + "]"
}

func isNumber(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// typical has common values of fields.
var typical = map[string]string{
	"ct.name":             "ConsoleLogin",
	"container.id":        "host",
	"evt.around":          "1000",
	"evt.category":        "net",
	"evt.io_dir":          "w",
	"evt.res":             "ENOENT",
	"evt.type":            "execve",
	"fd.l4proto":          "udp",
	"fd.name":             "/etc/shadow",
	"fd.nameraw":          "../etc/shadow",
	"fd.type":             "ipv4",
	"fd.typechar":         "f",
	"fs.path.name":        "/etc/shadow",
	"gcp.methodName":      "SetIamPolicy",
	"github.action":       "deleted",
	"github.type":         "push",
	"ka.target.namespace": "kube-system",
	"ka.target.resource":  "secrets",
	"ka.verb":             "delete",
	"okta.evt.type":       "user.session.start",
	"proc.aname":          "sshd",
	"proc.exepath":        "/usr/bin/nc",
	"proc.name":           "bash",
	"proc.pname":          "sshd",
	"syscall.type":        "execve",
	"user.name":           "root",
}

// value returns a value for an example.
func value(f *fieldsets.Field) string {
	kind := f.Type.Kind()
	// A fields file may define the field with another type.
	if v := typical[f.Name]; v != "" && (kind == ast.KindText || kind == ast.KindNumber && isNumber(v)) {
		return v
	}
	switch {
	case f.Type == fieldsets.Port:
		return "443"
	case f.Type == fieldsets.RelTime:
		return "1000000000"
	case f.Type == fieldsets.AbsTime:
		return "1767225600000000000"
	case f.Type == fieldsets.IPNet:
		return "10.0.0.0/8"
	case kind == ast.KindAddress:
		return "10.0.0.1"
	case kind == ast.KindNumber:
		return "1"
	case kind == ast.KindBool:
		return "true"
	}
	return "example"
}

// Example returns a check with the field that compiles.
func Example(f *fieldsets.Field) string {
	if f.Type == fieldsets.Dynamic && customReferences[f.Name] != "" {
		return customReferences[f.Name] + " > 1" // a number
	}
	return check(reference(f), f)
}

// check returns a check with ref, a reference to f.
func check(ref string, f *fieldsets.Field) string {
	switch {
	case len(Operators(f)) == 1:
		return ref + " exists"
	case f.List:
		return ref + " intersects (" + value(f) + ")"
	case f.Type.Kind() == ast.KindBuffer:
		return ref + " contains " + value(f)
	case f.Type == fieldsets.RelTime || f.Type == fieldsets.AbsTime || f.Type == fieldsets.Double:
		return ref + " > " + value(f)
	}
	return ref + " = " + value(f)
}

// Operators returns the operators that accept the field on their left.
func Operators(f *fieldsets.Field) []ast.OperatorInfo {
	var list []ast.OperatorInfo
	for _, op := range ast.Operators() {
		if !op.Accepts(f.Type.Kind(), f.List) && op.Class != ast.Unary {
			continue // exists accepts every field
		}
		if op.Class != ast.Unary {
			if f.Type == fieldsets.SyscallID || f.Type == fieldsets.SigType {
				continue // these types have no valid values
			}
			example := value(f)
			if op.Class == ast.Numeric && f.Type.Kind() == ast.KindText {
				example = "1" // numeric operators need a number
			}
			if f.CheckValue != nil && f.CheckValue(op.Op, example) != nil {
				continue
			}
		}
		list = append(list, op)
	}
	return list
}

// Transformers returns the transformers that accept the field.
func Transformers(f *fieldsets.Field) []ast.TransformerInfo {
	var list []ast.TransformerInfo
	for _, t := range ast.Transformers() {
		if !f.NoTransformer && t.Accepts(f.Type.Kind(), f.List) {
			list = append(list, t)
		}
	}
	return list
}

// Notes returns restrictions on the use of the field in rules.
func Notes(f *fieldsets.Field) []string {
	var notes []string
	add := func(is bool, note string) {
		if is {
			notes = append(notes, note)
		}
	}
	add(f.Deprecated || strings.HasPrefix(f.Desc, "Deprecated:"), "deprecated")
	add(f.Hidden, "not listed by Falco")
	add(f.FilterOnly, "for conditions only: no value in outputs")
	add(f.NoRightSide, "not allowed on the right of an operator")
	add(f.EventType, "indexed by event type: =, != and in accept only literal values")
	add(f.EventType && f.Name == "evt.type", "all operators need the full name of an event type")
	return notes
}

package lint

import (
	"slices"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
)

var eventHasNoField = &Analyzer{
	ID:       "event-has-no-field",
	Category: Dead,
	Level:    Error,
	Summary:  "A condition requires a field that none of its event types has.",
	Run:      runEventHasNoField,
}

func runEventHasNoField(p *Pass) {
	for _, c := range p.Conditions() {
		if !isSyscall(c) {
			continue
		}
		for l := range c.Literals() {
			has := l.eventsWith()
			if has == nil || !l.RequiresValue() {
				continue
			}
			names := l.Branch.ValueSet(typeField).Texts()
			if len(names) == 0 || slices.ContainsFunc(names, has) {
				continue
			}
			value := "has no value"
			if l.ValueSet().subsetOf("true") {
				value = "is not true"
			}
			p.ReportNode(l, l.Check.Left, "%s %s in events of type %s, so this is never true", l.Operand, value, listed(names)).
				Hint = "run falcorules fields --events " + names[0] + " to list the parameters of such events"
		}
	}
}

// canOpen reports whether events of a type open files.
func canOpen(event string) bool { return strings.HasPrefix(event, "open") || event == "creat" }

// eventsWith returns a function that reports whether the literal can be true of events of a
// type, or nil if that is not known.
func (l *Literal) eventsWith() func(event string) bool {
	if l.ValueSet().subsetOf("true") && strings.HasPrefix(l.Operand, "evt.is_open_") {
		return canOpen
	}
	return eventsWith(l.Operand)
}

// eventsWith returns a function that reports whether events of a type can have the field
// with a name, or nil if that is not known.
func eventsWith(name string) func(event string) bool {
	if param, ok := paramOf(name); ok {
		return func(event string) bool {
			t, ok := syscall.LookupEventType(event)
			return !ok || param(t)
		}
	}
	switch value := ofKind(name); {
	case value != "":
		return func(event string) bool {
			return fixtures.ImpossibleValues(map[string][]string{typeField: {event}, name: {value}})[name] == ""
		}
	case strings.HasPrefix(name, "fd."):
		return func(event string) bool {
			t, ok := syscall.LookupEventType(event)
			return !ok || t.UsesFD || t.ReturnsFD || t.Generic
		}
	}
	return nil
}

// ofKind returns a possible value of a field that only paths, or only file descriptors of some
// kind, have, and nothing for other fields.
func ofKind(name string) string {
	switch name {
	case "fs.path.name", "fs.path.nameraw", "fs.path.source", "fs.path.sourceraw", "fs.path.target", "fs.path.targetraw":
		return "/any"
	case "fd.sip", "fd.cip", "fd.lip", "fd.rip":
		return "192.0.2.1"
	case "fd.sport", "fd.cport", "fd.lport", "fd.rport":
		return "443"
	case "fd.l4proto":
		return "tcp"
	}
	return ""
}

// paramOf returns a function that reports whether an event type has the parameter that a field
// reads, and whether the field does that.
func paramOf(name string) (has func(*syscall.EventType) bool, ok bool) {
	for _, prefix := range []string{"evt.arg.", "evt.rawarg."} {
		if param, ok := strings.CutPrefix(name, prefix); ok {
			return func(t *syscall.EventType) bool {
				return slices.ContainsFunc(t.Params, func(p syscall.Param) bool { return p.Name == param })
			}, true
		}
	}
	if index, ok := strings.CutPrefix(name, "evt.arg["); ok {
		if i, err := strconv.Atoi(strings.TrimSuffix(index, "]")); err == nil {
			return func(t *syscall.EventType) bool { return i < len(t.Params) || t.Generic }, true
		}
	}
	return nil, false
}

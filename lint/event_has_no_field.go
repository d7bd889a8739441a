package lint

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/fieldsets/syscall"
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
			has := eventsWith(l.Operand)
			if l.ValueSet().subsetOf("true") && strings.HasPrefix(l.Operand, "evt.is_open_") {
				has = canOpen
			}
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

// eventsWith returns a function that reports whether events of a type can have the field
// with a name, or nil if that is not known.
func eventsWith(name string) func(event string) bool {
	switch {
	case strings.HasPrefix(name, "evt.arg."), strings.HasPrefix(name, "evt.rawarg."):
		param := strings.TrimPrefix(strings.TrimPrefix(name, "evt.arg."), "evt.rawarg.")
		return func(event string) bool {
			t, ok := syscall.LookupEventType(event)
			return !ok || slices.ContainsFunc(t.Params, func(p syscall.Param) bool { return p.Name == param })
		}
	case strings.HasPrefix(name, "fd."):
		return func(event string) bool {
			t, ok := syscall.LookupEventType(event)
			return !ok || t.UsesFD || t.ReturnsFD || t.Generic
		}
	}
	return nil
}

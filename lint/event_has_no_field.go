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
			if has == nil || !l.RequiresValue() {
				continue
			}
			names := l.Branch.ValueSet(typeField).Texts()
			if len(names) == 0 || slices.ContainsFunc(names, has) {
				continue
			}
			p.ReportNode(l, l.Check.Left, "%s has no value in events of type %s, so this is never true", l.Operand, listed(names)).
				Hint = "falcorules fields --events " + names[0] + " lists what such events have"
		}
	}
}

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
	case strings.HasPrefix(name, "evt.is_open_"):
		return func(event string) bool { return strings.HasPrefix(event, "open") }
	}
	return nil
}

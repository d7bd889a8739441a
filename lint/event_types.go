package lint

import (
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall"
)

// eventTypes says which event types literals allow. A cell is an event type, and the last
// one is all asynchronous events and others whose names are not known.
type eventTypes struct {
	types   []syscall.EventType
	numbers map[string]int
	// having are the event types with a field, or nil if all event types can have it.
	having map[string]cellSet
}

func newEventTypes() *eventTypes {
	t := &eventTypes{types: syscall.EventTypes(), numbers: map[string]int{}, having: map[string]cellSet{}}
	for i := range t.types {
		t.numbers[t.types[i].Name] = i
	}
	return t
}

func (t *eventTypes) cells() int { return len(t.types) + 1 }

// where returns the event types for which pred returns true, and the others whose names
// are not known.
func (t *eventTypes) where(pred func(*syscall.EventType) bool) cellSet {
	s := newCellSet(t.cells())
	for i := range t.types {
		if pred(&t.types[i]) {
			s.add(i)
		}
	}
	s.add(len(t.types))
	return s
}

// allowedBy returns the event types that a literal allows, or nil if it allows all.
func (t *eventTypes) allowedBy(m *model, l *Literal) cellSet {
	switch {
	case l.Operand == typeField:
		return t.named(m, l)
	case l.Operand == "evt.dir":
		if test := m.test(l); test != nil && test(fieldsets.TextValue("<")) == l.Negated {
			return t.where(func(e *syscall.EventType) bool { return !e.IsCall })
		}
		return nil
	case l.Negated:
		return nil
	case l.Operand == "syscall.type":
		return t.named(m, l)
	}
	var all cellSet
	for _, ref := range m.needed(l) {
		if s := t.with(ref); s != nil && all != nil {
			all = all.and(s)
		} else if s != nil {
			all = s
		}
	}
	if strings.HasPrefix(l.Operand, "evt.is_open_") {
		if test := m.test(l); test != nil && !test(fieldsets.BoolValue(false)) {
			return t.where(func(e *syscall.EventType) bool { return canOpen(e.Name) })
		}
	}
	return all
}

// named returns the event types whose names satisfy a literal.
func (t *eventTypes) named(m *model, l *Literal) cellSet {
	switch {
	case l.isEquality():
		return t.equal(l)
	case l.Check.Op == ast.OpExists && l.Negated: // all events have a type
		return newCellSet(t.cells())
	}
	test := m.test(l)
	if test == nil {
		return nil
	}
	return t.where(func(e *syscall.EventType) bool { return test(fieldsets.TextValue(e.Name)) != l.Negated })
}

// equal is named for a literal that compares for equality.
func (t *eventTypes) equal(l *Literal) cellSet {
	differ := (l.Check.Op == ast.OpNe) != l.Negated
	s := newCellSet(t.cells())
	if differ {
		s = allCells(t.cells())
	}
	for _, v := range l.Check.Values() {
		i, known := t.numbers[v.Text]
		switch {
		case !known:
			s.add(len(t.types))
		case differ:
			s.remove(i)
		default:
			s.add(i)
		}
	}
	return s
}

// with returns the event types that can have a field, or nil if all can.
func (t *eventTypes) with(ref string) cellSet {
	s, known := t.having[ref]
	if !known {
		if has := eventsWith(ref); has != nil {
			isDescriptor := strings.HasPrefix(ref, "fd.")
			s = t.where(func(e *syscall.EventType) bool {
				// Beside an absolute path, a call can have a descriptor of any kind.
				return has(e.Name) || isDescriptor && e.UsesFD && !canOpen(e.Name)
			})
		}
		t.having[ref] = s
	}
	return s
}

// constants are fields that have the same number in all events.
var constants = map[string]uint64{
	"evt.count": 1, "evt.latency": 0, "evt.latency.s": 0, "evt.latency.ns": 0, "evt.wait_latency": 0,
}

// canHave returns a function that reports whether an operand can have a value, or nil if it
// can have all values of its type.
func canHave(x ast.Operand) func(fieldsets.Value) bool {
	switch x := x.(type) {
	case *ast.Field:
		if n, ok := constants[x.Name]; ok {
			return func(v fieldsets.Value) bool { return v.Number() == n }
		}
	case *ast.Transform:
		switch x.Name {
		case "tolower":
			return func(v fieldsets.Value) bool { return !strings.ContainsFunc(v.Text(), isUpper) }
		case "toupper":
			return func(v fieldsets.Value) bool { return !strings.ContainsFunc(v.Text(), isLower) }
		case "basename":
			return func(v fieldsets.Value) bool { return !strings.Contains(v.Text(), "/") }
		}
	}
	return nil
}

func isUpper(r rune) bool { return 'A' <= r && r <= 'Z' }
func isLower(r rune) bool { return 'a' <= r && r <= 'z' }

const (
	containerID   = "container.id"
	hostContainer = "host"
)

// requiresContainer reports whether a literal is true only inside of containers, because it
// is about what Falco knows of a container. For processes outside of containers, the
// container plugin has no such value or an empty one, and host as a name.
func (m *model) requiresContainer(l *Literal) bool {
	f := l.Field
	if l.Negated || !isSyscall(m.condition) || f == nil || f.Type.Kind() != ast.KindText || strings.HasPrefix(f.Name, "container.mount") {
		return false
	}
	text := ""
	switch {
	case f.Name == containerID:
		return false
	case f.Name == "container.name", f.Name == "container.type", f.Name == "container.full_id":
		text = hostContainer
	case !strings.HasPrefix(f.Name, "container.") && !strings.HasPrefix(f.Name, "k8s."):
		return false
	}
	test := m.test(l)
	return test != nil && !test(fieldsets.TextValue(text))
}

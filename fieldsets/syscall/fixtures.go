package syscall

import (
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
)

// NewFixtures returns the source with events that are written down, see package
// fixture. Derivations lists what follows from what is given.
func NewFixtures() *fixture.Source { return FixturesOf(NewSource()) }

// FixturesOf is NewFixtures for the source with fields of one's own. What they
// replace is neither derived nor derived from.
func FixturesOf(source *fieldsets.Source) *fixture.Source {
	rules := derivations()
	byField := make(map[string]derivation, len(rules))
	for _, d := range rules {
		byField[d.Field] = d
	}
	return fixture.NewSource(source, fixture.Rules{
		Fields: NewSource(),
		Derive: func(f *fieldsets.Field, arg fieldsets.Arg, in *fixture.Scope) (*fieldsets.Field, fieldsets.Extractor) {
			var x fieldsets.Extractor
			if d, ok := byField[f.Name]; ok && d.read != nil {
				x = d.read(in, arg)
			}
			return matched(f, arg, in), x
		},
		Guessed:   guessed,
		EventType: "evt.type",
		Parse:     parseText,
		Check:     check,
		Variables: map[string]bool{"proc.env": true},
		Lineage: &fixture.Lineage{
			Group: "proc", Member: "parent",
			Fields: map[string]string{
				"name": "proc.aname", "exe": "proc.aexe", "exepath": "proc.aexepath", "cmdline": "proc.acmdline",
				"pid": "proc.apid", "args": "proc.aargs", "env": "proc.aenv",
			},
			Words: "args", Variables: "env",
		},
	})
}

// guessed reports whether a derived value may well differ from the true one.
func guessed(field string, derived []fieldsets.Value) bool {
	switch field {
	case "fd.nameraw": // as it was before it was cleaned
		return true
	case "proc.args", "proc.env", "proc.aenv", "proc.cmdnargs", "proc.cmdlenargs":
		// Lists of which only a part may be given, or that blanks do not divide well.
		return true
	case "fd.num": // events are often written with a result that was copied
		return len(derived) > 0 && derived[0].Int() >= 0
	case "container.id", "thread.tid": // what is so where nothing is said
		return true
	case "proc.cmdline", "proc.pcmdline", "proc.acmdline": // of the name alone
		return len(derived) > 0 && !strings.Contains(derived[0].Text(), " ")
	case "evt.rawarg": // of a path, which may have been a relative one
		return len(derived) > 0 && strings.HasPrefix(derived[0].Text(), "/")
	case "evt.category":
		return len(derived) > 0 && derived[0].Text() == unknownCategory
	}
	return false
}

// Derivation says what a fixture's field is derived from where it is not given.
type Derivation struct {
	// Field is the field, by its name without argument.
	Field string
	// From says for people what it is derived from and how.
	From string
}

type derivation struct {
	Derivation
	// read returns what derives the field with an argument, or nil.
	read func(in *fixture.Scope, arg fieldsets.Arg) fieldsets.Extractor
}

// Derivations returns what is derived, in the order of the documentation.
func Derivations() []Derivation {
	var out []Derivation
	for _, d := range derivations() {
		out = append(out, d.Derivation)
	}
	return out
}

func derivations() []derivation {
	var all []derivation
	all = append(all, eventDerivations()...)
	all = append(all, processDerivations()...)
	all = append(all, fileDerivations()...)
	all = append(all, socketDerivations()...)
	return append(all, containerDerivations()...)
}

func derive(field, from string, read func(in *fixture.Scope, arg fieldsets.Arg) fieldsets.Extractor) derivation {
	return derivation{Derivation{field, from}, read}
}

// plain is the derivation of a field that takes no argument.
func plain(read func(in *fixture.Scope) fieldsets.Extractor) func(*fixture.Scope, fieldsets.Arg) fieldsets.Extractor {
	return func(in *fixture.Scope, _ fieldsets.Arg) fieldsets.Extractor { return read(in) }
}

// same derives a field from one of the same meaning.
func same(ref string) func(*fixture.Scope, fieldsets.Arg) fieldsets.Extractor {
	return plain(func(in *fixture.Scope) fieldsets.Extractor { return in.Value(ref) })
}

// take reads another field while a field is derived.
func take(x fieldsets.Extractor, ev *fieldsets.Event, out *fieldsets.Values) (fieldsets.Value, bool) {
	return out.First(ev, x)
}

// takeText is take for a text, which is empty where there is none.
func takeText(x fieldsets.Extractor, ev *fieldsets.Event, out *fieldsets.Values) string {
	v, _ := take(x, ev, out)
	return v.Text()
}

// ofText derives a field from a text.
func ofText(ref string, of func(text string, out *fieldsets.Values)) func(*fixture.Scope, fieldsets.Arg) fieldsets.Extractor {
	return plain(func(in *fixture.Scope) fieldsets.Extractor {
		x := in.Value(ref)
		return func(ev *fieldsets.Event, out *fieldsets.Values) {
			if v, ok := take(x, ev, out); ok {
				of(v.Text(), out)
			}
		}
	})
}

// ofNumber derives a field from a number.
func ofNumber(ref string, of func(n int64, out *fieldsets.Values)) func(*fixture.Scope, fieldsets.Arg) fieldsets.Extractor {
	return plain(func(in *fixture.Scope) fieldsets.Extractor {
		x := in.Value(ref)
		return func(ev *fieldsets.Event, out *fieldsets.Values) {
			if v, ok := take(x, ev, out); ok {
				of(v.Int(), out)
			}
		}
	})
}

// equal derives whether two numbers are the same.
func equal(a, b string) func(*fixture.Scope, fieldsets.Arg) fieldsets.Extractor {
	return plain(func(in *fixture.Scope) fieldsets.Extractor {
		xa, xb := in.Value(a), in.Value(b)
		return func(ev *fieldsets.Event, out *fieldsets.Values) {
			va, ok := take(xa, ev, out)
			vb, both := take(xb, ev, out)
			if ok && both {
				out.Add(fieldsets.BoolValue(va.Int() == vb.Int()))
			}
		}
	})
}

// joinFrom replaces the values behind the first n by their texts, joined.
func joinFrom(out *fieldsets.Values, n int, sep string) {
	parts := out.All()[n:]
	out.AddBuilt(func(buf []byte) []byte {
		for i, v := range parts {
			if i > 0 {
				buf = append(buf, sep...)
			}
			buf = append(buf, v.Text()...)
		}
		return buf
	})
	text := out.All()[out.Len()-1]
	out.Truncate(n)
	out.Add(text)
}

package syscall_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/parser"
)

func condition(t testing.TB, text string) ast.Expr {
	t.Helper()
	x, err := parser.Condition(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return x
}

const allCodes = 454

func TestEventsOf(t *testing.T) {
	for _, test := range []struct {
		condition string
		codes     int
		names     string // without asyncevent; * means more than 100
	}{
		{"evt.type = open", 2, "open"},
		{"evt.type == open", 2, "open"},
		{"syscall.type = open", 2, "open"},
		{"evt.type = execve", 16, "execve"},
		{"evt.type in (open, openat)", 6, "open openat"},
		{"evt.type in ()", 0, ""},
		{"evt.type = open and evt.type = openat", 0, ""},
		{"evt.type = open or evt.type = openat", 6, "open openat"},
		{"evt.type = open and proc.name = cat", 2, "open"},
		{"evt.type = open or proc.name = cat", allCodes, "*"},
		{"evt.type = procexit", 2, "procexit"},

		// Some names have several calls, some calls another name.
		{"evt.type = accept", 8, "accept accept4"},
		{"evt.type = accept4", 2, "accept accept4"},
		{"evt.type = page_fault", 1, "page_fault"},
		{"evt.type = pread", 2, "pread"},
		{"evt.type = pread64", 2, ""},
		{"evt.type = fcntl64", 2, ""},

		// Generic system calls share two codes.
		{"evt.type = getpid", 2, "getpid"},
		{"evt.type in (getpid, uname)", 2, "getpid uname"},
		{"evt.type = getpid and evt.type = uname", 2, ""},
		{"evt.type = getpid or evt.type = open", 4, "getpid open"},
		{"evt.type != getpid", allCodes - 2, "*"},
		{"evt.type = unknown", 2, ""},
		{`evt.type = ""`, 2, ""},
		{"evt.type = syscall", 0, ""},
		{"evt.type = NA", 35, "NA"},
		{"syscall.type = nosuch", 0, ""},
		{"syscall.type != nosuch", allCodes, "*"},

		// Asynchronous events.
		{"evt.type = asyncevent", 1, ""},
		{"evt.type = container", 4, "container"},
		{"evt.type = container_removed", 1, ""},

		// Not is pushed down to the checks.
		{"evt.type != open", allCodes - 2, "*"},
		{"not evt.type = open", allCodes - 2, "*"},
		{"not evt.type != open", 2, "open"},
		{"not not evt.type = open", 2, "open"},
		{"not (evt.type != open or proc.name = cat)", 2, "open"},
		{"not (evt.type != open and proc.name = cat)", allCodes, "*"},
		{"not (evt.type != open and evt.type != openat)", 6, "open openat"},
		{"not (not (evt.type = open and not proc.name = cat))", 2, "open"},
		{"not (proc.name = cat and not evt.type = open)", allCodes, "*"},

		// Other checks allow all events, even negated.
		{"proc.name = cat", allCodes, "*"},
		{"not proc.name = cat", allCodes, "*"},
		{"proc.name exists", allCodes, "*"},
		{"not proc.name exists", allCodes, "*"},
		{"evt.type startswith open", allCodes, "*"},
		{"not evt.type startswith open", allCodes, "*"},
		{"evt.type = oneof (open, openat)", allCodes, "*"},
		{"not evt.type = oneof (open, openat)", allCodes, "*"},
		{"evt.type exists", allCodes, "*"},
		{"not evt.type exists", 0, ""},
		{"toupper(evt.type) startswith OPEN", allCodes, "*"},
		{"proc.name = val(evt.type)", allCodes, "*"},
		{"some_macro", allCodes, "*"},
		{"not some_macro", allCodes, "*"},

		// With a value as the last argument of a transformer, a check counts as a
		// check of event types.
		{"tolower(proc.name) = cat", allCodes, "*"},
		{"not tolower(proc.name) = cat", allCodes, "*"},
		{"join(proc.aname, \"-\") = x", allCodes, "*"},
		{"not join(proc.aname, \"-\") = x", 0, ""},
		{"not join(proc.aname, \"-\") contains x", allCodes, "*"},
		{"not concat(\"x\", proc.name) = xcat", allCodes, "*"},
		{"join((evt.type, proc.name), proc.name) = x", allCodes, "*"},

		// evt.num starts at 1.
		{"evt.num = 0", 0, ""},
		{"evt.num == 0", 0, ""},
		{"not evt.num = 0", allCodes, "*"},
		{"evt.num = 1", allCodes, "*"},
		{"not evt.num = 1", allCodes, "*"},
		{"evt.num != 0", allCodes, "*"},
		{"not evt.num != 0", 0, ""},
		{"evt.num < 1", 0, ""},
		{"evt.num < 2", allCodes, "*"},
		{"evt.num <= 0", 0, ""},
		{"evt.num <= 1", allCodes, "*"},
		{"not evt.num > 0", 0, ""},
		{"not evt.num > 1", allCodes, "*"},
		{"not evt.num >= 1", 0, ""},
		{"not evt.num >= 2", allCodes, "*"},
		{"evt.num in (0)", 0, ""},
		{"evt.num in (0, 00)", 0, ""},
		{"evt.num in (0, 1)", allCodes, "*"},
		{"evt.num in ()", 0, ""},
		{"evt.num = 0x0", allCodes, "*"},
		{"evt.num = -0", 0, ""},
		{`evt.num = " +0"`, 0, ""},
		{`evt.num = "0 "`, allCodes, "*"},
		{`evt.num = ""`, allCodes, "*"},
		{"evt.num = -1", allCodes, "*"},
		{"not evt.num >= -18446744073709551615", 0, ""},
		{"evt.num < 99999999999999999999", allCodes, "*"},
		{"not evt.num != val(evt.num)", allCodes, "*"},
		{"evt.num = 0 or evt.type = open", 2, "open"},
	} {
		t.Run(subtest.Name(test.condition), func(t *testing.T) {
			s, err := syscall.EventsOf(condition(t, test.condition))
			if err != nil {
				t.Errorf("%s: %v", test.condition, err)
				return
			}
			if s.Len() != test.codes {
				t.Errorf("%s: %d codes, want %d", test.condition, s.Len(), test.codes)
			}
			got := s.Names()
			if !slices.IsSorted(got) {
				t.Errorf("%s: events are not sorted", test.condition)
			}
			i, async := slices.BinarySearch(got, "asyncevent")
			if !async {
				t.Errorf("%s: no asyncevent", test.condition)
				return
			}
			text := strings.Join(slices.Delete(got, i, i+1), " ")
			if len(got) > 100 {
				text = "*"
			}
			if text != test.names {
				t.Errorf("%s: events %q, want %q", test.condition, text, test.names)
			}
		})
	}
}

func TestEventsOfError(t *testing.T) {
	for _, text := range []string{
		"evt.type = val(proc.name)",
		"evt.type != val(proc.name)",
		"evt.type in (open) and evt.type = tolower(proc.name)",
		"toupper(evt.type) = OPEN",
		"not tolower(toupper(syscall.type)) in (open)",
		"toupper(evt.type) exists",
		"join((proc.name, evt.type), \"-\") = x",
		"concat(evt.type, \"x\") = openx",
	} {
		t.Run(subtest.Name(text), func(t *testing.T) {
			_, err := syscall.EventsOf(condition(t, text))
			var e *diag.Diagnostic
			if !errors.As(err, &e) || !e.Range.Start.IsValid() || e.Message == "" {
				t.Errorf("%s: error %v", text, err)
			}
			if _, err := syscall.EventNames("syscall", condition(t, text)); err == nil {
				t.Errorf("EventNames of %s: no error", text)
			}
		})
	}
}

func TestEventSetHas(t *testing.T) {
	for _, test := range []struct {
		condition, name string
		want            bool
	}{
		{"evt.type = open", "open", true},
		{"evt.type = open", "openat", false},
		{"evt.type != open", "open", false},
		{"evt.type != open", "getpid", true},
		{"evt.type = uname", "getpid", true},
		{"evt.type != uname", "getpid", false},
		{"evt.type != open", "of_some_plugin", true},
		{"evt.type = open", "of_some_plugin", false},
		{"evt.type = container_removed", "container_removed", true},
		{"proc.name = cat", "syscall", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := syscall.EventsOf(condition(t, test.condition))
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Has(test.name); got != test.want {
				t.Errorf("%s has %s: %v", test.condition, test.name, got)
			}
		})
	}
}

func TestEventNames(t *testing.T) {
	open := condition(t, "evt.type = open")
	for source, want := range map[string][]string{
		"":          {"asyncevent", "open"},
		"syscall":   {"asyncevent", "open"},
		"k8s_audit": {"asyncevent", "pluginevent"},
	} {
		t.Run(subtest.Name(source), func(t *testing.T) {
			got, err := syscall.EventNames(source, open)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%s: error %v (-want +got):\n%s", source, err, diff)
			}
		})
	}
}

func TestIsEventType(t *testing.T) {
	for name, want := range map[string]bool{
		"open": true, "getpid": true, "fcntl64": true, "pread64": true, "syscall": true, "unknown": true, "NA": true,
		"container_removed": true, "asyncevent": true, "pluginevent": true, "": true,
		"nosuch": false, "OPEN": false, "na_1": false, "open ": false,
	} {
		t.Run(name, func(t *testing.T) {
			if syscall.IsEventType(name) != want {
				t.Errorf("IsEventType(%q) is %v", name, !want)
			}
		})
	}
}

func TestEventParam(t *testing.T) {
	for name, want := range map[string]string{"fd": "FD", "name": "FSPATH", "res": "ERRNO", "tuple": "SOCKTUPLE", "nosuch": ""} {
		t.Run(name, func(t *testing.T) {
			p, ok := syscall.EventParam(name)
			if ok != (want != "") || ok && (p.Type.String() != want || p.Name != name) {
				t.Errorf("%s: %+v, %v", name, p, ok)
			}
		})
	}
}

func BenchmarkEventsOf(b *testing.B) {
	x := condition(b, "(evt.type in (open, openat, openat2) and not (proc.name = cat or evt.type != open)) or evt.type = getpid")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := syscall.EventsOf(x); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEventNames(b *testing.B) {
	s, err := syscall.EventsOf(condition(b, "proc.name = cat"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		s.Names()
	}
}

// FuzzEventsOf checks that a double negation has the same events, and a conjunction no
// more.
func FuzzEventsOf(f *testing.F) {
	for _, seed := range []string{
		"evt.type = open", "not (evt.type in (open, getpid) and evt.num < 1)", `not concat("x") = x`, "toupper(evt.type) exists",
		"evt.num >= -18446744073709551615 or proc.name = val(evt.type)", `join((evt.type, "x"), "-") = x`, `evt.type != ""`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		x, err := parser.Condition(text)
		if err != nil {
			return
		}
		s, err := syscall.EventsOf(x)
		again, errAgain := syscall.EventsOf(&ast.Not{Operand: &ast.Not{Operand: x}})
		if s != again || (err == nil) != (errAgain == nil) {
			t.Fatalf("%s: %d codes and error %v, twice negated %d and %v", text, s.Len(), err, again.Len(), errAgain)
		}
		if err != nil {
			return
		}
		open := condition(t, "evt.type = open")
		both, err := syscall.EventsOf(&ast.And{Operands: []ast.Expr{open, x}})
		if err != nil || both.Len() > 2 || both.Len() > s.Len() || both.Has("close") {
			t.Fatalf("%s: %d codes, with open %d, error %v", text, s.Len(), both.Len(), err)
		}
		if names := s.Names(); !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
			t.Fatalf("%s: names %q", text, names)
		}
	})
}

package syscall_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/subtest"
)

func TestReferences(t *testing.T) {
	source := syscall.NewSource()
	for text, want := range map[string]bool{
		"proc.name":               true,
		"proc.name[0]":            false,
		"proc.namex":              false,
		"evt.num":                 true,
		"evt.num[0]":              false,
		"evt.arg.fd":              true,
		"evt.arg.nosuch":          false,
		"evt.arg.fd[0]":           false,
		"evt.arg[0]":              true,
		"evt.arg[-1]":             true,
		"evt.arg[fd]":             false,
		"evt.arg[0":               false,
		"evt.arg":                 false,
		"evt.args":                true,
		"evt.rawarg.fd":           true,
		"evt.rawarg[0]":           false,
		"evt.rawarg":              false,
		"evt.around[100]":         true,
		"evt.around[100/5]":       false,
		"evt.abspath":             true,
		"evt.abspath.src":         true,
		"evt.abspath[0]":          false,
		"evt.type.is":             false,
		"evt.type.is.open":        true,
		"evt.type.is.5":           true,
		"evt.type.is.nosuch":      false,
		"evt.type.is.read_ahead":  false,
		"proc.aname":              true,
		"proc.aname[2]":           true,
		"proc.aname[99999999999]": true,
		"proc.aname[x]":           false,
		"proc.aname[2]]":          false,
		"proc.env[HOME]":          true,
		"proc.env[]":              true,
		"proc.env[HOME":           false,
		"proc.aenv[2]":            true,
		"thread.cgroup":           false,
		"thread.cgroup.cpu_set":   true,
		"thread.cgroup.cpu0":      false,
		"thread.cgroup[cpu]":      false,
		"thread.cgroups":          true,
		"fd.types":                true,
		"fd.types[1]":             true,
		"fd.types[x]":             false,
		"container.label[a]":      true,
		"container.label[a b]":    false,
		"container.label[a]]":     false,
		"container.label":         false,
		"container.mount[0]":      true,
		"container.mount[/proc]":  true,
		"container.id[0]":         false,
		"evt.latency.human":       true,
		"argument":                false,
		"":                        false,
	} {
		t.Run(subtest.Name(text), func(t *testing.T) {
			if got, _ := source.IsReference(text); got != want {
				t.Errorf("%s: got %v", text, got)
			}
		})
	}
}

// TestUnknown checks which invalid references Falco reports as unknown fields, for which a
// rule can be skipped.
func TestUnknown(t *testing.T) {
	source := syscall.NewSource()
	for _, test := range []struct {
		name, arg string
		unknown   bool
	}{
		{"proc.nosuch", "", true},
		{"proc.name", "0", true},
		{"proc.aname", "x", true},
		{"evt.abspath.x", "", true},
		{"evt.arg.fd.x", "", true},
		{"evt.arg.nosuch", "", false},
		{"evt.arg.fd", "0", true},
		{"evt.rawarg", "", false},
		{"evt.rawarg", "0", false},
		{"evt.argument", "", false},
		{"evt.type.is.nosuch", "", true},
		{"thread.cgroup.cpu0", "", true},
		{"thread.cgroup", "cpu", false},
		{"fd.types", "x", false},
		{"fd.typesx", "", true},
		{"argument.x", "", false},
		{"container.idx", "", true},
		{"container.id", "0", false},
		{"container.label", "", false},
		{"container.labels.x", "", true},
		{"container.label.x", "", false},
		{"container.label.x", "a", true},
		{"container.label", "a b", false},
		{"container.label", "a]", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			ref := &ast.Field{Name: test.name}
			if test.arg != "" {
				ref.Arg = &ast.Arg{Text: test.arg}
			}
			_, _, err := source.Resolve(ref)
			var bad *fieldsets.FieldError
			if !errors.As(err, &bad) || bad.Unknown != test.unknown || bad.Msg == "" {
				t.Errorf("%s: got %#v", ast.String(ref), err)
			}
		})
	}
}

// TestParameterNames checks messages and suggestions for unknown parameters.
func TestParameterNames(t *testing.T) {
	source := syscall.NewSource()
	long := strings.Repeat("x", 1<<20)
	for text, want := range map[string][2]string{
		"evt.arg.flag":          {"evt.arg: no event has a parameter flag", "did you mean evt.arg.flags?"},
		"evt.rawarg.nmae":       {"evt.rawarg: no event has a parameter nmae", "did you mean evt.rawarg.name?"},
		"evt.arg.port":          {"evt.arg: no event has a parameter port", ""}, // and not prot
		"evt.arg.dest":          {"evt.arg: no event has a parameter dest", ""}, // and not desc
		"evt.arg.address":       {"source syscall has no field evt.arg.address", "did you mean evt.arg.addr?"},
		"evt.rawarg.retval":     {"source syscall has no field evt.rawarg.retval", "did you mean evt.rawarg.res?"},
		"evt.arg.\x1b[31m":      {`evt.arg: no event has a parameter "\x1b[31m"`, ""},
		"evt.arg." + long:       {"evt.arg: no event has a parameter " + long[:60] + "…", ""},
		"evt.arg[" + long + "]": {`invalid argument "` + long[:60] + `"… of field evt.arg: want a number`, ""},
		"arg.\n":                {`source syscall has no field "arg.\n": names cannot begin with arg`, ""},
	} {
		t.Run(subtest.Name(text), func(t *testing.T) {
			_, _, err := source.Lookup(text)
			var bad *fieldsets.FieldError
			if !errors.As(err, &bad) || bad.Msg != want[0] || bad.Hint != want[1] {
				t.Errorf("%.80q: got %.300v", text, err)
			}
		})
	}
	_, extract, err := source.Resolve(&ast.Field{Name: "evt.arg.flags"})
	if err != nil || extract == nil {
		t.Errorf("evt.arg.flags: got %v", err)
	}
}

func TestRawArgumentTypes(t *testing.T) {
	source := syscall.NewSource()
	for name, want := range map[string]fieldsets.Type{
		"evt.rawarg.fd": fieldsets.FD, "evt.rawarg.name": fieldsets.FSPath, "evt.rawarg.data": fieldsets.ByteBuf,
		"evt.rawarg.sig": fieldsets.SigType, "evt.rawarg.euid": fieldsets.UID,
	} {
		t.Run(name, func(t *testing.T) {
			f, _, err := source.Resolve(&ast.Field{Name: name})
			if err != nil || f.Type != want {
				t.Errorf("%s: got %v, %v", name, f, err)
			}
		})
	}
}

func TestFields(t *testing.T) {
	plugins := map[string]int{}
	for _, f := range syscall.NewSource().Fields() {
		plugins[f.Plugin]++
		if f.Type.Kind() == ast.KindOther && f.Type != fieldsets.Dynamic {
			t.Errorf("%s is %s", f.Name, f.Type)
		}
	}
	if len(plugins) != 2 || plugins["container"] != 61 || plugins[""] < 200 {
		t.Errorf("got %v", plugins)
	}
}

func BenchmarkNewSource(b *testing.B) {
	for range b.N {
		syscall.NewSource()
	}
}

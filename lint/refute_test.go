package lint

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
	"github.com/falcorules/falcorules/internal/growth"
	"github.com/falcorules/falcorules/internal/samples"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/parser"
)

// toyFields are the fields of generated conditions, each with values that events have and
// that conditions compare with.
var toyFields = []struct {
	field  fieldsets.Field
	values []string
}{
	{fieldsets.Field{Name: "t.text"}, []string{"", "a", "ab", "abc", "A", "/b", "b"}},
	{fieldsets.Field{Name: "t.other"}, []string{"a", "b", "ab"}},
	{fieldsets.Field{Name: "t.path", Type: fieldsets.FSPath}, []string{"/etc", "/etc/x", "/usr"}},
	{fieldsets.Field{Name: "t.bytes", Type: fieldsets.ByteBuf}, []string{"a", "ab"}},
	{fieldsets.Field{Name: "t.int", Type: fieldsets.Int8}, []string{"-128", "127", "0", "-1", "1"}},
	{fieldsets.Field{Name: "t.number", Type: fieldsets.Uint16}, []string{"0", "65535", "5", "6"}},
	{fieldsets.Field{Name: "t.port", Type: fieldsets.Port}, []string{"0", "443", "22"}},
	{fieldsets.Field{Name: "t.bool", Type: fieldsets.Bool}, []string{"true", "false"}},
	{fieldsets.Field{Name: "t.addr", Type: fieldsets.IPAddr}, []string{"10.0.0.1", "::1"}},
	{fieldsets.Field{Name: "t.net", Type: fieldsets.IPNet}, []string{"10.0.0.1", "192.168.7.7"}},
	{fieldsets.Field{Name: "t.texts", List: true}, []string{"a", "b", "ab"}},
	{fieldsets.Field{Name: "t.numbers", Type: fieldsets.Uint64, List: true}, []string{"5", "7"}},
	{fieldsets.Field{Name: "t.any", Match: fieldsets.MatchAny}, []string{"a", "b", "ab"}},
	{fieldsets.Field{Name: "t.ids", Type: fieldsets.Int64, Match: fieldsets.MatchAny}, []string{"1", "2"}},
	{fieldsets.Field{Name: "t.ports", Type: fieldsets.Port, Match: fieldsets.MatchEither}, []string{"1", "2"}},
	{fieldsets.Field{Name: "t.addrs", Type: fieldsets.IPAddr, Match: fieldsets.MatchEither}, []string{"10.0.0.1", "::1"}},
}

// toyEvent has the values of fields. An empty list is present, a missing one is not.
type toyEvent map[string][]fieldsets.Value

// toySource reads such events.
type toySource struct{}

func (toySource) Fields() []fieldsets.Field {
	var out []fieldsets.Field
	for _, f := range toyFields {
		out = append(out, f.field)
	}
	return out
}

func (toySource) Extractor(f *fieldsets.Field, _ fieldsets.Arg) (fieldsets.Extractor, error) {
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		values, ok := ev.Data.(toyEvent)[f.Name]
		if ok {
			out.MarkPresent()
		}
		for _, v := range values {
			out.Add(v)
		}
	}, nil
}

func toyValue(f fieldsets.Field, text string) fieldsets.Value {
	switch {
	case f.Type == fieldsets.Bool:
		return fieldsets.BoolValue(text == "true")
	case f.Type == fieldsets.IPAddr || f.Type == fieldsets.IPNet:
		return fieldsets.AddrValue(netip.MustParseAddr(text))
	case f.Type.Bits() > 0:
		n, _ := strconv.ParseInt(text, 10, 64)
		return fieldsets.IntValue(n)
	}
	return fieldsets.TextValue(text)
}

// generator makes random conditions about a few fields.
type generator struct {
	*rand.Rand
	fields []int
}

func (g *generator) pick(texts ...string) string { return texts[g.IntN(len(texts))] }

func (g *generator) expr(depth int) string {
	if depth == 0 || g.IntN(3) == 0 {
		if g.IntN(3) == 0 {
			return "not " + g.check()
		}
		return g.check()
	}
	parts := make([]string, 2+g.IntN(2))
	for i := range parts {
		parts[i] = g.expr(depth - 1)
	}
	text := "(" + strings.Join(parts, g.pick(" and ", " and ", " or ")) + ")"
	if g.IntN(4) == 0 {
		return "not " + text
	}
	return text
}

func (g *generator) check() string {
	f := toyFields[g.fields[g.IntN(len(g.fields))]]
	name, kind := f.field.Name, f.field.Type.Kind().String()
	value := func() string {
		text := f.values[g.IntN(len(f.values))]
		if f.field.Type == fieldsets.IPNet {
			text += g.pick("/32", "/8", "/0")
		}
		return `"` + text + `"`
	}
	list := func() string {
		out := []string{value()}
		for g.IntN(2) == 0 {
			out = append(out, value())
		}
		return "(" + strings.Join(out, ", ") + ")"
	}
	if g.IntN(8) == 0 {
		return name + " exists"
	}
	if f.field.List {
		if g.IntN(6) == 0 && name == "t.texts" {
			return name + g.pick(" in ", " intersects ") + "val(t.texts)"
		}
		return name + g.pick(" in ", " intersects ") + list()
	}
	ops := []string{"=", "!=", "in"}
	switch {
	case kind == "text":
		ops = append(ops, "in", "=", "<", ">=", "startswith", "endswith", "contains", "icontains", "glob", "regex", "pmatch")
		if f.field.Match == fieldsets.MatchOne && g.IntN(4) == 0 {
			name = g.pick("tolower", "toupper", "basename") + "(" + name + ")"
		}
	case kind == "bytes":
		ops = append(ops, "startswith", "contains")
	case kind == "a number":
		ops = append(ops, "<", "<=", ">", ">=", "intersects")
		value = func() string { return f.values[g.IntN(len(f.values))] }
	}
	switch op := g.pick(ops...); {
	case op == "in" || op == "pmatch" || op == "intersects":
		return name + " " + op + " " + list()
	case g.IntN(10) == 0 && kind == "text" && op != "regex" && f.field.Match == fieldsets.MatchOne && f.field.Type == fieldsets.CharBuf:
		return name + " " + op + " val(" + g.pick("t.text", "t.other") + ")"
	case g.IntN(8) == 0 && strings.Trim(op, "<>=!") != "" || g.IntN(8) == 0 && (op == "=" || op == "!="):
		return name + " " + op + " " + g.pick("oneof", "anyof", "allof") + " " + list()
	case op == "regex" && g.IntN(2) == 0:
		return name + ` regex "a.*"`
	case op == "glob" && g.IntN(2) == 0:
		return name + ` glob "a*"`
	default:
		return name + " " + op + " " + value()
	}
}

// events calls visit for events with all combinations of a few values of fields, until it
// returns false.
func events(fields []int, visit func(toyEvent) bool) {
	ev := toyEvent{}
	var next func(i int) bool
	next = func(i int) bool {
		if i == len(fields) {
			return visit(ev)
		}
		f := toyFields[fields[i]]
		delete(ev, f.field.Name)
		if !next(i + 1) {
			return false
		}
		texts := append([]string{}, f.values...)
		switch f.field.Type.Kind().String() {
		case "text":
			texts = append(texts, "zz", "xaby")
		case "a number":
			texts = append(texts, "3", "4")
		case "an address":
			texts = append(texts, "9.9.9.9")
		}
		var sets [][]string
		for i, a := range texts {
			sets = append(sets, []string{a})
			if f.field.List || f.field.Match != fieldsets.MatchOne {
				for _, b := range texts[:i] {
					sets = append(sets, []string{a, b})
				}
			}
		}
		if f.field.List || f.field.Match != fieldsets.MatchOne {
			sets = append(sets, nil, texts)
		}
		for _, set := range sets {
			values := []fieldsets.Value{}
			for _, text := range set {
				values = append(values, toyValue(f.field, text))
			}
			ev[f.field.Name] = values
			if !next(i + 1) {
				return false
			}
		}
		delete(ev, f.field.Name)
		return true
	}
	next(0)
}

// TestRefuteGenerated refutes generated conditions, and looks for events that make them true.
func TestRefuteGenerated(t *testing.T) {
	source := fieldsets.NewSource("toy", toySource{})
	types := newEventTypes()
	conditions, refuted := samples.Of(10_000), 0
	for seed := range uint64(conditions) {
		g := &generator{Rand: rand.New(rand.NewPCG(1, seed))}
		for range 1 + g.IntN(2) {
			g.fields = append(g.fields, g.IntN(len(toyFields)))
		}
		condition := g.expr(3)
		text := "- rule: R\n  desc: d\n  source: toy\n  condition: '" + condition + "'\n  output: o\n  priority: INFO\n"
		set, err := loader.Load([]loader.File{{Name: "r.yaml", Data: []byte(text)}}, loader.Options{Sources: []*fieldsets.Source{source}})
		if err != nil {
			continue
		}
		c := conditionsOf(set)[0]
		r := refute(c, types)
		fields := g.fields
		if strings.Contains(condition, "val(t.other)") {
			fields = append(fields, 1)
		}
		if strings.Contains(condition, "val(t.text)") {
			fields = append(fields, 0)
		}
		compiled, err := eval.NewCompiler(source).Condition(set.Rules[0].Compiled)
		if err != nil {
			t.Fatal(err)
		}
		var evaluator eval.Evaluator
		var found toyEvent
		events(fields, func(ev toyEvent) bool {
			evaluator.SetEvent(&fieldsets.Event{Source: "toy", Data: ev})
			if evaluator.Holds(compiled) {
				found = ev
			}
			return found == nil
		})
		if r != nil {
			refuted++
			if found != nil {
				t.Errorf("%s: refuted, but true of %v", condition, found)
			}
		}
	}
	if refuted < conditions/10 {
		t.Errorf("of %d conditions, only %d are refuted", conditions, refuted)
	}
}

// fixtureFields are fields of fixtures of system calls, with values.
var fixtureFields = map[string][]string{
	"evt.type": {
		"open", "openat", "creat", "execve", "connect", "accept", "rename", "renameat2", "unlink", "unlinkat", "read", "write", "clone", "dup", "kill", "getpid",
		"switch", "container", "mount", "umount2", "chmod", "fchmod",
	},
	"syscall.type": {"open", "openat", "kill"}, "evt.dir": {"<", ">"}, "evt.count": {"1", "2"}, "evt.latency": {"0", "5"},
	"evt.res": {"SUCCESS", "ENOENT", "-2", "-11", "0", "7"}, "evt.rawres": {"0", "3", "-2", "-11"},
	"evt.is_open_read": {"true", "false"}, "evt.is_open_write": {"true", "false"}, "evt.arg.flags": {"O_RDONLY", "O_CREAT|O_WRONLY"},
	"evt.arg.oldpath": {"/a", "b"}, "evt.arg.path": {"/a"}, "evt.arg.name": {"/etc/x"},
	"fd.name": {"/etc/x", "/tmp", "10.0.0.1:1->10.0.0.2:80"}, "fd.directory": {"/etc", "/"}, "fd.num": {"3", "-1"}, "fd.type": {"file", "ipv4"},
	"fd.sport": {"80", "443"}, "fs.path.name": {"/etc/x"}, "fs.path.source": {"/a"}, "fs.path.target": {"/b"},
	"container.id": {"host", "0123456789ab"}, "container.name": {"host", "web"}, "container.image.repository": {"nginx", ""}, "k8s.ns.name": {"prod"},
	"proc.name": {"sh", "bash"}, "proc.pname": {"sh", "bash"}, "user.name": {"root", "ann"},
}

// TestRefuteFixtures makes random events and joins random checks that are true of one of them.
// The checks cannot be refuted.
func TestRefuteFixtures(t *testing.T) {
	source := fixtures.NewSource()
	decoder := fixture.NewDecoder(&fieldsets.Stream{}, source)
	names := slices.Sorted(maps.Keys(fixtureFields))
	types := newEventTypes()
	var evaluator eval.Evaluator
	var file strings.Builder
	for seed := range uint64(samples.Of(20_000)) {
		g := &generator{Rand: rand.New(rand.NewPCG(2, seed))}
		values := map[string][]string{"evt.type": {g.pick(fixtureFields["evt.type"]...)}}
		for range g.IntN(6) {
			name := g.pick(names...)
			values[name] = []string{g.pick(fixtureFields[name]...)}
		}
		if values["container.id"] == nil { // all events with metadata of a container have its ID
			values["container.id"] = []string{g.pick(fixtureFields["container.id"]...)}
		}
		fields := map[string]string{}
		for name, texts := range values {
			fields[name] = texts[0]
		}
		text, _ := json.Marshal(map[string]any{"fields": fields})
		ev, err := decoder.DecodeYAML(text)
		if err != nil || len(decoder.Conflicts()) > 0 || len(fixtures.ImpossibleValues(values)) > 0 {
			continue // no such event
		}
		evaluator.SetEvent(ev)
		compiler := eval.NewCompiler(source.Source)
		var parts []string
		for range 1 + g.IntN(12) {
			name := g.pick(names...)
			check := name + g.pick(" = ", " = ", " != ", " in ") + `"` + g.pick(fixtureFields[name]...) + `"`
			switch g.IntN(6) {
			case 0:
				check = name + " exists"
			case 1:
				check = name + " startswith /"
			}
			check = strings.Replace(check, ` in "`, ` in ("`, 1)
			if strings.Contains(check, " in ") {
				check += ")"
			}
			x, err := parser.Condition(check)
			if err != nil {
				t.Fatal(err)
			}
			condition, err := compiler.Condition(x)
			if err != nil {
				continue // the type of the field has no such operator
			}
			if !evaluator.Holds(condition) {
				check = "not " + check
			}
			parts = append(parts, check)
		}
		if parts == nil {
			continue
		}
		condition, _ := json.Marshal(strings.Join(parts, " and "))
		fmt.Fprintf(&file, "- rule: R%d\n  desc: %s\n  condition: %s\n  output: o\n  priority: INFO\n", seed, strconv.Quote(string(text)), condition)
	}
	set, err := loader.Load([]loader.File{{Name: "r.yaml", Data: []byte(file.String())}}, loader.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range conditionsOf(set) {
		if r := refute(c, types); r != nil {
			t.Errorf("%s: refuted (%s), but true of %s", c.Rule.Condition, r.reason(types), c.Rule.Desc)
		}
	}
	t.Logf("%d conditions", len(set.Rules))
}

// TestRefuteGrowth refutes conditions that repeat something.
func TestRefuteGrowth(t *testing.T) {
	each := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	types := newEventTypes()
	for _, test := range []struct {
		name string
		text func(n int) string
	}{
		{"exclusions", func(n int) string { return "proc.cwd in (/x, /y)" + each(n, " and proc.cwd != /%d") }},
		{"alternatives", func(n int) string { return "(proc.cwd = /x" + each(n, " or proc.cwd = /%d") + ")" }},
		{"excluded alternatives", func(n int) string {
			return "(proc.cwd = /x" + each(n, " or proc.cwd = /%d") + ") and proc.cwd != /x" + each(n, " and not proc.cwd = /%d")
		}},
		{"numbers", func(n int) string { return "fd.num > 5" + each(n, " and (fd.num > %d or proc.cwd = /%[1]d)") }},
		{"parts", func(n int) string {
			return "not proc.cwd startswith /y" + each(n, " and not proc.cwd startswith /%d") + each(n, " and (proc.cwd = /x or proc.cwd startswith /x%d)")
		}},
		{"several values", func(n int) string {
			return "proc.aname = x" + each(n, " and proc.aname = x%d and not proc.aname in (z, y%[1]d)")
		}},
		{"choices", func(n int) string {
			return "not proc.pname = x" + each(n, " and (proc.cwd = /%d or proc.pname = x or user.name = u%[1]d)")
		}},
		{"pairs", func(n int) string {
			return "not proc.pname = x" + each(n, " and (proc.cwd = /%d or proc.cwd = /x%[1]d)")
		}},
		{"fields", func(n int) string {
			return "evt.type in (open, execve)" + each(n, " and (evt.arg.path = %d or fd.name = /%[1]d)")
		}},
	} {
		t.Run(subtest.Name(test.name), func(t *testing.T) {
			conditions := map[int]*Condition{}
			growth.Linear(t, 100, func(n int) {
				if conditions[n] == nil {
					conditions[n] = load(t, "", "syscall", test.text(n))
				}
				refute(conditions[n], types)
			})
		})
	}
}

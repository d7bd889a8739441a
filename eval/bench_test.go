package eval_test

import (
	"fmt"
	"net/netip"
	"strconv"
	"testing"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/parser"
)

// same has fields with the same values in all events, which take little time to read.
type same struct{}

func (same) Fields() []fieldsets.Field {
	return []fieldsets.Field{
		{Name: "s.name"},
		{Name: "s.path"},
		{Name: "s.args", List: true},
		{Name: "s.bytes", Type: fieldsets.ByteBuf},
		{Name: "s.number", Type: fieldsets.Int64},
		{Name: "s.address", Type: fieldsets.IPAddr},
		{Name: "s.net", Type: fieldsets.IPNet},
	}
}

func (same) Extractor(f *fieldsets.Field, _ fieldsets.Arg) (fieldsets.Extractor, error) {
	values := map[string][]fieldsets.Value{
		"s.name":    {fieldsets.TextValue("nginx-worker")},
		"s.path":    {fieldsets.TextValue("/usr/share/nginx/html/index.html")},
		"s.args":    {fieldsets.TextValue("-c"), fieldsets.TextValue("/etc/nginx.conf"), fieldsets.TextValue("-q")},
		"s.bytes":   {fieldsets.TextValue("\x7fELF\x02\x01\x01 and more")},
		"s.number":  {fieldsets.IntValue(4711)},
		"s.address": {fieldsets.AddrValue(netip.MustParseAddr("10.20.30.40"))},
		"s.net":     {fieldsets.AddrValue(netip.MustParseAddr("10.20.30.40"))},
	}[f.Name]
	return func(_ *fieldsets.Event, out *fieldsets.Values) {
		for _, v := range values {
			out.Add(v)
		}
	}, nil
}

func sameEvent() *fieldsets.Event {
	return &fieldsets.Event{Source: "same", Number: 1, Time: 1540475929736141000, Stream: &fieldsets.Stream{Hostname: "here"}}
}

// sameMatcher returns a matcher of rules with the given conditions and one output.
func sameMatcher(tb testing.TB, output string, conditions ...string) *eval.Matcher {
	tb.Helper()
	b := eval.NewBuilder(fieldsets.NewSource("same", same{}))
	for _, text := range conditions {
		x, err := parser.Condition(text)
		if err != nil {
			tb.Fatalf("%s: %v", text, err)
		}
		out, err := b.CompileOutput("same", output)
		if err != nil {
			tb.Fatal(err)
		}
		if err := b.Add(&eval.Rule{Name: text, Source: "same", Priority: eval.PriorityNotice, Tags: []string{"process"}, Condition: x, Output: out}); err != nil {
			tb.Fatalf("%s: %v", text, err)
		}
	}
	return b.Engine().NewMatcher(eval.FirstMatch)
}

// BenchmarkOperator matches one rule with one check.
func BenchmarkOperator(b *testing.B) {
	for _, tt := range []struct{ operator, condition string }{
		{"exists", "s.name exists"},
		{"equal", "s.name = nginx-worker"},
		{"unequal", "s.name != nginx-master"},
		{"less", "s.number < 5000"},
		{"equal number", "s.number = 4711"},
		{"equal address", "s.address = 10.20.30.40"},
		{"equal network", "s.net = 10.20.0.0/16"},
		{"contains", "s.path contains nginx/html"},
		{"icontains", "s.path icontains NGINX/html"},
		{"bcontains", "s.bytes bcontains 454c46"},
		{"bstartswith", "s.bytes bstartswith 7f454c46"},
		{"startswith", "s.path startswith /usr/share"},
		{"endswith", "s.path endswith .html"},
		{"glob", "s.path glob '/usr/*/nginx/*.html'"},
		{"iglob", "s.path iglob '/USR/*/nginx/*.HTML'"},
		{"regex", "s.path regex '/usr/[a-z]+/nginx/.*'"},
		{"in", "s.name in (apache2, lighttpd, nginx, nginx-worker, caddy)"},
		{"in, a list", "s.args in (-c, -q, -t, /etc/nginx.conf)"},
		{"intersects", "s.args intersects (-t, -q)"},
		{"pmatch", "s.path pmatch (/etc, /usr/share, /var/lib)"},
		{"startswith anyof", "s.path startswith anyof (/etc, /bin, /usr/share)"},
		{"transformer", "toupper(s.name) = NGINX-WORKER"},
		{"field beside field", "s.name != val(s.path)"},
	} {
		b.Run(tt.operator, func(b *testing.B) {
			m, ev := sameMatcher(b, "x", tt.condition), sameEvent()
			if len(m.Match(ev)) == 0 {
				b.Fatalf("%s does not hold", tt.condition)
			}
			b.ReportAllocs()
			for b.Loop() {
				m.Match(ev)
			}
		})
	}
}

// BenchmarkRules matches rules that do not fire. All have one check in common, and each
// has one of its own.
func BenchmarkRules(b *testing.B) {
	for _, n := range []int{1, 10, 100, 1000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			var conditions []string
			for i := range n {
				conditions = append(conditions, fmt.Sprintf("s.name = nginx-worker and s.path startswith /srv/%d/", i))
			}
			m, ev := sameMatcher(b, "x", conditions...), sameEvent()
			b.ReportAllocs()
			for b.Loop() {
				if len(m.Match(ev)) > 0 {
					b.Fatal("a rule fired")
				}
			}
		})
	}
}

// BenchmarkAlert prints a match.
func BenchmarkAlert(b *testing.B) {
	m := sameMatcher(b, "something happened (name %s.name, path %s.path, arguments %s.args, number %s.number, from %s.address)", "s.name exists")
	for _, tt := range []struct {
		form  string
		print func(m eval.Match, dst []byte) []byte
	}{
		{"message", eval.Match.AppendMessage},
		{"text", eval.Match.AppendText},
		{"JSON", eval.Match.AppendJSON},
	} {
		b.Run(tt.form, func(b *testing.B) {
			match := m.Match(sameEvent())[0]
			var out []byte
			b.ReportAllocs()
			for b.Loop() {
				out = tt.print(match, out[:0])
			}
			b.SetBytes(int64(len(out)))
		})
	}
}

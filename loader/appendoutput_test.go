package loader_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/loader"
)

const appendable = `
- rule: Opened
  desc: d
  condition: evt.type = open
  output: file=%fd.name %container.info
  priority: ERROR
  tags: [x, y]
- rule: Read
  desc: d
  condition: ka.verb = get
  output: verb=%ka.verb
  priority: NOTICE
  source: k8s_audit
`

func TestAppendOutput(t *testing.T) {
	at := func(line int) diag.Range {
		return diag.Range{File: "falco.yaml", Start: diag.Pos{Offset: 10 * line, Line: line, Column: 1}, End: diag.Pos{Offset: 10*line + 1, Line: line, Column: 2}}
	}
	format := func(line int, text string) loader.AppendOutput {
		return loader.AppendOutput{Format: text, FormatAt: at(line)}
	}
	field := func(f loader.OutputField) loader.AppendOutput {
		f.At = at(9)
		return loader.AppendOutput{Source: "syscall", Fields: []loader.OutputField{f}}
	}
	for _, tt := range []struct {
		name   string
		append []loader.AppendOutput
		opened string // the output of the first rule
		read   string
		errors string // messages with their positions
	}{
		{"nothing", nil, "file=%fd.name ", "verb=%ka.verb", ""},
		{"all rules", []loader.AppendOutput{format(1, "a=%evt.num"), format(2, "b")}, "file=%fd.name  a=%evt.num b", "verb=%ka.verb a=%evt.num b", ""},
		{"source", []loader.AppendOutput{{Source: "k8s_audit", Format: "a"}}, "file=%fd.name ", "verb=%ka.verb a", ""},
		{"rule", []loader.AppendOutput{{Rule: "Opened", Format: "a"}, {Rule: "Open*", Format: "b"}}, "file=%fd.name  a", "verb=%ka.verb", ""},
		{"tags", []loader.AppendOutput{{Tags: []string{"y", "x"}, Format: "a"}, {Tags: []string{"x", "z"}, Format: "b"}}, "file=%fd.name  a", "verb=%ka.verb", ""},
		{"all of them", []loader.AppendOutput{{Rule: "Opened", Source: "k8s_audit", Format: "a"}}, "file=%fd.name ", "verb=%ka.verb", ""},
		{"container.info", []loader.AppendOutput{{Source: "k8s_audit", Format: "x%container.infoy"}}, "file=%fd.name ", "verb=%ka.verb xy", ""},
		{
			"unknown field", []loader.AppendOutput{format(1, "a"), format(2, "b=%proc.name c=%proc.nope")}, "", "",
			`falco.yaml:2: "%proc.nope": source syscall has no field proc.nope, falco.yaml:2: "%proc.name": source k8s_audit has no field proc.name, falco.yaml:2: "%proc.nope": source k8s_audit has no field proc.nope`,
		},
		{"field", []loader.AppendOutput{field(loader.OutputField{Name: "fd.num", Raw: true})}, "file=%fd.name ", "verb=%ka.verb", ""},
		{"unknown raw field", []loader.AppendOutput{field(loader.OutputField{Name: "fd.nope", Raw: true})}, "", "", `falco.yaml:9: "%fd.nope": source syscall has no field fd.nope`},
		{"unknown formatted field", []loader.AppendOutput{field(loader.OutputField{Name: "x", Format: "%fd.nope"})}, "", "", `falco.yaml:9: "%fd.nope": source syscall has no field fd.nope`},
		{"empty format", []loader.AppendOutput{field(loader.OutputField{Name: "x"})}, "", "", `falco.yaml:9: the format of extra field "x" is empty`},
		{
			"last field counts",
			[]loader.AppendOutput{field(loader.OutputField{Name: "x", Format: "%fd.nope"}), field(loader.OutputField{Name: "x", Format: "%fd.num"})},
			"file=%fd.name ", "verb=%ka.verb", "",
		},
		{"too many fields", []loader.AppendOutput{{Source: "syscall", Fields: manyFields(1001)}}, "", "", "a.yaml:2: append_output adds more than 1000 fields to this rule, or 1000000 to all"},
		{"too long", []loader.AppendOutput{format(1, strings.Repeat("x", 1<<20))}, "", "", "falco.yaml:1: with everything that append_output adds, the outputs are too long"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			set, err := loader.Load([]loader.File{{Name: "a.yaml", Data: []byte(appendable)}}, loader.Options{AppendOutput: tt.append})
			var messages []string
			for _, d := range diag.Of(err) {
				messages = append(messages, d.Range.File+":"+strings.Split(d.Range.String(), ":")[1]+": "+d.Message)
				if len(d.Related) != 1 && !strings.HasPrefix(tt.name, "too ") {
					t.Errorf("%v has no related rule", d)
				}
			}
			if got := strings.Join(messages, ", "); got != tt.errors {
				t.Errorf("got errors %s\nwant %s", got, tt.errors)
			}
			if err != nil {
				return
			}
			if got := set.Rules[0].CompiledOutput; got != tt.opened {
				t.Errorf("got %q, want %q", got, tt.opened)
			}
			if got := set.Rules[1].CompiledOutput; got != tt.read {
				t.Errorf("got %q, want %q", got, tt.read)
			}
			if got := set.Rules[1].Output; got != "verb=%ka.verb" {
				t.Errorf("the output as written is %q", got)
			}
		})
	}
}

func manyFields(n int) []loader.OutputField {
	out := make([]loader.OutputField, n)
	for i := range out {
		out[i] = loader.OutputField{Name: strconv.Itoa(i), Format: "x"}
	}
	return out
}

// TestAppendOutputSkipped skips a rule, as Falco does, whose appended output has an
// unknown field.
func TestAppendOutputSkipped(t *testing.T) {
	rules := strings.ReplaceAll(appendable, "- rule: Read", "- rule: Read\n  skip-if-unknown-filter: true")
	set, err := loader.Load([]loader.File{{Name: "a.yaml", Data: []byte(rules)}}, loader.Options{AppendOutput: []loader.AppendOutput{{Format: "%proc.name"}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Rules) != 1 || set.Rules[0].Name != "Opened" || !strings.Contains(diag.Text(set.Warnings, diag.TextOptions{}), `the rule is skipped: "%proc.name": source k8s_audit has no field proc.name`) {
		t.Errorf("%d rules, warnings:\n%s", len(set.Rules), diag.Text(set.Warnings, diag.TextOptions{}))
	}
}

// TestAlertFormat checks that the format of the options is that of the engine's alerts.
// Package eval tests the formats.
func TestAlertFormat(t *testing.T) {
	set, err := loader.Load([]loader.File{{Name: "a.yaml", Data: []byte(appendable)}}, loader.Options{
		Selection:   &loader.Selection{Priority: eval.PriorityDebug},
		AlertFormat: eval.AlertFormat{NoOutput: true, NoFields: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	matches := set.Engine.NewMatcher(eval.FirstMatch).Match(auditEvent(t, "get"))
	if len(matches) != 1 {
		t.Fatalf("%d matches", len(matches))
	}
	if text := string(matches[0].AppendJSON(nil)); strings.Contains(text, "output") {
		t.Error(text)
	}
}

package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/lint"
	"github.com/falcorules/falcorules/loader"
)

// TestBeyondFalco looks at the mark of what Falco does not report, since it stops
// before.
func TestBeyondFalco(t *testing.T) {
	const (
		odd     = "- oddity: x\n"
		warned  = "- macro: m\n  condition: evt.dir = <\n- rule: w\n  desc: d\n  condition: evt.type = open and m\n  output: o\n  priority: INFO\n"
		invalid = "- macro: x\n"
		wrong   = "- rule: %s\n  desc: d\n  condition: evt.type = open and fd.bogus = x\n  output: '%%fd.bogus'\n  priority: INFO\n"
	)
	for _, test := range []struct {
		name  string
		files []string
		want  string
	}{
		{"accepted", []string{odd + warned}, "0: LOAD_UNKNOWN_ITEM LOAD_DEPRECATED_ITEM"},
		{"before and after an item", []string{odd + invalid + odd + warned},
			"0: LOAD_ERR_YAML_VALIDATE LOAD_UNKNOWN_ITEM LOAD_UNKNOWN_ITEM(beyond) LOAD_DEPRECATED_ITEM(beyond)"},
		{"several errors of one rule", []string{fmt.Sprintf(wrong, "a")}, "0: LOAD_ERR_COMPILE_OUTPUT LOAD_ERR_COMPILE_CONDITION(beyond)"},
		{"a rule before and one after", []string{warned + fmt.Sprintf(wrong, "a") + strings.NewReplacer("macro: m", "macro: n", "and m", "and n", "rule: w", "rule: v").Replace(warned)},
			"0: LOAD_ERR_COMPILE_OUTPUT LOAD_ERR_COMPILE_CONDITION(beyond) LOAD_DEPRECATED_ITEM LOAD_DEPRECATED_ITEM(beyond)"},
		{"a rejected file and an accepted one", []string{invalid + odd, odd}, "0: LOAD_ERR_YAML_VALIDATE LOAD_UNKNOWN_ITEM(beyond)\n1: LOAD_UNKNOWN_ITEM"},
		{"a file without judgement", []string{"context: " + warned, warned + odd + invalid + odd},
			"1: LOAD_ERR_YAML_VALIDATE LOAD_UNKNOWN_ITEM LOAD_UNKNOWN_ITEM(beyond) LOAD_DEPRECATED_ITEM(beyond)"},
		{"notices", []string{invalid + "- list: l\n  items: [a]\n  items: [b]\n"}, "0: LOAD_ERR_YAML_VALIDATE duplicate-key"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var files []loader.File
			for i, text := range test.files {
				text, context := strings.CutPrefix(text, "context: ")
				files = append(files, loader.File{Name: fmt.Sprint(i), Data: []byte(text), Context: context})
			}
			set, _ := loader.Load(files, loader.Options{Sources: []*fieldsets.Source{syscall.NewSource()}})
			var b bytes.Buffer
			if err := Falco(&b, set, lint.Notices(t.Context(), set)); err != nil {
				t.Fatal(err)
			}
			var out struct {
				Results []falcoResult `json:"falco_load_results"`
			}
			if err := json.Unmarshal(b.Bytes(), &out); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range out.Results {
				line := r.Name + ":"
				for _, list := range [][]falcoDiagnostic{r.Errors, r.Warnings, r.Notices} {
					for _, d := range list {
						line += " " + d.Code
						if d.BeyondFalco {
							line += "(beyond)"
						}
					}
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(test.want, strings.Join(got, "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestPositions has the example of docs/diagnostics.md: Falco counts from 0.
func TestPositions(t *testing.T) {
	set, _ := loader.Load([]loader.File{{Name: "f", Data: []byte("# rules\n\n- rule: r\n  desc: d\n")}}, loader.Options{})
	d := falcoDiagnostics(set.Results[0].Errors, 1)[0]
	item := d.Context.Locations[1].Position
	if item.Line != 2 || item.Column != 2 || d.Range.Start != (diag.Pos{Offset: 11, Line: 3, Column: 3}) {
		t.Errorf("Falco's position is %+v, ours %+v", item, d.Range.Start)
	}
}

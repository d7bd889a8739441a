package lint_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/conformance"
	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/lint"
	"github.com/falcorules/falcorules/loader"
)

// notJudged is the reason of a finding that nobody has looked at.
const notJudged = "not judged yet"

// TestOfficialRules compares the errors and warnings about Falco's own rules with a golden
// file, in which each has a reason why it is right. -update keeps the reasons: write one for
// each new finding, or fix the analyzer.
func TestOfficialRules(t *testing.T) {
	dir := filepath.Join(conformance.WholeDir(t), "official")
	var files []loader.File
	for _, name := range []string{"falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml", "k8s_audit_rules.yaml"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, loader.File{Name: name, Data: data})
	}
	set, err := loader.Load(files, loader.Options{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "official.txt")
	reasons := judgedFindings(t, path)
	var got strings.Builder
	for _, d := range lint.Run(t.Context(), set, lint.Options{}) {
		if d.Severity == diag.Notice {
			continue
		}
		var in []string
		for _, item := range d.Within {
			in = append(in, fmt.Sprintf("%s %q", item.Kind, item.Name))
		}
		finding := fmt.Sprintf("%s:%d:%d %s in %s", d.Range.File, d.Range.Start.Line, d.Range.Start.Column, d.Code, strings.Join(in, ", "))
		reason := reasons[finding]
		if reason == "" {
			reason = notJudged
		}
		if reason == notJudged {
			t.Errorf("%s: %s: give a reason in %s\n%s", finding, notJudged, path, diag.Text(diag.List{d}, diag.TextOptions{}))
		}
		fmt.Fprintf(&got, "%s\n\t%s\n", finding, reason)
	}
	golden.Check(t, path, got.String())
}

// judgedFindings reads the reasons in a golden file, by their findings.
func judgedFindings(t *testing.T, path string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]string{}
	finding := ""
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		if reason, ok := strings.CutPrefix(line, "\t"); ok {
			reasons[finding] = reason
			continue
		}
		finding = line
	}
	return reasons
}

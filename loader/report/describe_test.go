package report

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/loader"
)

const described = `
- required_engine_version: 0.31.0
- list: shells
  items: [bash, zsh]
- macro: shell
  condition: proc.name in (shells)
- rule: Shell
  desc: A shell starts.
  condition: evt.type = execve and shell
  output: shell %proc.name
  priority: NOTICE
  tags: [process]
- rule: Secret
  desc: A secret is read.
  condition: ka.verb = get and ka.target.resource = secrets
  output: secret %ka.target.name
  priority: WARNING
  source: k8s_audit
`

// TestDescribe describes a small ruleset in all forms.
func TestDescribe(t *testing.T) {
	set, err := loader.Load([]loader.File{{Name: "rules.yaml", Data: []byte(described)}}, loader.Options{Sources: all.Sources()})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, file string
		write      func(io.Writer, *loader.Ruleset) error
	}{
		{"json", "describe.json", Describe},
		{"text", "describe.txt", func(w io.Writer, set *loader.Ruleset) error { return DescribeText(w, set, false) }},
		{"long text", "describe.long.txt", func(w io.Writer, set *loader.Ruleset) error { return DescribeText(w, set, true) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := tt.write(&out, set); err != nil {
				t.Fatal(err)
			}
			golden.Check(t, "testdata/"+tt.file, out.String())
			if tt.name == "json" && !json.Valid(out.Bytes()) {
				t.Error("this is not JSON")
			}
		})
	}
}

package yamlfile

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/falcorules/falcorules/internal/conformance"
)

// TestConformance compares the positions of YAML errors with Falco's.
func TestConformance(t *testing.T) {
	dir := conformance.Dir(t)
	type answer struct {
		File    string
		Results []struct {
			Errors []struct {
				Code    string
				Context struct {
					Locations []struct {
						Position struct{ Line, Column, Offset int }
					}
				}
			}
		}
	}
	for _, set := range []string{"load-generated", "load-upstream"} {
		conformance.Run(t, filepath.Join(dir, set+".jsonl"), func(t *testing.T, row answer) {
			data, err := os.ReadFile(filepath.Join(dir, set, row.File))
			if err != nil {
				t.Fatal(err)
			}
			want := ""
			for _, r := range row.Results {
				if len(r.Errors) > 0 && r.Errors[0].Code == "LOAD_ERR_YAML_PARSE" {
					p := r.Errors[0].Context.Locations[1].Position
					want = fmt.Sprintf("%d:%d %d", p.Line, p.Column, p.Offset)
				}
			}
			if err := check(string(data)); place(err) != want {
				t.Errorf("%s: got %q (%v), want %q", row.File, place(err), err, want)
			}
		})
	}
}

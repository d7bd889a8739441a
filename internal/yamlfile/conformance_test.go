package yamlfile

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestConformance holds where mistakes are against what Falco said of whole files.
func TestConformance(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	dir := os.Getenv("FALCORULES_CONFORMANCE")
	if dir == "" {
		dir = "../../../shared/conformance"
	}
	for _, set := range []string{"load-generated", "load-upstream"} {
		f, err := os.Open(filepath.Join(dir, set+".jsonl"))
		if err != nil {
			t.Skip("no conformance data; set FALCORULES_CONFORMANCE to its folder")
		}
		defer f.Close()
		sc := bufio.NewScanner(f)
		sc.Buffer(nil, 64<<20)
		files, refused := 0, 0
		for sc.Scan() {
			var row struct {
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
			if err := json.Unmarshal(sc.Bytes(), &row); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(filepath.Join(dir, set, row.File))
			if err != nil {
				t.Fatal(err)
			}
			want := ""
			for _, r := range row.Results {
				if len(r.Errors) > 0 && r.Errors[0].Code == "LOAD_ERR_YAML_PARSE" {
					p := r.Errors[0].Context.Locations[1].Position
					want = fmt.Sprintf("%d:%d %d", p.Line, p.Column, p.Offset)
					refused++
				}
			}
			files++
			if err := check(string(data)); place(err) != want {
				t.Errorf("%s: got %q (%v), want %q", row.File, place(err), err, want)
			}
		}
		t.Logf("%s: %d files, %d of them refused", set, files, refused)
	}
}

package parser_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/parser"
)

// TestConformance holds the parser against what Falco's own answered.
func TestConformance(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	dir := os.Getenv("FALCORULES_CONFORMANCE")
	if dir == "" {
		dir = "../../shared/conformance"
	}
	for _, name := range []string{"parser-generated.jsonl", "parser-upstream.jsonl"} {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Skip("no conformance data; set FALCORULES_CONFORMANCE to its folder")
		}
		defer f.Close()
		sc := bufio.NewScanner(f)
		sc.Buffer(nil, 64<<20)
		agree, total := 0, 0
		for sc.Scan() {
			var row struct {
				Filter string
				OK     bool
				AST    string
				Error  string
				Offset int
			}
			if err := json.Unmarshal(sc.Bytes(), &row); err != nil {
				t.Fatal(err)
			}
			total++
			x, err := parser.Condition(row.Filter)
			switch {
			case (err == nil) != row.OK:
				t.Errorf("%q: got %v, Falco says ok=%v %s", row.Filter, err, row.OK, row.Error)
			case row.OK && ast.String(x) != row.AST:
				t.Errorf("%q:\n got %s\nwant %s", row.Filter, ast.String(x), row.AST)
			case !row.OK && err.(parser.Errors).Stop().Offset != row.Offset:
				t.Errorf("%q: Falco gives up at %d, and we say at %d (%v)", row.Filter, row.Offset, err.(parser.Errors).Stop().Offset, err)
			default:
				agree++
				if row.OK {
					roundTrip(t, x)
				}
			}
		}
		t.Logf("%s: %d of %d", name, agree, total)
	}
}

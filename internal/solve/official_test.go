package solve_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/internal/allsources"
	"github.com/falcorules/falcorules/internal/solve"
	"github.com/falcorules/falcorules/loader"
)

func TestX(t *testing.T) {
	sources := map[string]*fixture.Source{}
	var rules []*fieldsets.Source
	for _, f := range allsources.Fixtures(allsources.New()) {
		sources[f.Name()] = f
		rules = append(rules, f.Source)
	}
	files, _ := filepath.Glob("/work/shared/conformance/official/*.yaml")
	for _, file := range files {
		data, _ := os.ReadFile(file)
		set, err := loader.Load([]loader.File{{Name: file, Data: data}}, loader.Options{Sources: rules})
		if err != nil {
			t.Log(file, err)
			continue
		}
		n, miss := 0, 0
		for _, r := range set.Rules {
			start := time.Now()
			s, err := solve.Solve(sources[r.Source], r.Compiled)
			if err != nil {
				t.Error(r.Name, err)
				continue
			}
			if d := time.Since(start); d > 200*time.Millisecond {
				t.Log("slow", r.Name, d)
			}
			if s.Found() {
				n++
			} else {
				fmt.Println("   UNMET", r.Name)
				for _, u := range s.Unmet[:min(3, len(s.Unmet))] {
					fmt.Printf("        %.150s\n", ast.String(u))
				}
				fmt.Println("        at", show(s.Event))
				continue
			}
			if s.Miss != nil {
				miss++
			} else {
				fmt.Println("   NO MISS", r.Name)
			}
			if testing.Verbose() {
				fmt.Println("   ", r.Name, show(s.Event))
				if s.Miss != nil {
					fmt.Printf("      miss %s=%v  %.80s\n", s.Missed, s.Miss[s.Missed], ast.String(s.Flipped))
				}
			}
		}
		fmt.Println(filepath.Base(file), n, miss, len(set.Rules))
	}
}

func show(e solve.Event) string {
	out := ""
	for _, n := range e.Names() {
		v := e[n].Value
		for _, i := range e[n].Content {
			v += "[" + i.Value + "]"
		}
		out += fmt.Sprintf("%s=%q ", n, v)
	}
	return out
}

package eval_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/parser"
	"gopkg.in/yaml.v3"
)

// TestChecks evaluates checks by themselves; some are added after events.
func TestChecks(t *testing.T) {
	source := syscall.NewFixtures()
	decoder := fixture.NewDecoder(&fieldsets.Stream{}, source)
	checks := eval.NewChecks(source.Source)
	on := func(text string) string {
		var doc yaml.Node
		if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
			t.Fatal(err)
		}
		ev, err := decoder.DecodeYAML(doc.Content[0])
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		checks.On(ev, func(number int) { got = append(got, number) })
		return fmt.Sprint(got)
	}
	add := func(text string) (int, error) {
		x, err := parser.Condition(text)
		if err != nil {
			t.Fatal(err)
		}
		return checks.Add(x.(*ast.Check))
	}
	var numbers []int
	for _, text := range []string{"proc.name = a", "proc.name in (a, b)", "proc.name = a", "proc.aname in (x)", "proc.name exists"} {
		n, err := add(text)
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, n)
	}
	if !slices.Equal(numbers, []int{0, 1, 0, 2, 3}) || checks.Len() != 4 {
		t.Errorf("numbers %v of %d", numbers, checks.Len())
	}
	if _, err := add("proc.nmae = a"); err == nil {
		t.Error("a field that there is not was added")
	}
	for _, test := range []struct{ event, want string }{
		{"{proc: {name: a}}", "[0 1 3]"},
		{"{proc: {name: b, parent: {name: y, parent: {name: x}}}}", "[1 2 3]"},
		{"{evt: {type: open}}", "[]"},
	} {
		if got := on(test.event); got != test.want {
			t.Errorf("%s: %s, want %s", test.event, got, test.want)
		}
	}
	if n, err := add("proc.name startswith a"); n != 4 || err != nil {
		t.Errorf("number %d, %v", n, err)
	}
	if got := on("{proc: {name: ab}}"); got != "[3 4]" {
		t.Errorf("after one more: %s", got)
	}
}

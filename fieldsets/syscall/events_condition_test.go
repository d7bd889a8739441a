package syscall_test

import (
	"fmt"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/parser"
)

func TestEventNumber(t *testing.T) {
	for condition, want := range map[string]string{
		"evt.num = 0": "false", "evt.num == 0": "false", "evt.num <= 0": "false", "evt.num < 0": "false", "evt.num < 1": "false",
		"evt.num != 0": "true", "evt.num > 0": "true", "evt.num >= 0": "true", "evt.num >= 1": "true", "evt.num in (0, 0)": "false",
		"evt.num = 1": "varies", "evt.num > 1": "varies", "evt.num in (0, 1)": "varies", "evt.num exists": "varies", "proc.pid = 0": "varies",
		"evt.num = x": "varies",
	} {
		t.Run(condition, func(t *testing.T) {
			x, err := parser.Condition(condition)
			if err != nil {
				t.Fatal(err)
			}
			got := "varies"
			if holds, constant := syscall.EventNumber(x.(*ast.Check)); constant {
				got = fmt.Sprint(holds)
			}
			if got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

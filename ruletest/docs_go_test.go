package ruletest_test

import (
	"os"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/ruletest"
)

func testShell(t *testing.T) {
	ruletest.Check(t, &ruletest.Suite{
		Rules: []string{"rules.yaml"},
		Tests: []ruletest.Test{{
			Name: "a shell in a container is reported",
			Events: []ruletest.Event{ruletest.Fixture("syscall", ruletest.Fields{
				"evt.type": "execve", "proc.name": "bash", "container.id": "3ad7b26ded6d",
			})},
			Expect: []ruletest.Expectation{{Rule: "Shell in a container", Priority: "notice"}},
		}},
	}, ruletest.Options{})
}

// TestDocsGo runs the test that docs/testing.md shows, and checks that it is this one.
func TestDocsGo(t *testing.T) {
	page, err := os.ReadFile("../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile("docs_go_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, shown, _ := strings.Cut(string(page), "```go\nfunc TestShell")
	shown, _, _ = strings.Cut(shown, "```")
	if shown == "" || !strings.Contains(string(own), "func testShell"+shown) {
		t.Errorf("the test on the page is not the one here: %s", shown)
	}
	t.Chdir("../examples/syscall")
	testShell(t)
}

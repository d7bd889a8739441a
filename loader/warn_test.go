package loader_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/loader"
)

// TestNoEventType looks at where a rule is said to match too many events: at the
// branch of an or that lets them in.
func TestNoEventType(t *testing.T) {
	const macro = "- macro: m\n  condition: evt.type = open and fd.num > 1 or fd.num > 2\n- macro: n\n  condition: evt.type = open\n"
	for _, test := range []struct{ name, condition, at, related, hint string }{
		{"no or", "proc.name = a", "f0.yaml:6:9", "", "restrict evt.type, or set warn_evttypes: false"},
		{"an or without event types", "proc.name = a or proc.name = b", "f0.yaml:6:9", "", "restrict evt.type, or set warn_evttypes: false"},
		{"and before or", "evt.type = open and proc.name = a or proc.name = b", "f0.yaml:8:51", "", "this branch of an or allows most event types; and binds more tightly than or, so perhaps parentheses are missing"},
		{"the first branch", "proc.name = a or evt.type = open", "f0.yaml:8:14", "", "this branch of an or allows most event types"},
		{"an or inside of an and", "(evt.type = open or fd.num > 1) and proc.name = b", "f0.yaml:8:34", "", "this branch of an or allows most event types"},
		{"an or inside of an or", "evt.type = open or (fd.num = 1 and (n or proc.name = b))", "f0.yaml:8:55", "", "this branch of an or allows most event types"},
		{"a macro as a branch", "n and fd.num > 1 or m", "f0.yaml:8:34", "f0.yaml:2:48", "a branch of an or in this macro allows most event types; and binds more tightly than or, so perhaps parentheses are missing"},
		{"inside of a macro", "m and proc.name = a", "f0.yaml:8:14", "f0.yaml:2:48", "a branch of an or in this macro allows most event types; and binds more tightly than or, so perhaps parentheses are missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			set, err := loader.Load(files(macro+fmt.Sprintf(syscallRule, "r", test.condition)), allSources())
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range set.Warnings {
				if d.Code != loader.WarnNoEventType {
					continue
				}
				related := ""
				for _, r := range d.Related {
					related = r.Range.String()
				}
				if d.Range.String() != test.at || related != test.related || d.Hint != test.hint {
					t.Errorf("got %s, %q and %q, want %s, %q and %q", d.Range, related, d.Hint, test.at, test.related, test.hint)
				}
				return
			}
			t.Error("there is no warning")
		})
	}
}

// TestEnabledAlone looks at items that change what there is not: they are no
// definitions of it.
func TestEnabledAlone(t *testing.T) {
	const nextFile = "# next file\n"
	for name, test := range map[string]struct{ yaml, want string }{
		"alone":                   {"- rule: r\n  enabled: false\n", "if another file defines it, load that file first"},
		"twice":                   {"- rule: r\n  enabled: false\n- rule: r\n  enabled: true\n", "if another file defines it, load that file first"},
		"defined later":           {"- rule: r\n  enabled: false\n" + fmt.Sprintf(syscallRule, "r", "evt.type = open"), "it is defined later; move this item after the definition"},
		"defined in a later file": {"- rule: r\n  enabled: false\n" + nextFile + fmt.Sprintf(syscallRule, "r", "evt.type = open"), "it is defined in a later file; load that file first"},
		"of another name":         {fmt.Sprintf(syscallRule, "Read files", "evt.type = open") + "- rule: Raed files\n  enabled: false\n", "did you mean Read files?"},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := loader.Load(files(strings.Split(test.yaml, nextFile)...), allSources())
			if err == nil {
				t.Fatal("the rules load")
			}
			if got := set.Errors[0]; got.Hint != test.want || len(got.Related) > 0 != strings.HasPrefix(name, "defined") {
				t.Errorf("got the hint %q and %v", got.Hint, got.Related)
			}
		})
	}
}

package psp_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/psp"
)

// TestNames checks that the rules of policies with unusual names load, and that their
// macros do not conflict.
func TestNames(t *testing.T) {
	names := []string{"a.b", "a-b", "a b", "1st", "_", "Ж", "50% off", "it's", `say "no"`, "a: b # c", "true", strings.Repeat("x", 253), "[x]", "*", "-", "ka"}
	var text []string
	for _, name := range names {
		text = append(text, policyText(name, ""))
	}
	for _, options := range []psp.Options{{}, {NamePrefix: "9 of: mine"}} {
		c := convert(t, strings.Join(text, "\n---\n"), options)
		load(t, c)
		if len(c.Rules) < len(names) {
			t.Errorf("%d rules of %d policies", len(c.Rules), len(names))
		}
		for _, r := range c.Rules {
			if !strings.HasPrefix(r.Name, "PSP ") && options.NamePrefix == "" || !strings.HasPrefix(r.Name, options.NamePrefix) {
				t.Errorf("unexpected rule %q", r.Name)
			}
		}
	}
	policies, err := psp.Read(strings.NewReader(policyText("a", "")+"\n---\n"+policyText("a", "")), "p.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := psp.Convert(policies, psp.Options{}); err == nil {
		t.Error("no error for two policies with the same name")
	}
}

// TestPrefixes converts policies whose macros could get the same names.
func TestPrefixes(t *testing.T) {
	var text []string
	for _, name := range []string{"a", "a-patched", "a.patched", "a_pod", "2-a", "2", "b"} {
		text = append(text, policyText(name, ""))
	}
	c := convert(t, strings.Join(text, "\n---\n"), psp.Options{})
	load(t, c) // fails on the notice about duplicate macros
}

// TestRuleNames converts policies whose rules could get the same names, so that later
// ones would replace earlier ones.
func TestRuleNames(t *testing.T) {
	policies := []string{"a%b", "a_b 2", "a_b", "a%b 2"}
	var text []string
	for _, name := range policies {
		text = append(text, strings.Replace(policyText("NAME", ""), `"NAME"`, asJSON(t, name), 1))
	}
	c := convert(t, strings.Join(text, "\n---\n"), psp.Options{})
	load(t, c)
	of := map[string]string{}
	for _, r := range c.Rules {
		if other, ok := of[r.Name]; ok {
			t.Errorf("%q and %q have a rule %q", other, r.Of, r.Name)
		}
		of[r.Name] = r.Of
	}
	for rule, want := range map[string]string{"PSP a_b Violation (privileged) K8s Audit": "a%b", "PSP a_b 3 Violation (privileged) K8s Audit": "a_b"} {
		t.Run(subtest.Name(rule), func(t *testing.T) {
			if of[rule] != want {
				t.Errorf("%q is a rule of %q, want %q", rule, of[rule], want)
			}
		})
	}
	runSuite(t, c)
}

// TestNamePrefixes checks that rules with any name prefix load.
func TestNamePrefixes(t *testing.T) {
	for name, prefix := range map[string]string{"long": strings.Repeat("x", 5000), "NUL": "a\x00b", "not UTF-8": "a\xffb", "lines": "a\r\n- b: c", "direction": "a\u202e\u009bb", "signs": "%proc.name '\"#"} {
		t.Run(name, func(t *testing.T) {
			c := convert(t, policyText("p", ""), psp.Options{NamePrefix: prefix})
			load(t, c)
			for _, r := range c.Rules {
				if strings.ContainsFunc(r.Name, func(r rune) bool { return !strconv.IsPrint(r) }) {
					t.Errorf("unprintable name %q", r.Name)
				}
			}
		})
	}
}

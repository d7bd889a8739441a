package proof_test

import (
	"strings"
	"testing"

	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/internal/proof"
	"github.com/falcorules/falcorules/loader"
)

const rules = `
- required_engine_version: 0.40.0
- required_plugin_versions: [{name: container, version: 0.4.0}]
- list: shells
  items: [bash, sh]
- list: names
  items: [shells, cat]
- macro: spawned
  condition: evt.type = execve and proc.name in (names)
- list: unused
  items: [a, c]
- macro: unused
  condition: proc.name = x
- rule: first
  desc: A rule.
  condition: spawned and proc.cmdline contains " -c"
  output: "%proc.name"
  priority: INFO
  tags: [a, b]
  capture: true
  exceptions:
    - name: parent
      fields: [proc.pname]
      comps: [in]
      values: [[[x, y]]]
- rule: second
  desc: Another rule.
  condition: evt.type = open
  output: x
  priority: DEBUG
  enabled: false
`

func load(text string) *loader.Ruleset {
	set, _ := loader.Load([]loader.File{{Name: "rules.yaml", Data: []byte(text)}}, loader.Options{Sources: all.Sources()})
	return set
}

func TestSame(t *testing.T) {
	for _, tt := range []struct{ name, old, new string }{
		{"nothing", "", ""},
		{"comments and lines", "- list: shells", "# a comment\n\n- list:   shells"},
		{"order of keys", "  priority: INFO\n  tags: [a, b]", "  tags: [a, b]\n  priority: INFO"},
		{"white space in conditions", "spawned and proc", ">\n    spawned\n      and   proc"},
		{"quotes of values", "\" -c\"", "' -c'"},
		{"order of tags", "[a, b]", "[b, a]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := proof.Same(load(rules), load(strings.Replace(rules, tt.old, tt.new, 1))); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDifferent(t *testing.T) {
	for _, tt := range []struct{ name, old, new, want string }{
		{"engine version", "0.40.0", "0.41.0", "engine version 0.40.0 becomes 0.41.0"},
		{"plugin version", "0.4.0}", "0.5.0}", "required plugins"},
		{"order of used items", "[shells, cat]", "[cat, shells]", `rule "first": different condition`},
		{"items", "[a, c]", "[c, a]", `list "unused": different items`},
		{"macro", "proc.name = x", "proc.name = y", `macro "unused": different condition`},
		{"source", "tags: [a, b]", "source: k8s_audit", "appears"},
		{"desc", "A rule.", "The rule.", `rule "first": different desc`},
		{"condition", "spawned and proc", "spawned and not proc", `rule "first": different condition`},
		{"output", "%proc.name", "%proc.pname", `rule "first": different output`},
		{"priority", "INFO", "NOTICE", `rule "first": different priority`},
		{"tags", "[a, b]", "[a]", `rule "first": different tags`},
		{"enabled", "enabled: false", "enabled: true", `rule "second": different enabled`},
		{"capture", "capture: true", "capture: false", `rule "first": different capture`},
		{"exception values", "[x, y]", "[x, z]", `rule "first": different condition`},
		{"exception name", "name: parent", "name: child", `rule "first": different exceptions`},
		{"new rule", "- rule: second", "- rule: third\n  desc: x\n  condition: evt.type = open\n  output: x\n  priority: INFO\n- rule: second", `rule "second" is missing or in another position`},
		{"new list", "- list: names", "- list: more\n  items: []\n- list: names", "becomes LOAD_UNUSED_LIST"},
		{"warning", "evt.type = open\n", "evt.type != open\n", "LOAD_NO_EVTTYPE"},
		{"error", "priority: DEBUG", "priority: NONE", "LOAD_ERR_YAML_VALIDATE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			changed := strings.Replace(rules, tt.old, tt.new, 1)
			if changed == rules {
				t.Fatalf("%q is not in the rules", tt.old)
			}
			err := proof.Same(load(rules), load(changed))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

// TestSameMatches makes changes that can leave matches as they are, and others.
func TestSameMatches(t *testing.T) {
	for _, tt := range []struct{ name, old, new, want string }{
		{"nothing", "", "", ""},
		{"order", `spawned and proc.cmdline contains " -c"`, `proc.cmdline contains " -c" and spawned`, ""},
		{"order in a macro", "evt.type = execve and proc.name in (names)", "proc.name in (names) and evt.type = execve", ""},
		{"missing operand", `spawned and proc.cmdline contains " -c"`, "spawned", ""},
		{"missing operand of a macro", "evt.type = execve and proc.name in (names)", "evt.type = execve", ""},
		{"repeated item", "[shells, cat]", "[shells, cat, sh]", ""},
		{"desc, output and tags", "A rule.\n", "The rule.\n  tags: [x]\n", ""},
		{"output", `"%proc.name"`, "x", ""},
		{"new operand", "spawned and", "spawned and proc.name = bash and", `rule "first": different condition`},
		{"and becomes or", "spawned and proc", "spawned or proc", `rule "first": different condition`},
		{"negation", "spawned and proc", "spawned and not proc", `rule "first": different condition`},
		{"other value", "[shells, cat]", "[shells, dog]", `rule "first": different condition`},
		{"unused macro", "proc.name = x", "proc.name = y", `macro "unused": different condition`},
		{"priority", "INFO", "NOTICE", `rule "first": different priority`},
		{"enabled", "enabled: false", "enabled: true", `rule "second": different enabled`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			changed := strings.Replace(rules, tt.old, tt.new, 1)
			if changed == rules && tt.old != "" {
				t.Fatalf("%q is not in the rules", tt.old)
			}
			got := ""
			if err := proof.SameMatches(load(rules), load(changed)); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestFiles finds the file that a difference comes from.
func TestFiles(t *testing.T) {
	files := func(first, second string) []loader.File {
		return []loader.File{{Name: "first.yaml", Data: []byte(first)}, {Name: "second.yaml", Data: []byte(second)}}
	}
	list := func(items string) string { return "- list: l\n  items: " + items + "\n" }
	rule := func(condition string) string {
		return "- rule: r\n  desc: d\n  condition: evt.type = open and " + condition + "\n  output: o\n  priority: INFO\n"
	}
	before := files(list("[a, b]"), list("[a, b]")+rule("proc.name in (l)"))
	const difference = `rule "r": different condition`
	for _, tt := range []struct {
		name          string
		after         []loader.File
		first, second string
	}{
		{"none", files(list("[a,b]"), list("[a,b]")+rule("(proc.name in(l))")), "", ""},
		{"in a list that is defined again", files(list("[b]"), list("[a, b]")+rule("proc.name in (l)")), "", ""},
		{"in a file", files(list("[a,b]"), list("[b]")+rule("proc.name in (l)")), "", difference},
		{"in files together", files(list("[b]"), rule("proc.name in (l)")), difference, difference},
	} {
		t.Run(tt.name, func(t *testing.T) {
			errs := proof.Files(before, tt.after, loader.Options{Sources: all.Sources()})
			for i, want := range []string{tt.first, tt.second} {
				if got := errs[i]; (got == nil) != (want == "") || got != nil && got.Error() != want {
					t.Errorf("%s: got %v, want %s", before[i].Name, got, want)
				}
			}
		})
	}
}

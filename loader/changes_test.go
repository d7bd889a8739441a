package loader_test

import (
	"fmt"
	"testing"

	"github.com/falcorules/falcorules/ast"
)

// TestRuleChanges looks at what becomes of a rule that later items change.
func TestRuleChanges(t *testing.T) {
	for _, test := range []struct{ name, change, want string }{
		{"nothing", "", "ka.verb exists | o | Informational | [] | false"},
		{"appended", "{rule: r, append: true, condition: and ka.uri exists}", "(ka.verb exists and ka.uri exists) | o | Informational | [] | false"},
		{"overridden", "{rule: r, condition: and ka.uri exists, output: more, tags: [b, a], override: {condition: append, output: append, tags: append}}",
			"(ka.verb exists and ka.uri exists) | o more | Informational | [a b] | false"},
		{"replaced", "{rule: r, condition: ka.uri exists, output: other, priority: alert, enabled: false, override: {condition: replace, output: replace, priority: replace, enabled: replace}}",
			"ka.uri exists | other | Alert | [] | true"},
		{"switched off", "{rule: r, enabled: false}", "ka.verb exists | o | Informational | [] | true"},
		{"an exception", "{rule: r, append: true, exceptions: [{name: e, fields: [ka.verb, ka.user.name], values: [[get, a b], [list, \"'c d'\"]]}]}",
			`(ka.verb exists and not ((ka.verb = get and ka.user.name = "a b") or (ka.verb = list and ka.user.name = "c d"))) | o | Informational | [] | false`},
		{"an exception with comps", "{rule: r, append: true, exceptions: [{name: e, fields: [ka.verb, ka.uri], comps: [in, startswith], values: [[[get, list], /api], [get, /x]]}]}",
			"(ka.verb exists and not ((ka.verb in (get, list) and ka.uri startswith /api) or (ka.verb in (get) and ka.uri startswith /x))) | o | Informational | [] | false"},
		{"an exception of one field", "{rule: r, append: true, exceptions: [{name: e, fields: ka.verb, values: [get, a b]}]}",
			`(ka.verb exists and not ka.verb in (get, "a b")) | o | Informational | [] | false`},
		{"an exception with a modifier", "{rule: r, append: true, exceptions: [{name: e, fields: ka.verb, comps: startswith anyof, values: [g, l]}]}",
			"(ka.verb exists and not ka.verb startswith anyof (g, l)) | o | Informational | [] | false"},
		{"exceptions replaced", "{rule: r, exceptions: [], override: {exceptions: replace}}", "ka.verb exists | o | Informational | [] | false"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := fmt.Sprintf(rule, "r", "ka.verb exists")
			if test.change != "" {
				text += "- " + test.change + "\n"
			}
			set, err := load(text)
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
				return
			}
			r := set.Engine.Rules()[0]
			got := fmt.Sprintf("%s | %s | %s | %v | %v", ast.String(r.Condition), ast.Format(r.Output.Tree()), r.Priority, r.Tags, r.Disabled)
			if got != test.want {
				t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
			}
		})
	}
}

package loader_test

import "testing"

// TestLists looks at conditions whose lists are replaced by their items.
func TestLists(t *testing.T) {
	for _, tt := range []struct{ name, items, condition, want string }{
		{"items", "- list: l\n  items: [a, b]\n", "proc.name in (l)", "proc.name in (a, b)"},
		{"beside others", "- list: l\n  items: [a]\n", "proc.name in (x, l, y)", "proc.name in (x, a, y)"},
		{"in a list", "- list: k\n  items: [a]\n- list: l\n  items: [k, b]\n", "proc.name in (l)", "proc.name in (a, b)"},
		{"of a list defined later", "- list: l\n  items: [k, b]\n- list: k\n  items: [a]\n", "proc.name in (l)", "proc.name in (a, b)"},
		{"appended", "- list: l\n  items: [a]\n- list: l\n  items: [b]\n  override: {items: append}\n", "proc.name in (l)", "proc.name in (a, b)"},
		{"replaced", "- list: l\n  items: [a]\n- list: l\n  items: [b]\n", "proc.name in (l)", "proc.name in (b)"},
		{"empty", "- list: l\n  items: []\n", "proc.name in (l)", "proc.name in ()"},
		{"empty beside others", "- list: l\n  items: []\n", "proc.name in (a, l)", "proc.name in (a)"},
		{"numbers", "- list: l\n  items: [1, 2]\n", "fd.num in (l)", "fd.num in (1, 2)"},
		{"quoted in the condition", "- list: l\n  items: [a]\n", `proc.name in ("l")`, "proc.name in (l)"},
		{"part of a word", "- list: l\n  items: [a]\n", "proc.name in (ll)", "proc.name in (ll)"},
		{"in a macro", "- list: l\n  items: [a]\n- macro: m\n  condition: proc.name in (l)\n", "m", "proc.name in (a)"},
		{"without items", "- list: l\n", "proc.name in (l)", "LOAD_ERR_YAML_VALIDATE"},
		{"append to nothing", "- list: l\n  items: [a]\n  append: true\n", "proc.name in (l)", "LOAD_ERR_VALIDATE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := compiled(tt.items, tt.condition); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

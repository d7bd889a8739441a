package psp

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// GeneratedMark begins all rules files and suites that a conversion writes.
const GeneratedMark = "# Written by falcorules"

// engineVersion is the oldest version of Falco's rules engine with all features that
// the rules use.
const engineVersion = "0.63.0"

// plugin is a Falco plugin and the version that the rules need.
type plugin struct {
	name, version string
	alternatives  []plugin // plugins that provide the same fields
}

// requiredPlugins are the plugins that the rules of a source need, with the same
// versions as in Falco's own rules. The audit plugins provide ka.* fields, json jevt.*,
// and container both container.* and k8s.*.
var requiredPlugins = map[Source][]plugin{
	K8sAudit: {
		{"k8saudit", "0.18.0", []plugin{
			{"k8saudit-aks", "0.6.0", nil}, {"k8saudit-eks", "0.12.0", nil}, {"k8saudit-gke", "0.9.0", nil}, {"k8saudit-ovh", "0.6.0", nil},
		}},
		{"json", "0.7.0", nil},
	},
	Syscall: {{"container", "0.4.0", nil}},
}

// WriteRules writes the rules file for a source. Each source has its own file, because
// Falco rejects a whole file if it lacks a plugin that the file requires. WriteRules
// returns an error only if w fails.
func (c *Conversion) WriteRules(w io.Writer, source Source) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s for Falco 0.45, source %s.\n", GeneratedMark, source)
	fmt.Fprintf(out, "# An event may fire several of these rules: set rule_matching to all.\n\n")
	fmt.Fprintf(out, "- required_engine_version: %s\n\n- required_plugin_versions:\n", engineVersion)
	for _, p := range requiredPlugins[source] {
		p.write(out)
	}
	for _, s := range c.sections {
		s.write(out, source)
	}
	return out.Flush()
}

func (p plugin) write(out io.Writer) {
	fmt.Fprintf(out, "  - name: %s\n    version: %s\n", p.name, p.version)
	if len(p.alternatives) == 0 {
		return
	}
	fmt.Fprintf(out, "    alternatives:\n")
	for _, a := range p.alternatives {
		fmt.Fprintf(out, "      - name: %s\n        version: %s\n", a.name, a.version)
	}
}

// write writes the rules for a source, and the macros and lists that they use.
func (s *section) write(out io.Writer, source Source) {
	rules := s.rulesOf(source)
	macros, lists := definitions(rules)
	bar := strings.Repeat("#", 60)
	fmt.Fprintf(out, "\n%s\n# %s\n%s\n", bar, comment(s.title), bar)
	for _, n := range s.notes {
		fmt.Fprintf(out, "# %s: %s\n", n.Property, comment(n.Text))
	}
	for _, l := range lists {
		fmt.Fprintf(out, "\n- list: %s\n  items:\n", l.name)
		for _, item := range l.items {
			if c := quoteIfNeeded(item); c != item {
				item = c // Falco inserts the item into conditions with these quotes
			}
			fmt.Fprintf(out, "  - %s\n", scalar(item))
		}
	}
	for _, m := range macros {
		fmt.Fprintf(out, "\n- macro: %s\n", m.text)
		writeCondition(out, m.children[0])
	}
	for _, r := range rules {
		r.write(out)
	}
}

func (r *rule) write(out io.Writer) {
	fmt.Fprintf(out, "\n- rule: %s\n  desc: %s\n", scalar(r.Name), scalar(r.desc))
	writeCondition(out, r.condition)
	fmt.Fprintf(out, "  output: %s\n  priority: %s\n  source: %s\n  tags: [%s]\n", scalar(r.output), r.priority, r.Source, strings.Join(r.tags, ", "))
}

func writeCondition(out io.Writer, x expr) {
	lines := x.lines()
	if len(lines) == 1 && !strings.ContainsAny(lines[0], ":#'\"\\") {
		fmt.Fprintf(out, "  condition: %s\n", lines[0])
		return
	}
	fmt.Fprintf(out, "  condition: >\n")
	for _, l := range lines {
		fmt.Fprintf(out, "    %s\n", l)
	}
}

// scalar returns s as a YAML scalar, in quotes if it may need them.
func scalar(s string) string {
	plain := s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' || r > '~' || strings.ContainsRune("\"'\\#&*!|>%@`[]{},?:", r)
	})
	if plain && s == strings.TrimSpace(s) && s[0] != '-' && !looksTyped(s) {
		return s
	}
	if strings.ContainsFunc(s, isControl) {
		return jsonText(s)
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// looksTyped reports whether a YAML parser may not take s for a string.
func looksTyped(s string) bool {
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "null", "~", "y", "n":
		return true
	}
	return s[0] >= '0' && s[0] <= '9' || s[0] == '.' || s[0] == '+' || s[0] == '='
}

// comment replaces characters that would end a line.
func comment(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, s)
}

// truncate shortens a long text.
func truncate(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

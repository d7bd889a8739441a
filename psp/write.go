package psp

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// engineVersion is the version of Falco's rules engine that the rules are for: an
// older one lacks what they use.
const engineVersion = "0.63.0"

// WriteRules writes the rules file. The error is one of w.
func (c *Conversion) WriteRules(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "# Written by falcorules for Falco 0.45 with its plugins k8saudit and json.\n")
	fmt.Fprintf(out, "# An event may fire several of these rules: set rule_matching to all.\n\n")
	fmt.Fprintf(out, "- required_engine_version: %s\n", engineVersion)
	for _, s := range c.sections {
		s.write(out)
	}
	return out.Flush()
}

func (s *section) write(out io.Writer) {
	bar := strings.Repeat("#", 60)
	fmt.Fprintf(out, "\n%s\n# %s\n%s\n", bar, comment(s.title), bar)
	for _, n := range s.notes {
		fmt.Fprintf(out, "# %s: %s\n", n.Property, comment(n.Text))
	}
	for _, l := range s.lists {
		fmt.Fprintf(out, "\n- list: %s\n  items:\n", l.name)
		for _, item := range l.items {
			if c := constant(item); c != item {
				item = c // in quotes that are put into conditions with it
			}
			fmt.Fprintf(out, "  - %s\n", scalar(item))
		}
	}
	for _, m := range s.macros {
		fmt.Fprintf(out, "\n- macro: %s\n", m.text)
		writeCondition(out, m.kids[0])
	}
	for _, r := range s.rules {
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

// scalar returns a text as a YAML scalar, in quotes where it may need them.
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

// looksTyped reports whether YAML may take a text for something else.
func looksTyped(s string) bool {
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "null", "~", "y", "n":
		return true
	}
	return s[0] >= '0' && s[0] <= '9' || s[0] == '.' || s[0] == '+' || s[0] == '='
}

// comment returns a text for one line of comments.
func comment(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, s)
}

// short returns the beginning of a long text.
func short(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

package ruletest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/quote"
)

// differences describes how an alert differs from an expectation. It returns nil if it
// meets it.
func (r *suiteRun) differences(e *Expectation, a *alert) []Detail {
	var out []Detail
	add := func(label, format string, args ...any) {
		out = append(out, Detail{label, fmt.Sprintf(format, args...)})
	}
	if want, ok := eval.ParsePriority(e.Priority); ok && want != a.rule.Priority {
		add("priority", "expected %s, got %s", want, a.rule.Priority)
	}
	if e.Output != "" && e.Output != a.message {
		out = append(out, diff("output", e.Output, a.message)...)
	}
	before := len(out)
	for _, text := range e.Contains {
		if !strings.Contains(a.message, text) {
			note := ""
			if strings.Contains(strings.ToLower(a.message), strings.ToLower(text)) {
				note = " (differs in letter case)"
			}
			add("output", "does not contain %s%s", quote.Text(text), note)
		}
	}
	for _, pattern := range e.Matches {
		if !r.regex(pattern).MatchString(a.message) {
			add("output", "does not match %s", quote.Text(pattern))
		}
	}
	if len(out) > before {
		add("got", "%s", short(a.message))
	}
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
		want, got := e.Fields[name].String(), a.fields[name]
		if want != got {
			out = append(out, diff(name, want, got)...)
		}
	}
	for _, tag := range e.Tags {
		if !slices.Contains(a.rule.Tags, tag) {
			add("tags", "expected %s, got %s", quote.Text(tag), tagList(a.rule.Tags))
		}
	}
	if len(e.Routes) > 0 && !slices.Equal(e.Routes, a.routes) {
		add("routes", "expected %s, got %s", strings.Join(e.Routes, ", "), strings.Join(a.routes, ", "))
	}
	return out
}

// regex returns a regular expression that has been validated.
func (r *suiteRun) regex(pattern string) *regexp.Regexp {
	re := r.regexes[pattern]
	if re == nil {
		re = regexp.MustCompile(pattern)
		r.regexes[pattern] = re
	}
	return re
}

func tagList(tags []string) string {
	if len(tags) == 0 {
		return "no tags"
	}
	return strings.Join(tags, ", ")
}

// diff shows two texts one below the other and underlines what differs.
func diff(label, want, got string) []Detail {
	if got == "<NA>" {
		return []Detail{{label, fmt.Sprintf("expected %s, got no value", quote.Text(want))}}
	}
	if want == "<NA>" {
		return []Detail{{label, fmt.Sprintf("expected no value, got %s", quote.Text(got))}}
	}
	want, got = visible(short(want)), visible(short(got))
	start := commonPrefix(want, got)
	end := commonSuffix(want[start:], got[start:])
	mark := strings.Repeat(" ", utf8.RuneCountInString(got[:start])) +
		strings.Repeat("^", max(1, utf8.RuneCountInString(got[start:len(got)-end])))
	return []Detail{{label, "expected " + want + "\ngot      " + got + "\n         " + mark}}
}

// visible escapes line breaks and tabs.
func visible(text string) string {
	return strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(strings.ToValidUTF8(text, "\uFFFD"))
}

// commonPrefix returns the length of the longest common prefix of whole characters.
func commonPrefix(a, b string) int {
	n := 0
	for i, r := range a {
		other, size := utf8.DecodeRuneInString(b[i:])
		if size == 0 || other != r {
			return i
		}
		n = i + size
	}
	return n
}

// commonSuffix returns the length of the longest common suffix of whole characters.
func commonSuffix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) {
		x, size := utf8.DecodeLastRuneInString(a[:len(a)-n])
		if y, _ := utf8.DecodeLastRuneInString(b[:len(b)-n]); x != y {
			break
		}
		n += size
	}
	return n
}

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

// differences says where an alert is not as expected; nil is that it is.
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
				note = ", but for letter case"
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
			add("tags", "the rule has no tag %s; it has %s", quote.Text(tag), tagList(a.rule.Tags))
		}
	}
	return out
}

// regex returns a regular expression, which was found to be one.
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
		return "none"
	}
	return strings.Join(tags, ", ")
}

// diff shows two texts below each other, with marks under what differs.
func diff(label, want, got string) []Detail {
	if got == "<NA>" {
		return []Detail{{label, fmt.Sprintf("expected %s, and there is no value", quote.Text(want))}}
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

// visible returns a text on one line.
func visible(text string) string {
	return strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(strings.ToValidUTF8(text, "\uFFFD"))
}

// commonPrefix returns how many bytes two texts begin with the same, in whole
// characters.
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

// commonSuffix is commonPrefix for the ends.
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

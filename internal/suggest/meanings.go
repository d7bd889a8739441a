package suggest

import (
	_ "embed" // the table
	"fmt"
	"slices"
	"strings"
	"sync"
)

// meaningsText is the table of words and their meanings.
//
//go:embed meanings.txt
var meaningsText string

// The sections of the table other than those named after a source.
const (
	groupSection     = "groups"
	eventSection     = "event types"
	operatorSection  = "operators"
	pluginSection    = "plugins"
	parameterSection = "parameters"
)

// meanings are the meanings of squashed words by section.
var meanings = sync.OnceValue(func() map[string]map[string]string {
	all := map[string]map[string]string{}
	var section map[string]string
	for line := range strings.Lines(meaningsText) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "["); ok {
			section = map[string]string{}
			all[strings.TrimSuffix(name, "]")] = section
			continue
		}
		if line == "" || line[0] == '#' {
			continue
		}
		written, meant, ok := strings.Cut(line, " -> ")
		if !ok {
			panic(fmt.Sprintf("suggest: no -> in %q", line))
		}
		for word := range strings.FieldsSeq(written) {
			section[squash(word)] = meant
		}
	}
	return all
})

// meant returns the meaning of a word in a section of the table, or "".
func meant(section, word string) string {
	if len(word) > maxName {
		return ""
	}
	return meanings()[section][squash(word)]
}

// squash returns a word in lower case and without separators. It returns a word that has
// only separators unchanged.
func squash(word string) string {
	out := strings.Map(func(r rune) rune {
		if isSeparator(r) {
			return -1
		}
		return r
	}, strings.ToLower(word))
	if out == "" {
		return word
	}
	return out
}

func isSeparator(r rune) bool { return r == '.' || r == '_' || r == '-' }

// Operator returns the operator for a word of another language, or "".
func Operator(word string) string { return meant(operatorSection, word) }

// Plugin returns the name of the plugin that a field such as k8smeta.pod.name probably comes
// from, or "".
func Plugin(field string) string {
	group, _, dotted := strings.Cut(field, ".")
	if !dotted {
		return ""
	}
	return meant(pluginSection, group)
}

// sourceSections are the sections that InTable searches, in order.
var sourceSections = []string{"syscall", "k8s_audit", "aws_cloudtrail"}

// InTable returns the field that the table has for a name, and the source of the field, or
// "". It ignores arguments in brackets.
func InTable(name string) (field, source string) {
	if len(name) > maxName {
		return "", ""
	}
	var b strings.Builder
	for rest := name; rest != ""; {
		part, after, _ := strings.Cut(rest, "[")
		b.WriteString(part)
		_, rest, _ = strings.Cut(after, "]")
	}
	name = b.String()
	for _, word := range []string{name, regroup(name)} {
		for _, source := range sourceSections {
			if f := meant(source, word); word != "" && f != "" {
				return f, source
			}
		}
	}
	return "", ""
}

// orList joins words with commas and "or".
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// EventHint returns a hint about an unknown event type, or "". All event types, which must be
// sorted, are candidates.
func EventHint(word string, all []string) string {
	if len(word) > maxName {
		return ""
	}
	// Remove prefixes that system calls have in the kernel.
	call := strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(word), "__x64_"), "sys_")
	types := strings.Fields(meant(eventSection, call))
	// Falco has one event type for all word sizes.
	if base := strings.TrimSuffix(strings.TrimSuffix(call, "32"), "64"); len(types) == 0 && slices.Contains(all, base) {
		types = []string{base}
	}
	switch i := slices.IndexFunc(all, func(name string) bool { return name != "" && squash(name) == squash(call) }); {
	case slices.Contains(types, "="):
		return "use " + strings.Join(types, " ")
	case len(types) > 0:
	case i >= 0:
		types = all[i : i+1]
	default:
		return Hint(call, slices.Values(all))
	}
	return fmt.Sprintf("did you mean %s?", orList(types))
}

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
	groupSection       = "groups"
	outerGroupSection  = "outer groups"
	sourceGroupSection = "groups of sources"
	wordSection        = "words"
	eventSection       = "event types"
	operatorSection    = "operators"
	pluginSection      = "plugins"
	parameterSection   = "parameters"
)

// meanings are the meanings of squashed words by section.
var meanings = sync.OnceValue(func() map[string]map[string]string {
	all := map[string]map[string]string{}
	eachMeaning(func(section, word, meant string) {
		if all[section] == nil {
			all[section] = map[string]string{}
		}
		all[section][squash(word)] = meant
	})
	return all
})

// eachMeaning calls a function with the words of the table and their meanings.
func eachMeaning(found func(section, word, meant string)) {
	section := ""
	for line := range strings.Lines(meaningsText) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "["); ok {
			section = strings.TrimSuffix(name, "]")
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
			found(section, word, meant)
		}
	}
}

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

// ancestorFields are the fields whose argument selects an ancestor of the process.
var ancestorFields = []string{"proc.aargs", "proc.acmdline", "proc.aenv", "proc.aexe", "proc.aexepath", "proc.aname", "proc.apid"}

// InTable returns the field that the table has for a name, and the source of the field, or
// "". It ignores arguments in brackets, unless they are the number of an ancestor.
func InTable(name string) (field, source string) {
	if len(name) > maxName {
		return "", ""
	}
	var b strings.Builder
	var args []string
	for rest := name; rest != ""; {
		part, after, _ := strings.Cut(rest, "[")
		b.WriteString(part)
		part, rest, _ = strings.Cut(after, "]")
		if after != "" {
			args = append(args, part)
		}
	}
	name = b.String()
	for _, word := range []string{name, regroup(name)} {
		for _, source := range sourceSections {
			f := meant(source, word)
			if f == "" {
				f = meaningsByKey()[source][keyOf(word)]
			}
			if word == "" || f == "" {
				continue
			}
			if slices.Contains(ancestorFields, f) && len(args) == 1 && args[0] != "" && strings.Trim(args[0], "0123456789") == "" {
				f += "[" + args[0] + "]"
			}
			return f, source
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

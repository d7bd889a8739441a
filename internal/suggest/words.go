package suggest

import (
	"slices"
	"strings"
	"sync"
	"unicode"
)

// keyOf returns the words of a name in a form that names with the same meaning share, or
// "" if it is a single word: the words that the table has for them, sorted, and each once
// unless a parent has a parent. It is the same for process.parentCmd and
// proc.parent_command.
func keyOf(name string) string {
	same := meanings()[wordSection]
	written := split(name)
	var words []string
	for _, word := range written {
		switch meant := same[word]; meant {
		case "":
			words = append(words, word)
		case "-":
		default:
			words = append(words, strings.Fields(meant)...)
		}
	}
	if len(written) < 2 || len(words) == 0 {
		return ""
	}
	slices.Sort(words)
	words = slices.CompactFunc(words, func(a, b string) bool { return a == b && a != "parent" })
	return strings.Join(words, " ")
}

// split returns the words of a name in lower case. Words begin after separators, and with
// capitals, as in podUID and sourceIPAddress.
func split(name string) []string {
	var words []string
	for part := range strings.FieldsFuncSeq(name, isSeparator) {
		runes := []rune(part)
		start := 0
		for i := 1; i < len(runes); i++ {
			afterLower := unicode.IsUpper(runes[i]) && unicode.IsLower(runes[i-1])
			lastUpper := unicode.IsUpper(runes[i]) && unicode.IsUpper(runes[i-1]) && i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if afterLower || lastUpper {
				words = append(words, strings.ToLower(string(runes[start:i])))
				start = i
			}
		}
		words = append(words, strings.ToLower(string(runes[start:])))
	}
	return words
}

// meaningsByKey are the meanings of the table by section and the keys of the words. A
// meaning is "" if words with the same key have different meanings.
var meaningsByKey = sync.OnceValue(func() map[string]map[string]string {
	all := map[string]map[string]string{}
	eachMeaning(func(section, word, meant string) {
		if all[section] == nil {
			all[section] = map[string]string{}
		}
		key := keyOf(word)
		if key == "" {
			return
		}
		if before, ok := all[section][key]; ok && before != meant {
			meant = ""
		}
		all[section][key] = meant
	})
	return all
})

// inOtherWords returns the field whose name, or one of whose names in the table, has the
// same words.
func (f Fields) inOtherWords(written string) string {
	key := keyOf(written)
	if key == "" {
		return ""
	}
	if meant, ok := meaningsByKey()[f.Source][key]; ok {
		return meant
	}
	return f.only(f.Plain, func(name string) bool { return keyOf(name) == key })
}

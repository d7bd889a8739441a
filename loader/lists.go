package loader

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/rulesfile"
)

// listText is a list with the text that replaces its name in conditions.
type listText struct {
	name  string
	items []string
	text  text
	used  bool
	// unused is the warning that nothing uses the list, once it was reported.
	unused *diag.Diagnostic
}

// builtList is the text of a list to which items may be appended. No item is the name of a
// list.
type builtList struct {
	text  textBuilder
	items []string
	// done is the number of items in text. lists is how many lists there were: the name
	// of a new one can be an item.
	done, lists int
}

// compileLists makes the texts of the lists. An item that is the name of an earlier list is
// replaced by the items of that list as they are written. It returns false after an error.
func (r *resolver) compileLists() bool {
	first := len(r.compiled.lists)
	for _, l := range r.loading.lists.items[first:] {
		r.compiled.lists = append(r.compiled.lists, &listText{name: l.name})
	}
	for i := first; i < len(r.compiled.lists); i++ {
		l, out := r.loading.lists.items[i], r.compiled.lists[i]
		built := l.built
		if built == nil || built.lists != len(r.loading.lists.items) {
			built = &builtList{lists: len(r.loading.lists.items)}
		}
		if !r.work(listWork * (1 + len(l.items) - built.done)) {
			return false
		}
		if word, _ := firstWord(l.name); word != l.name {
			r.oddLists[word] = append(r.oddLists[word], i)
		}
		b, plain := built.text, true
		out.items = built.items
		r.items += len(out.items)
		from := len(b.buf)
		add := func(s rulesfile.Value) {
			out.items = append(out.items, s.Text())
			r.items++
			if len(b.buf) > 0 {
				b.glue(", ")
			}
			writeItem(&b, entry{text: s})
		}
		for _, s := range l.items[built.done:] {
			ref, ok := r.loading.lists.get(s.Text())
			plain = plain && !ok
			if ok && l.sees(ref.order) {
				r.compiled.lists[r.loading.lists.index[ref.name]].used = true
				for _, inner := range ref.items {
					add(inner)
				}
			} else {
				add(s)
			}
			msg := ""
			switch {
			case len(b.buf) > maxCondition:
				msg = fmt.Sprintf("with the lists in it, this list has more than %d bytes", maxCondition)
			case r.bytes+len(b.buf) > maxTexts:
				msg = fmt.Sprintf("with the lists in them, the lists so far have more than %d bytes in total", maxTexts)
			case r.items > r.maxItems:
				msg = fmt.Sprintf("with the lists in them, the lists so far have more than %d items in total", r.maxItems)
			}
			if msg != "" {
				r.add(newDiagnostic(ErrValidate, l.nameAt, l.context, msg))
				return false
			}
		}
		out.text = b.text()
		r.learn(out.text.value[from:])
		r.bytes += len(b.buf)
		if l.built = nil; plain {
			l.built = &builtList{text: b, items: out.items, done: len(l.items), lists: built.lists}
		}
	}
	return true
}

// listOf returns the name of the list that has a value as an item: the list that is used,
// or one that it includes.
func (l *loading) listOf(item rulesfile.Value, used string) string {
	if l.compiled.listOfItem == nil {
		l.compiled.listOfItem = listsByItem(l.lists.items)
	}
	if name, ok := l.compiled.listOfItem[item]; ok {
		return name
	}
	return used
}

// listsByItem returns the name of the list of each item.
func listsByItem(lists []*listDef) map[rulesfile.Value]string {
	names := map[rulesfile.Value]string{}
	for _, list := range lists {
		for _, item := range list.items {
			names[item] = list.name
		}
	}
	return names
}

// Limits of conditions and lists. Each list of lists can double a text, and each macro of
// macros a condition, so a small file could take all memory. Real rulesets stay far below
// the limits.
const (
	maxCondition = 4 << 20    // bytes of a condition with its lists expanded, or of a list
	maxTexts     = 16 << 20   // bytes of all lists
	maxCopied    = 256 << 20  // bytes that are copied to put lists into conditions
	minWords     = 500_000    // words of all conditions, for small files
	minItems     = 300_000    // items of all lists
	fileWord     = 8          // bytes of files for each additional word and item
	maxNodes     = 200_000    // nodes of a condition with its macros expanded
	maxAllNodes  = 20_000_000 // nodes of all conditions with their macros expanded
)

// withLists is a text with lists expanded.
type withLists struct {
	text
	lists []*listText
	// problem says what is too large, or is empty.
	problem string
}

// putLists puts the lists into a text, one after the other.
func (r *resolver) putLists(t text) withLists {
	out := withLists{text: t}
	if len(t.value) > maxCondition {
		out.problem = fmt.Sprintf("with its exceptions, the condition has more than %d bytes", maxCondition)
		return out
	}
	// Find the lists that the text names first: most conditions name few of many.
	named := r.nameLists(nil, t.value, 0)
	for k := 0; k < len(named); k++ {
		l := r.compiled.lists[named[k]]
		with, found, ok := substitute(out.text, l)
		if found {
			r.copied += with.size()
		}
		switch {
		case !ok:
			out.problem = fmt.Sprintf("with its lists, the condition has more than %d bytes", maxCondition)
			return out
		case r.copied > maxCopied:
			out.problem = "the conditions so far use too many lists"
			return out
		}
		if found {
			out.text = with
			out.lists = append(out.lists, l)
			named = r.nameLists(named, l.text.value, k+1)
		}
	}
	return out
}

// nameLists adds the numbers of the lists that a text names, between delimiters, to the
// sorted numbers in named. It leaves out those that would come before index from.
func (r *resolver) nameLists(named []int, text string, from int) []int {
	add := func(number int) {
		if i, known := slices.BinarySearch(named, number); !known && i >= from {
			named = slices.Insert(named, i, number)
		}
	}
	for _, i := range r.oddLists[""] {
		add(i)
	}
	for rest := text; ; {
		var word string
		word, rest = firstWord(rest)
		if i, ok := r.loading.lists.index[word]; ok {
			add(i)
		}
		for _, i := range r.oddLists[word] {
			add(i)
		}
		if rest == "" {
			break
		}
	}
	return named
}

// firstWord returns the first word between delimiters and the text after it.
func firstWord(text string) (word, rest string) {
	start := 0
	for start < len(text) && delimitsList(text[start]) {
		start++
	}
	end := start
	for end < len(text) && !delimitsList(text[end]) {
		end++
	}
	return text[start:end], text[end:]
}

// listBlanks are white space around the names of lists.
const listBlanks = " \t\n\r"

// substitute replaces the name of a list by its items wherever it is between delimiters,
// even inside quotes: the language replaces text. It reports whether the name was found. ok
// is false if the text became too large.
func substitute(t text, l *listText) (with text, found, ok bool) {
	if l.name == "" || !strings.Contains(t.value, l.name) {
		return t, false, true
	}
	b := textBuilder{buf: make([]byte, 0, len(t.value)+len(l.text.value)), parts: make([]part, 0, len(t.parts)+3)}
	read := 0 // how much of t is in b
	for from := 0; from <= len(t.value); {
		at := strings.Index(t.value[from:], l.name)
		if at < 0 {
			break
		}
		start := from + at
		end := start + len(l.name)
		before := byte(' ') // the start of the text is a delimiter, and so is a list
		if start > read {
			before = t.value[start-1]
		}
		if !delimitsList(before) || end < len(t.value) && !delimitsList(t.value[end]) {
			from = start + 1
			continue
		}
		b.slice(t, read, start)
		b.truncate(len(bytes.TrimRight(b.buf, listBlanks)))
		for end < len(t.value) && strings.IndexByte(listBlanks, t.value[end]) >= 0 {
			end++
		}
		if l.text.value == "" { // takes a neighbouring comma with it
			if bytes.HasSuffix(b.buf, []byte(",")) {
				b.truncate(len(b.buf) - 1)
			} else if end < len(t.value) && t.value[end] == ',' {
				end++
			}
		}
		read, from = end, end
		if len(b.buf) > 0 {
			b.glue(" ")
		} else {
			// Falco continues one byte too far here, so it does not replace the
			// second of two names at the start of a text.
			from++
		}
		use := t.useAt(start)
		if use == nil {
			use = &listUse{list: l.name, at: t.span(start, start+len(l.name)), inList: before == '(' || before == ','}
			if prev := bytes.TrimRight(b.buf, listBlanks); len(prev) > 0 {
				use.inList = prev[len(prev)-1] == '(' || prev[len(prev)-1] == ','
			}
		}
		b.list(&l.text, use)
		b.glue(" ")
		if len(b.buf) > maxCondition {
			return t, true, false
		}
	}
	if read == 0 {
		return t, false, true
	}
	b.slice(t, read, len(t.value))
	return b.text(), true, len(b.buf) <= maxCondition
}

// listDelimiters are the bytes that can delimit the name of a list.
var listDelimiters = func() (set [256]bool) {
	for _, c := range []byte(listBlanks + "(),=") {
		set[c] = true
	}
	return set
}()

func delimitsList(c byte) bool { return listDelimiters[c] }

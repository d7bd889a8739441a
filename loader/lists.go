package loader

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// listText is a list as it is put into conditions.
type listText struct {
	name  string
	items []string
	text  text
	used  bool
}

// compileLists makes the texts of the lists. An item that names a list defined
// before this one stands for that list's items as written.
func (r *resolver) compileLists() bool {
	for _, l := range r.loading.lists.items {
		r.compiled.lists = append(r.compiled.lists, &listText{name: l.name})
	}
	r.oddLists = make([]bool, len(r.compiled.lists))
	for i, l := range r.loading.lists.items {
		out := r.compiled.lists[i]
		r.oddLists[i] = strings.ContainsFunc(l.name, func(c rune) bool { return c < utf8.RuneSelf && delimitsList(byte(c)) })
		var b textBuilder
		add := func(s scalar) {
			out.items = append(out.items, s.text())
			if len(b.buf) > 0 {
				b.glue(", ")
			}
			writeItem(&b, entry{text: s})
		}
		for _, s := range l.items {
			if ref, ok := r.loading.lists.get(s.text()); ok && l.sees(ref.order) {
				r.compiled.lists[r.loading.lists.index[ref.name]].used = true
				for _, inner := range ref.items {
					add(inner)
				}
			} else {
				add(s)
			}
			if len(b.buf) > maxCondition || r.bytes+len(b.buf) > maxTexts {
				r.add(&Diagnostic{
					Code: ErrValidate, Position: l.nameAt, End: l.nameEnd, Context: l.context,
					Message: fmt.Sprintf("with the lists in it the list has more than %d bytes", maxCondition),
				})
				return false
			}
		}
		out.text = b.text()
		r.bytes += len(b.buf)
	}
	return true
}

// Lists of lists can double a text with each list, and macros of macros a
// condition with each macro, so that a small file could take all memory and
// time. Real rulesets stay far below these limits.
const (
	maxCondition = 4 << 20    // bytes of a condition with its lists put in, or of a list
	maxTexts     = 64 << 20   // bytes of all of these
	maxParts     = 200_000    // nodes of a condition with its macros put in
	maxAllParts  = 20_000_000 // nodes of all of these
)

// withLists is a text with lists put in.
type withLists struct {
	text
	// lists are those that were put in.
	lists []*listText
	// tooLarge says that there was no end of it.
	tooLarge bool
}

// putLists puts the lists into a text, one after the other.
func (r *resolver) putLists(t text) withLists {
	out := withLists{text: t}
	// What the text names, and the lists put in, is found first: most
	// conditions name few of many lists.
	named := slices.Clone(r.oddLists)
	r.nameLists(t.value, named)
	for i, l := range r.compiled.lists {
		if !named[i] {
			continue
		}
		with, found, ok := substitute(out.text, l)
		if !ok {
			out.tooLarge = true
			return out
		}
		if found {
			out.text = with
			out.lists = append(out.lists, l)
		}
		r.nameLists(l.text.value, named)
	}
	return out
}

// nameLists marks the lists whose names stand between delimiters in a text.
func (r *resolver) nameLists(text string, named []bool) {
	for start := 0; start < len(text); {
		end := start
		for end < len(text) && !delimitsList(text[end]) {
			end++
		}
		if i, ok := r.loading.lists.index[text[start:end]]; ok {
			named[i] = true
		}
		start = end + 1
	}
}

// listBlanks are what the substitution of lists takes for white space.
const listBlanks = " \t\n\r"

// substitute puts a list's items in place of its name, wherever the name stands
// between delimiters, inside quotes too: the language does it on the text. It
// reports whether the name was found, and false for ok where the text grows too
// large.
func substitute(t text, l *listText) (with text, found, ok bool) {
	if l.name == "" || !strings.Contains(t.value, l.name) {
		return t, false, true
	}
	var b textBuilder
	read := 0 // what of t is in b
	for from := 0; from <= len(t.value); {
		at := strings.Index(t.value[from:], l.name)
		if at < 0 {
			break
		}
		start := from + at
		end := start + len(l.name)
		before := byte(' ') // the start of the text delimits, and so does what was put in
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
			// Falco goes on searching a byte too far here: of two names at
			// the start of a text, the second stays.
			from++
		}
		use := t.useAt(start)
		if use == nil {
			use = &listUse{list: l.name, at: t.position(start), end: t.position(start + len(l.name)), inList: before == '(' || before == ','}
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

// listDelimiters are the bytes that may stand around the name of a list.
var listDelimiters = func() (set [256]bool) {
	for _, c := range []byte(listBlanks + "(),=") {
		set[c] = true
	}
	return set
}()

func delimitsList(c byte) bool { return listDelimiters[c] }

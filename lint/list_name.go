package lint

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/loader"
)

var listName = &Analyzer{
	ID:       "list-name",
	Category: Dead,
	Level:    Info,
	Summary:  "A value looks like the name of a list, but is compared as text.",
	Fix:      UnsafeFix,
	Run:      runListName,
}

func runListName(p *Pass) {
	n := &listNames{Pass: p, lists: map[string]*loader.List{}, macros: map[string]*loader.Macro{}, near: map[string]string{}}
	for _, l := range p.Set.Lists {
		n.lists[l.Name] = l
	}
	for _, m := range p.Set.Macros {
		n.macros[m.Name] = m
	}
	for _, w := range p.Written() {
		ast.Inspect(w.Expr, func(x ast.Node) bool {
			check, ok := x.(*ast.Check)
			if ok && takesList(check) {
				for _, v := range check.Values() {
					n.value(w, check, v)
				}
			}
			return !ok
		})
	}
}

// takesList reports whether the right side of a check is a list.
func takesList(check *ast.Check) bool {
	switch check.Op {
	case ast.OpIn, ast.OpIntersects, ast.OpPMatch:
		return true
	}
	return check.Modifier != ast.NoModifier
}

type listNames struct {
	*Pass
	lists  map[string]*loader.List
	macros map[string]*loader.Macro
	// near caches the list that each word may be a misspelling of.
	near map[string]string
}

// maxCompared limits the words that are compared with the names of all lists, because
// that is slow.
const maxCompared = 1000

// value checks a value that may be meant as a list.
func (n *listNames) value(w *Written, check *ast.Check, v *ast.Value) {
	if syscall.IsEventType(v.Text) {
		return
	}
	if v.Quote != ast.Bare {
		// A name such as docker can be quoted to keep it from being replaced.
		if list := n.lists[v.Text]; list != nil && strings.Contains(v.Text, "_") && w.Origin(v).List == nil {
			d := n.ReportWritten(w, v, "list %q is not inserted here, because its name is in quotes", v.Text)
			d.Related = append(d.Related, diag.Related{Range: list.NameAt, Message: "the list"})
			d.Hint = "write the name without quotes"
			edits, err := w.trace.Replace(v, v.Text)
			fix(d, false, edits, err)
		}
		return
	}
	if list := n.lists[v.Text]; list != nil {
		if slices.Contains(list.Compiled, v.Text) {
			return // a list that is named after one of its items
		}
		d := n.ReportWritten(w, v, "list %q is not inserted here, so its name is compared as text", v.Text)
		d.Hint = "a list can include lists that are defined before it, but not the lists that these include"
		d.Related = append(d.Related, diag.Related{Range: list.NameAt, Message: "the list"})
		return
	}
	if m := n.macroMeant(v.Text); m != nil && w.Origin(v).List == nil && n.shareSource(check, m) {
		d := n.ReportWritten(w, v, "%q is a macro, not a list, so its name is compared as text", v.Text)
		d.Hint = fmt.Sprintf("write the macro on its own, without a field: and %s", v.Text)
		d.Related = append(d.Related, diag.Related{Range: m.NameAt, Message: "the macro"})
		return
	}
	if !isName(v.Text) {
		return
	}
	near := n.nearList(v.Text)
	// If the files did not load, a list can be missing because it could not be read.
	if near == "" && (n.Set.Engine == nil || !looksLikeList(v.Text) || n.containsList(v.Text)) {
		return
	}
	d := n.ReportWritten(w, v, "there is no list %q, so the name is compared as text", v.Text)
	if near == "" {
		d.Hint = "if another file defines it, load that file first"
		return
	}
	d.Hint = fmt.Sprintf("did you mean %s?", near)
	edits, err := w.trace.Replace(v, near)
	fix(d, false, edits, err)
}

// macroMeant returns the macro that a value names by mistake, or nil. A macro whose own
// condition has its name as a value, as curl in proc.name = curl, shares it with a
// program.
func (n *listNames) macroMeant(word string) *loader.Macro {
	m := n.macros[word]
	if m == nil {
		return nil
	}
	isValue := false
	ast.Inspect(m.Trace().Expr(), func(x ast.Node) bool {
		v, ok := x.(*ast.Value)
		isValue = isValue || ok && v.Text == word
		return !isValue
	})
	if isValue {
		return nil
	}
	return m
}

// shareSource reports whether some source has the fields of a check and of a macro:
// rules for system calls may name the program node, which is a macro for audit events.
func (n *listNames) shareSource(check *ast.Check, m *loader.Macro) bool {
	fields := append(fieldNames(check.Left), fieldNames(m.Trace().Expr())...)
	return slices.ContainsFunc(n.Set.Sources, func(s *fieldsets.Source) bool {
		return !slices.ContainsFunc(fields, func(name string) bool {
			known, err := s.IsReference(name)
			return !known && err == nil
		})
	})
}

// fieldNames returns the names of the fields below a node.
func fieldNames(x ast.Node) []string {
	var names []string
	ast.Inspect(x, func(n ast.Node) bool {
		if f, ok := n.(*ast.Field); ok {
			names = append(names, f.Name)
		}
		return true
	})
	return names
}

// containsList reports whether a part of a word, between characters that are neither
// letters nor digits, is the name of a list. Such a word was made from the name on
// purpose.
func (n *listNames) containsList(word string) bool {
	isBreak := func(c byte) bool { return c == '_' || c == '-' || c == '.' }
	for start := range len(word) {
		if start > 0 && !isBreak(word[start-1]) {
			continue
		}
		for end := start + 1; end <= len(word); end++ {
			if (end == len(word) || isBreak(word[end])) && n.lists[word[start:end]] != nil {
				return true
			}
		}
	}
	return false
}

// nearList returns the list that a word is most likely a misspelling of, or nothing.
func (n *listNames) nearList(word string) string {
	if !strings.Contains(word, "_") {
		return ""
	}
	near, known := n.near[word]
	if !known && len(n.near) < maxCompared {
		near = n.nearest(word)
		n.near[word] = near
	}
	return near
}

func (n *listNames) nearest(word string) string {
	return suggest.Nearest(word, func(yield func(string) bool) {
		for _, list := range n.Set.Lists {
			if diff := len(list.Name) - len(word); strings.Contains(list.Name, "_") && diff <= 2 && diff >= -2 && !yield(list.Name) {
				return
			}
		}
	})
}

// isName reports whether people would give a list such a name: /etc/user_list is a path.
func isName(word string) bool {
	return strings.IndexFunc(word, func(r rune) bool {
		return r != '_' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) < 0
}

// listEndings are the endings of the names of lists in Falco's own rules. Names of
// programs, files and users do not end so.
var listEndings = []string{
	"_binaries", "_binary", "_commands", "_containers", "_dirs", "_directories", "_domains", "_exes", "_files", "_images", "_ips", "_items", "_list", "_namespaces",
	"_networks", "_paths", "_ports", "_processes", "_procs", "_programs", "_repositories", "_syscalls", "_users",
}

// maxListName is the length above which a word is not taken for the name of a list.
const maxListName = 100

func looksLikeList(word string) bool {
	return len(word) <= maxListName && slices.ContainsFunc(listEndings, func(ending string) bool { return len(word) > len(ending) && strings.HasSuffix(word, ending) })
}

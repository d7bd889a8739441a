package loader

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/parser"
	"github.com/falcorules/falcorules/rulesfile"
)

// oddBytes returns notices about the bytes of a file that are odd, and that Falco accepts.
func oddBytes(f *rulesfile.File) diag.List {
	text := f.Text()
	var out diag.List
	add := func(code diag.Code, offset, length int, msg string) {
		out = append(out, newDiagnostic(code, f.Range(offset, length), []Location{{Type: "rules content", Content: f.Name()}}, msg))
	}
	if i := strings.Index(text, "\r\n"); i >= 0 {
		add(NoticeLineEnds, i, len("\r\n"), "the lines end in carriage return and line feed; in folded texts this can leave odd blanks")
	}
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		if isOdd(r, size) {
			add(NoticeEncoding, i, size, fmt.Sprintf("here is %q, which is no text; Falco takes it as it is", text[i:i+size]))
			break
		}
		i += size
	}
	return out
}

// isOdd reports whether a character of that many bytes is hardly meant as text.
func isOdd(r rune, size int) bool {
	switch {
	case r == utf8.RuneError:
		return size == 1
	case r < ' ':
		return r != '\t' && r != '\n' && r != '\r'
	}
	return r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff || r == 0xfffe || r == 0xffff
}

// conditionNotices says what looks wrong in the conditions and is not, to Falco.
func (l *loading) conditionNotices() diag.List {
	if l.compiled == nil {
		return nil
	}
	n, conditions := &noticer{loading: l, seen: map[key]bool{}}, l.compiled.inOrder()
	for _, c := range conditions {
		for _, e := range parser.Notices(c.text.value, c.expr) {
			n.add(c, NoticeValue, spanOf(e), e.Message).Hint = e.Hint
		}
		ast.Inspect(c.expr, func(x ast.Node) bool {
			check, ok := x.(*ast.Check)
			if ok {
				n.lists(c, check)
				n.insertions(c, check)
			}
			return !ok
		})
	}
	n.oldPSP(conditions)
	return n.notices
}

// noticer gathers notices about conditions, one for each place: that of a list
// is met in each condition that uses it.
type noticer struct {
	*loading
	seen    map[key]bool
	notices diag.List
	// hints counts what maxHints bounds.
	hints int
}

// maxHints is the number of words that are compared with all lists, or macros:
// that takes time.
const maxHints = 1000

func (n *noticer) add(c *condition, code diag.Code, span diag.Span, msg string) *diag.Diagnostic {
	d := n.inText(c, code, span, msg)
	if !n.seen[keyOfDiagnostic(d)] {
		n.seen[keyOfDiagnostic(d)] = true
		n.notices = append(n.notices, d)
	}
	return d
}

// lists looks for values that may be meant as lists.
func (n *noticer) lists(c *condition, check *ast.Check) {
	var values []*ast.Value
	switch right := check.Right.(type) {
	case *ast.List:
		values = right.Items
	case *ast.Value:
		if check.Op == ast.OpIn || check.Op == ast.OpIntersects || check.Op == ast.OpPMatch || check.Modifier != ast.NoModifier {
			values = []*ast.Value{right}
		}
	}
	for _, v := range values {
		if v.Quote != ast.Bare || n.broken[brokenItem{"list", v.Text}] || syscall.IsEventType(v.Text) {
			continue
		}
		if list, ok := n.collection.lists.get(v.Text); ok {
			d := n.add(c, NoticeListName, v.Span, fmt.Sprintf("list %q is not put in here, so this is a text to compare with", v.Text))
			d.Hint = "a list takes in the items of lists that are defined before it, but not the lists among them"
			d.Related = append(d.Related, diag.Related{Range: list.nameAt, Message: "the list"})
			continue
		}
		if m := n.macroNamed(v.Text); m != nil && c.text.useAt(v.Start.Offset) == nil && n.shareSource(check, m) {
			d := n.add(c, NoticeListName, v.Span, fmt.Sprintf("%q is a macro, not a list, so this is a text to compare with", v.Text))
			d.Hint = fmt.Sprintf("a macro stands alone, without a field: and %s", v.Text)
			d.Related = append(d.Related, diag.Related{Range: m.nameAt, Message: "the macro"})
			continue
		}
		if !isName(v.Text) {
			continue
		}
		near := n.nearList(v.Text)
		if near == "" && (!looksLikeList(v.Text) || n.containsList(v.Text)) {
			continue
		}
		d := n.add(c, NoticeListName, v.Span, fmt.Sprintf("there is no list %q, so this is a text to compare with", v.Text))
		if near != "" {
			d.Hint = fmt.Sprintf("did you mean %s?", near)
			d.Edits = []diag.Edit{{Range: d.Range, Text: near}}
		} else {
			d.Hint = "if another file defines it, load that first"
		}
	}
}

// insertions looks for values that are written as fields are in outputs.
func (n *noticer) insertions(c *condition, check *ast.Check) {
	for _, v := range check.Values() {
		name, ok := strings.CutPrefix(v.Text, "%")
		if !ok || !slices.ContainsFunc(n.options.Sources, func(s *fieldsets.Source) bool {
			known, _ := s.IsReference(name)
			return known
		}) {
			continue
		}
		d := n.add(c, NoticeValue, v.Span, fmt.Sprintf("%q is compared as text: %% stands before fields in outputs only", v.Text))
		d.Hint = "the value of another field is written val(field)"
	}
}

// macroNamed returns the macro that a value names by mistake, or nil. A macro
// whose own condition has its name as a value, as curl in proc.name = curl, shares
// it with a program.
func (n *noticer) macroNamed(word string) *macro {
	m := n.compiled.macros[word]
	if m == nil || m.condition.expr == nil {
		return nil
	}
	isValue := false
	ast.Inspect(m.condition.expr, func(x ast.Node) bool {
		v, ok := x.(*ast.Value)
		isValue = isValue || ok && v.Text == word
		return !isValue
	})
	if isValue {
		return nil
	}
	return m
}

// shareSource reports whether there is a source that has the fields of a check and
// of a macro: rules for system calls may name node, which for audit events is a
// macro.
func (n *noticer) shareSource(check *ast.Check, m *macro) bool {
	fields := append(fieldNames(check.Left), fieldNames(m.condition.expr)...)
	return slices.ContainsFunc(n.options.Sources, func(s *fieldsets.Source) bool {
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

// containsList reports whether a part of a word, between characters that are no
// letters and no digits, is the name of a list. Such a word was made from the
// name on purpose.
func (n *noticer) containsList(word string) bool {
	isBreak := func(c byte) bool { return c == '_' || c == '-' || c == '.' }
	for start := range len(word) {
		if start > 0 && !isBreak(word[start-1]) {
			continue
		}
		for end := start + 1; end <= len(word); end++ {
			if end < len(word) && !isBreak(word[end]) {
				continue
			}
			if _, ok := n.collection.lists.get(word[start:end]); ok {
				return true
			}
		}
	}
	return false
}

// nearList returns the list that a word is most likely a misspelling of, or
// nothing.
func (n *noticer) nearList(word string) string {
	if !strings.Contains(word, "_") {
		return ""
	}
	if n.hints++; n.hints > maxHints {
		return ""
	}
	return suggest.Nearest(word, func(yield func(string) bool) {
		for name := range n.collection.lists.names {
			if diff := len(name) - len(word); strings.Contains(name, "_") && diff <= 2 && diff >= -2 && !yield(name) {
				return
			}
		}
	})
}

// isName reports whether people would give a list such a name: /etc/user_list is a
// path.
func isName(word string) bool {
	return strings.IndexFunc(word, func(r rune) bool {
		return r != '_' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) < 0
}

// listEndings are the endings of the names of lists in Falco's own rules. Names of
// programs, files and users do not end so.
var listEndings = []string{
	"_binaries", "_commands", "_containers", "_dirs", "_directories", "_domains", "_exes", "_files", "_images", "_ips", "_items", "_list", "_namespaces",
	"_networks", "_paths", "_ports", "_processes", "_procs", "_programs", "_repositories", "_syscalls", "_users",
}

// maxListName is the length above which a word is not taken for the name of a list.
const maxListName = 100

func looksLikeList(word string) bool {
	return len(word) <= maxListName && slices.ContainsFunc(listEndings, func(ending string) bool { return len(word) > len(ending) && strings.HasSuffix(word, ending) })
}

package lint

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

var listInText = &Analyzer{
	ID:       "list-in-text",
	Category: Dead,
	Level:    Error,
	Summary:  "Falco replaces a word in a quoted value, or an item of another file's list, with the items of a list.",
	Run:      runListInText,
}

func runListInText(p *Pass) {
	first := map[string]bool{} // the words that lists begin with
	for _, list := range p.Set.Lists {
		if len(list.Compiled) > 0 {
			word, _, _ := strings.Cut(list.Compiled[0], " ")
			first[word] = true
		}
	}
	for _, w := range p.Written() {
		ast.Inspect(w.Expr, func(n ast.Node) bool {
			if v, ok := n.(*ast.Value); ok && v.Quote != ast.Bare && strings.ContainsAny(v.Text, " ,=()") && w.Origin(n).List == nil {
				p.listInText(w, v, first)
			}
			return true
		})
	}
	p.listsInLists()
}

// listsInLists reports lists that have the name of an item in a list of an earlier file. Lists
// that are meant to be included are defined before it.
func (p *Pass) listsInLists() {
	order := map[string]int{}
	for i, file := range p.Set.Files() {
		order[file.Root().Name()] = i
	}
	with := map[string]*loader.List{} // the first list with an item
	for _, list := range p.Set.Lists {
		for _, item := range list.Items {
			if with[item] == nil && list.Used {
				with[item] = list
			}
		}
	}
	for _, list := range p.Set.Lists {
		other := with[list.Name]
		// A name with an underscore is hardly one of a program.
		if other == nil || strings.Contains(list.Name, "_") || slices.Contains(list.Compiled, list.Name) {
			continue
		}
		changes := append(slices.Clone(other.Changed), other.Defined)
		if slices.ContainsFunc(changes, func(at diag.Range) bool { return order[at.File] >= order[list.Defined.File] }) {
			continue
		}
		d := p.Report(list.NameAt, "Falco replaces the item %s of the list %s with the items of this list", list.Name, other.Name)
		d.Hint = "rename the list to something that is not an item of other lists"
		d.Within = []diag.Item{{Kind: "list", Name: list.Name}}
		d.Related = append(d.Related, diag.Related{Range: other.NameAt, Message: "the other list"})
	}
}

// listInText reports the first list that is put into a quoted value.
func (p *Pass) listInText(w *Written, v *ast.Value, first map[string]bool) {
	text := w.TextOf(v)
	isBreak := func(r rune) bool { return strings.ContainsRune(" ,=()", r) } // as in Falco
	for at := 0; at < len(text); {
		if isBreak(rune(text[at])) {
			at++
			continue
		}
		end := at
		for end < len(text) && !isBreak(rune(text[end])) {
			end++
		}
		if first[text[at:end]] {
			span := diag.Span{Start: v.Start, End: v.Start}
			span.Start.Offset, span.End.Offset = v.Start.Offset+at, v.Start.Offset+end
			if o := w.Origin(span); o.List != nil {
				d := p.ReportWritten(w, v, "Falco replaces the word %s in this text with the items of the list", o.List.Name)
				d.Hint = "rename the list to something that does not occur in quoted values"
				d.Related = append(d.Related, diag.Related{Range: o.List.NameAt, Message: "the list"})
				return
			}
		}
		at = end
	}
}

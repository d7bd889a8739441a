package lint

import (
	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/rulesfile"
)

var duplicateItem = &Analyzer{
	ID:          "duplicate-item",
	Category:    Performance,
	Level:       Info,
	Summary:     "A list has the same item twice.",
	Fix:         SafeFix,
	SameMatches: true,
	Run:         runDuplicateItem,
}

func runDuplicateItem(p *Pass) {
	p.duplicateItems()
	for _, w := range p.Written() {
		ast.Inspect(w.Expr, func(n ast.Node) bool {
			check, ok := n.(*ast.Check)
			if ok && check.Modifier == ast.NoModifier { // oneof counts equal values
				p.duplicateValues(w, check)
			}
			return !ok
		})
	}
}

// duplicateValues reports values of a condition that are there twice, or are in a list beside
// them too. Lists may overlap.
func (p *Pass) duplicateValues(w *Written, check *ast.Check) {
	list, ok := check.Right.(*ast.List)
	if !ok {
		return
	}
	count := map[string]int{}
	for _, v := range list.Items {
		count[v.Text]++
	}
	if len(count) == len(list.Items) {
		return
	}
	first := map[string]*ast.Value{}
	for _, inList := range []bool{true, false} {
		for i, v := range list.Items {
			if count[v.Text] == 1 || (w.Origin(v).List != nil) != inList {
				continue
			}
			other := first[v.Text]
			if other == nil {
				first[v.Text] = v
				continue
			}
			if inList {
				continue
			}
			where := ""
			if l := w.Origin(other).List; l != nil {
				where = " in the list " + l.Name
			}
			d := p.ReportWritten(w, v, "the check already has %q%s", v.Text, where)
			d.Related = append(d.Related, diag.Related{Range: w.Origin(other).Range, Message: "the first one"})
			if i > 0 {
				edits, err := w.trace.Replace(diag.Span{Start: list.Items[i-1].End, End: v.End}, "")
				fix(d, true, edits, err)
			}
		}
	}
}

// duplicateItems reports items of lists.
func (p *Pass) duplicateItems() {
	lists := map[string]map[string]rulesfile.Value{} // the items of each list
	for item := range p.Items() {
		if item.Kind != rulesfile.List || !item.Has("items") {
			continue
		}
		name := item.Get("list").Text()
		if !appends(item, "items") || lists[name] == nil {
			lists[name] = map[string]rulesfile.Value{}
		}
		index := -1
		for entry := range item.Get("items").Entries() {
			if index++; !entry.IsScalar() {
				continue
			}
			if first, again := lists[name][entry.Text()]; again {
				d := p.ReportItem(item, entry.Range(), "the list already has %q", entry.Text())
				d.Related = []diag.Related{{Range: first.Range(), Message: "the first one"}}
				edits, err := item.Get("items").DeleteEntry(index)
				fix(d, true, edits, err)
				continue
			}
			lists[name][entry.Text()] = entry
		}
	}
}

package lint

import (
	"errors"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/parser"
	"github.com/falcorules/falcorules/rulesfile"
)

var copiedItem = &Analyzer{
	ID:       "copied-item",
	Category: Shadow,
	Level:    Info,
	Summary:  "A file repeats an item of an earlier file with few changes, so it misses later updates of that item.",
	Fix:      UnsafeFix,
	Run:      runCopiedItem,
}

// minShared is the share of parts that two definitions have in common if one is a copy of
// the other: of the operands of a condition, or of the items of a list.
const minShared = 0.8

func runCopiedItem(p *Pass) {
	type name struct {
		kind rulesfile.Kind
		text string
	}
	first := map[name]*rulesfile.Item{}
	for item := range p.Items() {
		if !defines(item) {
			continue
		}
		key := name{item.Kind, item.Get(item.Kind.String()).Text()}
		original := first[key]
		first[key] = item
		if original == nil || original.File().Root() == item.File().Root() { // see runRedefined
			continue
		}
		// Files that are used with and without each other repeat lists and macros.
		if item.Kind != rulesfile.Rule && !p.Set.IsContext(original.File().Name()) {
			continue
		}
		change := compareItems(original, item)
		if change == nil {
			continue
		}
		at := item.Get(item.Kind.String()).Range()
		message, hint := "this is almost a copy of the %s in %s, so it misses updates of the original", "override only what differs"
		if change.isEmpty() {
			message, hint = "this is a copy of the %s in %s, so it misses updates of the original", "delete it"
		}
		d := p.ReportItem(item, at, message, item.Kind, original.File().Name())
		d.Hint = hint
		d.Related = []diag.Related{{Range: original.Get(item.Kind.String()).Range(), Message: "the original"}}
		edits, err := change.edits(item)
		fix(d, false, edits, err)
	}
}

// itemChange is how a definition differs from an earlier one of the same name.
type itemChange struct {
	// added is what the condition or the list has in addition, and removes whether it lacks a
	// part of the original.
	added   []string
	removes bool
	// keys are other keys that differ.
	keys []string
}

func (c *itemChange) isEmpty() bool { return len(c.added) == 0 && !c.removes && len(c.keys) == 0 }

// compareItems returns how an item differs from the original, or nil if it is something else.
func compareItems(original, item *rulesfile.Item) *itemChange {
	key := mainKey(item)
	before, ok := partsOf(original.Get(key))
	after, also := partsOf(item.Get(key))
	if !ok || !also {
		return nil
	}
	c := &itemChange{}
	common := 0
	for _, part := range after {
		if _, found := slices.BinarySearch(before, part); found {
			common++
		} else {
			c.added = append(c.added, part)
		}
	}
	c.removes = common < len(before)
	if float64(common) < minShared*float64(len(before)+len(c.added)) {
		return nil
	}
	for pair := range item.Pairs() {
		if name := pair.Key.Text(); name != key && !sameValue(original.Get(name), pair.Value) {
			c.keys = append(c.keys, name)
		}
	}
	return c
}

// mainKey returns the key with the condition or the items of an item.
func mainKey(item *rulesfile.Item) string {
	if item.Kind == rulesfile.List {
		return "items"
	}
	return "condition"
}

// maxParts limits the parts of items that are compared.
const maxParts = 2000

// partsOf returns the operands of a condition that are joined by and, or the items of a list.
func partsOf(v rulesfile.Value) (parts []string, ok bool) {
	if v.IsList() {
		for entry := range v.Entries() {
			parts = append(parts, entry.Text())
		}
	} else {
		x, err := parser.Condition(v.Text())
		if err != nil {
			return nil, false
		}
		operands := []ast.Expr{x}
		if and, isAnd := x.(*ast.And); isAnd {
			operands = and.Operands
		}
		for _, o := range operands {
			parts = append(parts, ast.Format(o))
		}
	}
	slices.Sort(parts)
	parts = slices.Compact(parts)
	return parts, 0 < len(parts) && len(parts) <= maxParts
}

// sameValue reports whether two values of a key are equal.
func sameValue(a, b rulesfile.Value) bool {
	if a.Len() != b.Len() || a.IsScalar() != b.IsScalar() || strings.TrimSpace(a.Text()) != strings.TrimSpace(b.Text()) {
		return false
	}
	others := slices.Collect(b.Entries())
	i := 0
	for entry := range a.Entries() {
		if !sameValue(entry, others[i]) {
			return false
		}
		i++
	}
	for pair := range a.Pairs() {
		if !sameValue(pair.Value, b.Get(pair.Key.Text())) {
			return false
		}
	}
	return true
}

// edits returns the edits that make an override of an item. It returns an error if an override
// cannot say the same.
func (c *itemChange) edits(item *rulesfile.Item) ([]diag.Edit, error) {
	if c.isEmpty() {
		return item.Delete()
	}
	if c.removes || item.HasComments() {
		return nil, errNoOverride
	}
	kind := item.Kind.String()
	text := kind + ": " + rulesfile.Quote(item.Get(kind).Text()) + "\n"
	override := "override:\n"
	if len(c.added) > 0 {
		text += mainKey(item) + ": " + c.appended(item.Kind) + "\n"
		override += "  " + mainKey(item) + ": append\n"
	}
	for _, name := range c.keys {
		value, ok := yamlOf(item.Get(name))
		if key, known := item.Kind.Key(name); !ok || !known || !key.Replace {
			return nil, errNoOverride
		}
		text += name + ": " + value + "\n"
		override += "  " + name + ": replace\n"
	}
	return item.Set(text + override)
}

var errNoOverride = errors.New("an override cannot say the same")

// appended returns the YAML of what is added to a condition or to a list.
func (c *itemChange) appended(kind rulesfile.Kind) string {
	if kind == rulesfile.List {
		return listOf(c.added)
	}
	text := ""
	for _, part := range c.added {
		if x, err := parser.Condition(part); err == nil {
			if _, isOr := x.(*ast.Or); isOr {
				part = "(" + part + ")"
			}
		}
		text += " and " + part
	}
	return rulesfile.Quote(strings.TrimSpace(text))
}

// yamlOf returns a scalar, or a list of scalars, as YAML on one line.
func yamlOf(v rulesfile.Value) (text string, ok bool) {
	if v.IsScalar() {
		return rulesfile.Quote(strings.TrimRight(v.Text(), "\n")), true
	}
	var texts []string
	for entry := range v.Entries() {
		if !entry.IsScalar() {
			return "", false
		}
		texts = append(texts, entry.Text())
	}
	return listOf(texts), v.IsList()
}

// listOf returns a list as YAML on one line.
func listOf(texts []string) string {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = rulesfile.Quote(t)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

package loader

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/filename"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/rulesfile"
)

// unwrap returns the rules files inside a file: in Kubernetes objects, in values of
// Helm charts, and in what holds such values. They are named after the file and their
// key. What is no such thing stays with the file itself, as do mistakes in what is.
func unwrap(f *input) []*input {
	w := newUnwrapper(f)
	var rest []*yamlfile.Node
	for _, root := range f.docs {
		if !w.document(root) && !isManifest(root) {
			rest = append(rest, root)
		}
	}
	if len(w.found)+len(w.problems) == 0 {
		return []*input{f}
	}
	slices.SortStableFunc(w.sources, func(a, b *source) int { return a.begin.Compare(b.begin) })
	for _, src := range w.sources {
		root := src.root()
		root.inner = append(root.inner, src)
	}
	inputs := w.found
	f.docs, f.problems = rest, w.problems
	if len(rest) > 0 || len(w.problems) > 0 || f.err != nil {
		inputs = append([]*input{f}, inputs...)
	}
	if len(w.empty) > 0 {
		w.skip(w.emptyIn, w.emptyAt, "no rules are inside "+listKinds(w.empty), "")
	}
	inputs[0].skipped = w.skipped
	return inputs
}

// wraps reports whether there are rules inside the documents of the file.
func (f *input) wraps() bool {
	if f.hasWrapped == nil {
		found := slices.ContainsFunc(f.docs, newUnwrapper(f).document)
		f.hasWrapped = &found
	}
	return *f.hasWrapped
}

// listKinds lists kinds of Kubernetes objects, each with its number.
func listKinds(kinds []string) string {
	counts := map[string]int{}
	for _, kind := range kinds {
		counts[kind]++
	}
	var out []string
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		if n := counts[kind]; n > 1 {
			kind = fmt.Sprintf("%s (%d times)", kind, n)
		}
		out = append(out, kind)
	}
	const most = 10
	if more := len(out) - most; more > 0 {
		out = append(out[:most], fmt.Sprintf("%d more kinds", more))
	}
	return strings.Join(out, ", ")
}

// problem is a mistake in the way that rules are wrapped.
type problem struct {
	src       *source
	node      *yamlfile.Node
	msg, hint string
}

// unwrapper finds rules in the documents of a file.
type unwrapper struct {
	input    *input
	found    []*input
	sources  []*source // of found
	problems []problem
	skipped  diag.List
	// empty are the kinds of objects without rules; the first one is emptyAt in the
	// source emptyIn.
	empty   []string
	emptyAt *yamlfile.Node
	emptyIn *source
	// names counts the names of sources, as each is given once.
	names map[string]int
	// seen has the nodes that were looked at: aliases lead to some several times.
	seen map[*yamlfile.Node]bool
}

func newUnwrapper(f *input) *unwrapper {
	return &unwrapper{input: f, names: map[string]int{}, seen: map[*yamlfile.Node]bool{}}
}

// document looks for rules in a document of the file and reports whether there are
// any, be they where they are read or not.
func (w *unwrapper) document(root *yamlfile.Node) bool {
	before := w.count()
	w.object(w.input.src, root, "", "")
	return w.count() > before
}

// count returns how many rules were found, be they where they are read or not.
func (w *unwrapper) count() int { return len(w.found) + len(w.problems) }

// object looks for rules in a document, or in an object of a list. The kind is that of
// an object in a list which has none of its own.
func (w *unwrapper) object(src *source, n *yamlfile.Node, kind, path string) {
	if n = n.Deref(); n.Kind != yamlfile.Mapping || w.seen[n] {
		return
	}
	listed := kind != ""
	if k := n.Get("kind"); k != nil {
		kind = k.Value
	}
	before := w.count()
	spec := n.Get("spec")
	switch items := n.Get("items"); {
	case strings.HasSuffix(kind, "List") && items != nil && items.Kind == yamlfile.Sequence:
		w.seen[n] = true
		for i, item := range items.Content {
			w.object(src, item, strings.TrimSuffix(kind, "List"), fmt.Sprintf("%sitems[%d].", path, i))
		}
		return
	case kind == "ConfigMap":
		w.files(src, n.Get("data"), false)
		w.files(src, n.Get("binaryData"), true)
	case kind == "Secret":
		w.files(src, n.Get("stringData"), false)
		w.files(src, n.Get("data"), true)
	case kind == "Rulesfile" && spec != nil:
		w.inline(src, spec.Get(inlineRules))
	}
	if metadata := n.Get("metadata"); kind != "" && metadata != nil {
		w.seen[metadata] = true // annotations may have a copy of the object
	}
	w.search(src, n, path)
	if w.count() == before && (isManifest(n) || listed) {
		if w.empty = append(w.empty, kind); len(w.empty) == 1 {
			w.emptyAt, w.emptyIn = n, src
		}
	}
}

// The keys of rules in Falco's own formats.
const (
	customRules = "customRules" // in the values of the Helm chart
	inlineRules = "inlineRules" // in the spec of a Rulesfile of the operator
)

// search looks for the values of Falco's chart, wherever they are: in the values of a
// chart that depends on it, in objects of Argo CD, Flux and the like. It also finds
// rules that nothing reads from where they are.
func (w *unwrapper) search(src *source, n *yamlfile.Node, path string) {
	if n = n.Deref(); w.seen[n] {
		return
	}
	w.seen[n] = true
	switch n.Kind {
	case yamlfile.Sequence:
		if looksLikeRules(n) {
			w.misplaced(src, n, path)
			return
		}
		for i, item := range n.Content {
			w.search(src, item, fmt.Sprintf("%s[%d].", strings.TrimSuffix(path, "."), i))
		}
	case yamlfile.Mapping:
		w.parameter(src, n)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, v := n.Content[i].Deref().Value, n.Content[i+1].Deref()
			switch key {
			case customRules:
				w.files(src, v, false)
			case "configMapGenerator", "secretGenerator":
				w.generators(src, v)
			}
			w.search(src, v, path+key+".")
		}
	case yamlfile.Scalar:
		w.nested(src, n, path)
	}
}

// whereRulesBelong is the hint for files that should have rules inside them.
const whereRulesBelong = "put rules into the data of a ConfigMap, under a file name in customRules of Helm values, or into spec.inlineRules of a Rulesfile"

// misplaced adds the mistake that rules are where nothing reads them.
func (w *unwrapper) misplaced(src *source, n *yamlfile.Node, path string) {
	w.problems = append(w.problems, problem{src, n, "nothing reads the rules at " + strings.TrimSuffix(path, "."), whereRulesBelong})
}

// skip adds the notice that something is not read as rules.
func (w *unwrapper) skip(src *source, n *yamlfile.Node, msg, hint string) {
	d := newDiagnostic(NoticeSkipped, src.rangeOf(n), []Location{{Type: "rules content", Content: w.input.src.name}}, msg)
	d.Hint = hint
	w.skipped = append(w.skipped, d)
}

// files adds the values of a mapping from the names of rules files to their text.
func (w *unwrapper) files(src *source, data *yamlfile.Node, encoded bool) {
	if data == nil || data.Kind != yamlfile.Mapping || w.seen[data] {
		return
	}
	w.seen[data] = true
	for i := 0; i+1 < len(data.Content); i += 2 {
		key, v := data.Content[i].Deref(), data.Content[i+1].Deref()
		w.seen[v] = true
		switch {
		case v.Kind == yamlfile.Sequence && looksLikeRules(v):
			hint := fmt.Sprintf("write %s: |- and the rules below it, indented more than the key", key.Value)
			w.problems = append(w.problems, problem{src, key, fmt.Sprintf("the rules in %s must be text, not a list", key.Value), hint})
			w.native(src, v, key.Value)
		case v.Kind != yamlfile.Scalar || v.IsNull():
		case encoded:
			w.decoded(src, v, key)
		default:
			w.file(src, w.text(src, v, 0, len(v.Value), key.Value), key)
		}
	}
}

// file adds the inner source as a rules file, if it is one, or what it wraps. The key
// that names it is in src.
func (w *unwrapper) file(src, inner *source, key *yamlfile.Node) {
	isYAML := filename.IsYAML(key.Value)
	if !isYAML && !mayHaveRules(inner.text) {
		return
	}
	docs, err := inner.documents()
	switch {
	case len(docs) > 0 && docs[0].Kind == yamlfile.Mapping && !isItem(docs[0]):
		// Something else, such as falco.yaml, or a file of Helm values.
		for _, doc := range docs {
			w.object(inner, doc, "", key.Value+": ")
		}
		return
	case isYAML:
	case len(docs) == 0 || !looksLikeRules(docs[0]):
		return
	default:
		w.skip(src, key, fmt.Sprintf("Falco reads no file named %s from a folder", key.Value), "end the name in .yaml or .yml")
	}
	w.add(inner, docs, err)
}

// decoded adds a rules file in base64. Its positions are those in the text itself.
func (w *unwrapper) decoded(src *source, v, key *yamlfile.Node) {
	text, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(v.Value), ""))
	if err == nil {
		w.file(src, newSource(w.name(key.Value), text), key)
	} else if filename.IsYAML(key.Value) {
		w.problems = append(w.problems, problem{src, v, key.Value + " must be base64: " + err.Error(), "to write it as text, use stringData"})
	}
}

// inline adds the rules of a Rulesfile.
func (w *unwrapper) inline(src *source, v *yamlfile.Node) {
	switch {
	case v == nil || v.IsNull() || w.seen[v]:
		return
	case v.Kind != yamlfile.Scalar:
		w.native(src, v, inlineRules)
	default:
		inner := w.text(src, v, 0, len(v.Value), inlineRules)
		docs, err := inner.documents()
		w.add(inner, docs, err)
	}
	w.seen[v] = true
}

// parameter adds the rules in a parameter of a Helm chart, as Argo CD has them: its
// name is customRules.x\.yaml.
func (w *unwrapper) parameter(src *source, n *yamlfile.Node) {
	name, v := n.Get("name"), n.Get("value")
	if name == nil || v == nil || v.Kind != yamlfile.Scalar || w.seen[v] {
		return
	}
	if _, file, ok := strings.Cut(name.Value, customRules+"."); ok {
		w.seen[v] = true
		key := *name
		key.Value = strings.ReplaceAll(file, `\.`, ".")
		w.file(src, w.text(src, v, 0, len(v.Value), key.Value), &key)
	}
}

// generators adds the rules in the literals of generators of Kustomize, and names the
// files that others are in.
func (w *unwrapper) generators(src *source, list *yamlfile.Node) {
	for _, generator := range list.Content {
		if generator = generator.Deref(); generator.Kind != yamlfile.Mapping {
			continue
		}
		if literals := generator.Get("literals"); literals != nil {
			for _, v := range literals.Content {
				w.literal(src, v.Deref())
			}
		}
		if files := generator.Get("files"); files != nil && len(files.Content) > 0 {
			w.skip(src, files, "the files of the generator are not read", "give these files themselves")
		}
	}
}

// literal adds the rules in a literal of the form name=text.
func (w *unwrapper) literal(src *source, v *yamlfile.Node) {
	name, text, ok := strings.Cut(v.Value, "=")
	if !ok || v.Kind != yamlfile.Scalar || w.seen[v] {
		return
	}
	w.seen[v] = true
	start, end := len(name)+1, len(v.Value)
	if n := len(text); n > 1 && (text[0] == '"' || text[0] == '\'') && text[n-1] == text[0] {
		start, end = start+1, end-1
	}
	key := *v
	key.Value = name
	w.file(src, w.text(src, v, start, end, name), &key)
}

// maxNested is how deep texts are looked for in texts.
const maxNested = 5

// nested looks for rules in a text that may be a file of Helm values or an object.
func (w *unwrapper) nested(src *source, n *yamlfile.Node, path string) {
	if !mayHaveRules(n.Value) || src.depth() >= maxNested {
		return
	}
	key := path[strings.LastIndexByte(strings.TrimSuffix(path, "."), '.')+1:]
	key = strings.TrimSuffix(key, ".")
	inner := w.text(src, n, 0, len(n.Value), key)
	docs, err := inner.documents()
	if err != nil && (key == "values" || key == "valuesContent") {
		w.add(inner, docs, err)
		return
	}
	for _, doc := range docs {
		if looksLikeRules(doc) {
			w.misplaced(src, n, path)
			return
		}
		w.object(inner, doc, "", path)
	}
}

// mayHaveRules reports whether a text has words of rules, or of what wraps them.
func mayHaveRules(text string) bool {
	return slices.ContainsFunc([]string{customRules, inlineRules, "rule:", "macro:", "list:", `"rule"`, `"macro"`, `"list"`, "required_engine_version"}, func(word string) bool {
		return strings.Contains(text, word)
	})
}

// name returns a name for a source, another one each time.
func (w *unwrapper) name(key string) string {
	name := w.input.src.name + "#" + key
	if w.names[name]++; w.names[name] > 1 {
		name += fmt.Sprintf("(%d)", w.names[name])
	}
	return name
}

// text returns what a scalar holds from start to end as a source.
func (w *unwrapper) text(src *source, v *yamlfile.Node, start, end int, key string) *source {
	inner := newText(w.name(key), v.Value[start:end])
	inner.parent, inner.outer, inner.base = src, &scalar{src, v}, start
	offsets := make([]int, len(inner.starts))
	for i, at := range inner.starts {
		offsets[i] = start + at
	}
	inner.cursors = inner.outer.cursors(offsets)
	at := inner.outer.span(start, end)
	inner.begin, inner.end = at.Start, at.End
	return inner
}

// native adds rules that are written as YAML of the file.
func (w *unwrapper) native(src *source, n *yamlfile.Node, key string) {
	inner := &source{name: w.name(key), text: src.text, mark: src.mark, starts: src.starts, nulls: src.nulls, parent: src}
	at := src.rangeOf(n)
	inner.begin, inner.end = at.Start, at.End
	w.add(inner, []*yamlfile.Node{n}, nil)
}

func (w *unwrapper) add(src *source, docs []*yamlfile.Node, err *diag.Diagnostic) {
	w.sources = append(w.sources, src)
	w.found = append(w.found, &input{src: src, docs: docs, err: err, context: w.input.context})
}

// isManifest reports whether a document is an object of Kubernetes, as a stream
// of them has many that have no rules.
func isManifest(root *yamlfile.Node) bool {
	return root.Kind == yamlfile.Mapping && root.Get("kind") != nil && root.Get("apiVersion") != nil
}

// isItem reports whether a mapping is an item of a rules file.
func isItem(n *yamlfile.Node) bool {
	for kind := range rulesfile.Kinds() {
		if n.Get(kind.String()) != nil {
			return true
		}
	}
	return false
}

// looksLikeRules reports whether a sequence has an item of a rules file. Other things
// have keys of such names too, so one more key is asked for.
func looksLikeRules(n *yamlfile.Node) bool {
	return n.Kind == yamlfile.Sequence && slices.ContainsFunc(n.Content, func(item *yamlfile.Node) bool {
		item = item.Deref()
		if item.Kind != yamlfile.Mapping {
			return false
		}
		has := func(keys ...string) bool {
			return slices.ContainsFunc(keys, func(key string) bool { return item.Get(key) != nil })
		}
		switch {
		case has("rule", "macro"):
			return has("condition", "override", "append", "enabled", "exceptions")
		case has("list"):
			return has("items")
		}
		return has("required_engine_version", "required_plugin_versions")
	})
}

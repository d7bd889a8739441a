package rulesfile

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/filename"
)

// Unwrapped is the content of a file that contains rules files.
type Unwrapped struct {
	// Files are the rules files; see [File.Name].
	Files []*File
	// Rest are the documents that contain no rules files and are not Kubernetes objects.
	Rest []*Document
	// Problems are errors in how rules are embedded, such as rules under a key that
	// nothing reads.
	Problems diag.List
	// Skipped are notices about values that are not read as rules.
	Skipped diag.List
}

// Unwrap finds the rules files inside a file: in Kubernetes objects, in values of Helm
// charts, and in objects that contain such values. It returns false if there are no rules
// inside. After Unwrap, [File.FileAt] can return the files found.
//
// Ranges in the files found are in the outermost file. A file in base64 is an exception:
// it is its own outermost file.
func (f *File) Unwrap() (*Unwrapped, bool) {
	u := f.found()
	if u == nil {
		return nil, false
	}
	f.inner = slices.DeleteFunc(slices.Clone(u.Files), func(inner *File) bool { return inner.Root() != f })
	slices.SortStableFunc(f.inner, func(a, b *File) int { return a.begin.Compare(b.begin) })
	return u, true
}

// Wraps reports whether there are rules files inside the file.
func (f *File) Wraps() bool { return f.found() != nil }

// find returns the content of the file, or nil if it contains no rules files.
func (f *File) find() *Unwrapped {
	w := newUnwrapper(f)
	u := &Unwrapped{}
	for _, root := range f.docs {
		if !w.document(root.Value) && !isManifest(root.Value) {
			u.Rest = append(u.Rest, root)
		}
	}
	if w.count() == 0 {
		return nil
	}
	if len(w.empty) > 0 {
		w.skip(w.emptyAt, "no rules are inside "+listKinds(w.empty), "")
	}
	u.Files, u.Problems, u.Skipped = w.found, w.problems, w.skipped
	return u
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

// unwrapper finds rules in the documents of a file.
type unwrapper struct {
	file     *File
	found    []*File
	problems diag.List
	skipped  diag.List
	// empty are the kinds of objects without rules, emptyAt is the first one.
	empty   []string
	emptyAt Value
	// names counts the names of files, as each is given once.
	names map[string]int
	// seen has the values that were looked at: aliases lead to some several times.
	seen map[Value]bool
}

func newUnwrapper(f *File) *unwrapper {
	return &unwrapper{file: f, names: map[string]int{}, seen: map[Value]bool{}}
}

// document looks for rules in a document of the file and reports whether there are
// any, whether or not something reads them.
func (w *unwrapper) document(root Value) bool {
	before := w.count()
	w.object(root, "", "")
	return w.count() > before
}

// count returns how many rules were found, whether or not something reads them.
func (w *unwrapper) count() int { return len(w.found) + len(w.problems) }

// object looks for rules in a document, or in an object of a list. kind is the default
// for objects in a list that do not name their kind.
func (w *unwrapper) object(v Value, kind, path string) {
	if !v.IsMapping() || w.seen[v] {
		return
	}
	listed := kind != ""
	if k := v.Get("kind"); k.Exists() {
		kind = k.Text()
	}
	before := w.count()
	switch items := v.Get("items"); {
	case strings.HasSuffix(kind, "List") && items.Exists() && items.IsList():
		w.seen[v] = true
		i := 0
		for item := range items.Entries() {
			w.object(item, strings.TrimSuffix(kind, "List"), fmt.Sprintf("%sitems[%d].", path, i))
			i++
		}
		return
	case kind == "ConfigMap":
		w.files(v.Get("data"), false)
		w.files(v.Get("binaryData"), true)
	case kind == "Secret":
		w.files(v.Get("stringData"), false)
		w.files(v.Get("data"), true)
	case kind == "Rulesfile":
		w.inline(v.Get("spec").Get(inlineRules))
	}
	if metadata := v.Get("metadata"); kind != "" && metadata.Exists() {
		w.seen[metadata] = true // annotations may have a copy of the object
	}
	w.search(v, path)
	if w.count() == before && (isManifest(v) || listed) {
		if w.empty = append(w.empty, kind); len(w.empty) == 1 {
			w.emptyAt = v
		}
	}
}

// The keys of rules in Falco's own formats.
const (
	customRules = "customRules" // in the values of the Helm chart
	inlineRules = "inlineRules" // in the spec of a Rulesfile of the operator
)

// search looks for values of Falco's chart at any depth: in values of a chart that
// depends on it, in objects of Argo CD, Flux and so on. It also finds rules in positions
// where nothing reads them.
func (w *unwrapper) search(v Value, path string) {
	if w.seen[v] {
		return
	}
	w.seen[v] = true
	switch {
	case v.IsList():
		if looksLikeRules(v) {
			w.misplaced(v, path)
			return
		}
		i := 0
		for entry := range v.Entries() {
			w.search(entry, fmt.Sprintf("%s[%d].", strings.TrimSuffix(path, "."), i))
			i++
		}
	case v.IsMapping():
		w.parameter(v)
		for p := range v.Pairs() {
			key := p.Key.Text()
			switch key {
			case customRules:
				w.files(p.Value, false)
			case "configMapGenerator", "secretGenerator":
				w.generators(p.Value)
			}
			w.search(p.Value, path+key+".")
		}
	default:
		w.nested(v, path)
	}
}

// WrapHint is the hint for files that are expected to contain rules, but have none where
// anything reads them.
const WrapHint = "put rules into the data of a ConfigMap, under a file name in customRules of Helm values, or into spec.inlineRules of a Rulesfile"

// misplaced adds the error that rules in this position have no effect.
func (w *unwrapper) misplaced(v Value, path string) {
	w.fail(v, "the rules at "+strings.TrimSuffix(path, ".")+" have no effect", WrapHint)
}

// fail adds an error.
func (w *unwrapper) fail(v Value, msg, hint string) {
	w.problems = append(w.problems, &diag.Diagnostic{Severity: diag.Error, Range: v.Range(), Message: msg, Hint: hint})
}

// skip adds the notice that a value is not read as rules.
func (w *unwrapper) skip(v Value, msg, hint string) {
	w.skipped = append(w.skipped, &diag.Diagnostic{Severity: diag.Notice, Range: v.Range(), Message: msg, Hint: hint})
}

// files adds the values of a mapping from the names of rules files to their text.
func (w *unwrapper) files(data Value, encoded bool) {
	if !data.Exists() || !data.IsMapping() || w.seen[data] {
		return
	}
	w.seen[data] = true
	for p := range data.Pairs() {
		name, v := p.Key.Text(), p.Value
		w.seen[v] = true
		switch {
		case v.IsList() && looksLikeRules(v):
			w.fail(p.Key, fmt.Sprintf("the rules in %s must be text, not a list", name), fmt.Sprintf("write %s: |- and the rules below it, indented more than the key", name))
			w.native(v, name)
		case !v.IsScalar() || v.IsNull():
		case encoded:
			w.decoded(v, name, p.Key)
		default:
			w.add(w.text(v, 0, len(v.Text()), name), name, p.Key)
		}
	}
}

// add adds a file that a key names, if it is a rules file, or what it wraps.
func (w *unwrapper) add(inner *File, name string, key Value) {
	isYAML := filename.IsYAML(name)
	if !isYAML && !mayHaveRules(inner.text) {
		return
	}
	inner.parse()
	switch docs := inner.docs; {
	case len(docs) > 0 && docs[0].IsMapping() && KindOf(docs[0].Value) == Unknown:
		// Something else, such as falco.yaml, or a file of Helm values.
		for _, doc := range docs {
			w.object(doc.Value, "", name+": ")
		}
		return
	case isYAML:
	case len(docs) == 0 || !looksLikeRules(docs[0].Value):
		return
	default:
		w.skip(key, fmt.Sprintf("Falco reads no file named %s from a folder", name), "end the name in .yaml or .yml")
	}
	w.found = append(w.found, inner)
}

// decoded adds a rules file in base64. Its positions are those in the decoded text.
func (w *unwrapper) decoded(v Value, name string, key Value) {
	text, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(v.Text()), ""))
	if err == nil {
		inner := newData(w.name(name), text)
		inner.readOnly = "it is encoded in base64"
		w.add(inner, name, key)
	} else if filename.IsYAML(name) {
		w.fail(v, name+" must be base64: "+err.Error(), "to write it as text, use stringData")
	}
}

// inline adds the rules of a Rulesfile.
func (w *unwrapper) inline(v Value) {
	switch {
	case !v.Exists() || v.IsNull() || w.seen[v]:
		return
	case !v.IsScalar():
		w.native(v, inlineRules)
	default:
		inner := w.text(v, 0, len(v.Text()), inlineRules)
		inner.parse()
		w.found = append(w.found, inner)
	}
	w.seen[v] = true
}

// parameter adds the rules in a parameter of a Helm chart, as Argo CD has them: its
// name is customRules.x\.yaml.
func (w *unwrapper) parameter(mapping Value) {
	name, v := mapping.Get("name"), mapping.Get("value")
	if !name.Exists() || !v.Exists() || !v.IsScalar() || w.seen[v] {
		return
	}
	if _, file, ok := strings.Cut(name.Text(), customRules+"."); ok {
		w.seen[v] = true
		file = strings.ReplaceAll(file, `\.`, ".")
		w.add(w.text(v, 0, len(v.Text()), file), file, name)
	}
}

// generators adds the rules in the literals of Kustomize's generators, and a notice that
// names the files from which generators read more.
func (w *unwrapper) generators(list Value) {
	for generator := range list.Entries() {
		if literals := generator.Get("literals"); literals.Exists() {
			for v := range literals.Entries() {
				w.literal(v)
			}
		}
		if files := generator.Get("files"); files.Exists() && files.Len() > 0 {
			w.skip(files, "the files of the generator are not read", "pass these files directly")
		}
	}
}

// literal adds the rules in a literal of the form name=text.
func (w *unwrapper) literal(v Value) {
	name, text, ok := strings.Cut(v.Text(), "=")
	if !ok || !v.IsScalar() || w.seen[v] {
		return
	}
	w.seen[v] = true
	start, end := len(name)+1, len(v.Text())
	if n := len(text); n > 1 && (text[0] == '"' || text[0] == '\'') && text[n-1] == text[0] {
		start, end = start+1, end-1
	}
	w.add(w.text(v, start, end, name), name, v)
}

// maxNested limits how deep rules are searched for in texts inside texts.
const maxNested = 5

// nested looks for rules in a text that may be a file of Helm values or an object.
func (w *unwrapper) nested(v Value, path string) {
	if !mayHaveRules(v.Text()) || v.file.depth() >= maxNested {
		return
	}
	key := path[strings.LastIndexByte(strings.TrimSuffix(path, "."), '.')+1:]
	key = strings.TrimSuffix(key, ".")
	inner := w.text(v, 0, len(v.Text()), key)
	inner.parse()
	if inner.err != nil && (key == "values" || key == "valuesContent") {
		w.found = append(w.found, inner)
		return
	}
	for _, doc := range inner.docs {
		if looksLikeRules(doc.Value) {
			w.misplaced(v, path)
			return
		}
		w.object(doc.Value, "", path)
	}
}

// mayHaveRules reports whether a text has words of rules, or of what wraps them.
func mayHaveRules(text string) bool {
	return slices.ContainsFunc([]string{customRules, inlineRules, "rule:", "macro:", "list:", `"rule"`, `"macro"`, `"list"`, "required_engine_version"}, func(word string) bool {
		return strings.Contains(text, word)
	})
}

// name returns a unique name for a file.
func (w *unwrapper) name(key string) string {
	name := w.file.name + "#" + key
	if w.names[name]++; w.names[name] > 1 {
		name += fmt.Sprintf("(%d)", w.names[name])
	}
	return name
}

// text returns the text of a scalar from start to end as a file.
func (w *unwrapper) text(v Value, start, end int, key string) *File {
	inner := newFile(w.name(key), v.Text()[start:end])
	inner.parent, inner.outer, inner.base = v.file, v, start
	at := v.TextRange(start, end)
	inner.begin, inner.end = at.Start, at.End
	return inner
}

// native adds rules that are part of the file's own YAML.
func (w *unwrapper) native(v Value, key string) {
	outer := v.file
	inner := (&File{name: w.name(key), text: outer.text, mark: outer.mark, starts: outer.starts, nulls: outer.nulls, parent: outer}).init()
	at := v.Range()
	inner.begin, inner.end = at.Start, at.End
	inner.docs = []*Document{inner.document(v.node)}
	w.found = append(w.found, inner)
}

// isManifest reports whether a document is a Kubernetes object. In a stream of objects,
// most have no rules.
func isManifest(root Value) bool { return root.Has("kind") && root.Has("apiVersion") }

// looksLikeRules reports whether a list has an item of a rules file. Other files can have
// keys with such names too, so an item must have a second key of its kind.
func looksLikeRules(list Value) bool {
	for item := range list.Entries() {
		switch KindOf(item) {
		case Rule, Macro:
			if slices.ContainsFunc([]string{"condition", "override", "append", "enabled", "exceptions"}, item.Has) {
				return true
			}
		case List:
			if item.Has("items") {
				return true
			}
		case EngineVersion, PluginVersions:
			return true
		}
	}
	return false
}

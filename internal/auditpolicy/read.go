package auditpolicy

import (
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Limits, far above those of real policies.
const (
	maxFile   = 1 << 20 // bytes
	maxErrors = 100     // reported per file, and as many warnings
)

// apiVersion is the only version that API servers since Kubernetes 1.24 accept.
const apiVersion = "audit.k8s.io/v1"

// Read reads a policy in YAML or JSON. The name is for errors, which are about everything
// that the API server refuses, in file order.
func Read(r io.Reader, name string) (*Policy, diag.List) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	f := &reader{File: yamlfile.NewFile(name, data), policy: &Policy{Name: name}}
	switch {
	case err != nil:
		f.fail(nil, "", "cannot read: %v", err)
	case len(data) > maxFile:
		f.fail(nil, "", "the file has more than %d bytes", maxFile)
	default:
		f.read()
	}
	if len(f.errors) > 0 {
		f.errors.Sort()
		return nil, f.errors
	}
	f.policy.Warnings.Sort()
	return f.policy, nil
}

// reader is a file being read. If there are errors, the policy is not used.
type reader struct {
	*yamlfile.File
	policy *Policy
	errors diag.List
}

func (f *reader) fail(n *yamlfile.Node, hint, format string, args ...any) {
	if len(f.errors) < maxErrors {
		d := f.Errorf(n, format, args...)
		d.Hint = hint
		f.errors = append(f.errors, d)
	}
}

// warn adds a warning about something that the API server ignores.
func (f *reader) warn(n *yamlfile.Node, hint, format string, args ...any) {
	if len(f.policy.Warnings) < maxErrors {
		d := f.Errorf(n, format, args...)
		d.Severity, d.Hint = diag.Warning, hint
		f.policy.Warnings = append(f.policy.Warnings, d)
	}
}

func (f *reader) read() {
	docs, bad := f.Documents()
	if bad != nil {
		bad.Message = "invalid YAML: " + bad.Message
		f.errors = append(f.errors, bad)
		return
	}
	if _, bad := yamlfile.CheckAliases(docs); bad != nil {
		f.errors = append(f.errors, f.ErrorfAt(bad.Range.Span().In(f.Name), "%s", bad.Message))
		return
	}
	if len(docs) == 0 {
		f.fail(nil, "", "the file is empty: want an audit policy")
		return
	}
	if len(docs) > 1 {
		f.warn(docs[1], "", "the API server reads only the first YAML document")
	}
	f.document(docs[0].Deref())
}

func (f *reader) document(n *yamlfile.Node) {
	values, ok := f.mapping(n, "an audit policy", "apiVersion", "kind", "metadata", "omitManagedFields", "omitStages", "rules")
	if !ok || !f.checkVersion(n, values) {
		return
	}
	if metadata := values["metadata"]; metadata != nil && metadata.Kind != yamlfile.Mapping {
		f.fail(metadata, "", "metadata must be a mapping, not %s", metadata.Describe())
	}
	if n := values["omitStages"]; n != nil {
		f.policy.OmitStages, f.policy.OmitStagesAt = f.stages(n), f.Range(n)
	}
	omitManagedFields := f.flag(values["omitManagedFields"], false)
	rules := f.list(values["rules"], "rules")
	if len(rules) == 0 && len(f.errors) == 0 {
		f.fail(n, "API servers refuse such policies: add a rule such as {level: Metadata}", "the policy has no rules")
	}
	for _, rule := range rules {
		r := f.rule(rule, omitManagedFields)
		r.Number = len(f.policy.Rules) + 1
		for _, stage := range f.policy.OmitStages {
			if !slices.Contains(r.OmitStages, stage) {
				r.OmitStages = append(r.OmitStages, stage)
			}
		}
		r.size = 1 + len(r.Users) + len(r.UserGroups) + len(r.Verbs) + len(r.Namespaces) + len(r.NonResourceURLs)
		for _, g := range r.Resources {
			r.size += 1 + len(g.Resources) + len(g.ResourceNames)
		}
		f.policy.Rules = append(f.policy.Rules, r)
	}
}

// checkVersion reports whether the file claims to be an audit policy. The kind may be
// missing.
func (f *reader) checkVersion(n *yamlfile.Node, values map[string]*yamlfile.Node) bool {
	before := len(f.errors)
	version, kind := values["apiVersion"], values["kind"]
	if version == nil {
		f.fail(n, "", "missing key apiVersion: want %s", apiVersion)
	} else if text, ok := f.text(version, "apiVersion"); ok && text != apiVersion {
		hint := suggest.Hint(text, slices.Values([]string{apiVersion}))
		if text == "audit.k8s.io/v1beta1" || text == "audit.k8s.io/v1alpha1" {
			hint = "Kubernetes 1.24 removed it; the format is the same"
		}
		f.fail(version, hint, "invalid apiVersion %s: want %s", quote.Text(text), apiVersion)
	}
	if kind != nil {
		if text, ok := f.text(kind, "kind"); ok && text != "Policy" {
			f.fail(kind, suggest.Hint(text, slices.Values([]string{"Policy"})), "invalid kind %s: want Policy", quote.Text(text))
		}
	}
	return len(f.errors) == before
}

func (f *reader) rule(n *yamlfile.Node, omitManagedFields bool) *Rule {
	r := &Rule{Range: f.Range(n)}
	values, ok := f.mapping(n, "a rule", "level", "namespaces", "nonResourceURLs", "omitManagedFields", "omitStages", "resources", "userGroups", "users", "verbs")
	if !ok {
		return r
	}
	r.Level = f.level(n, values["level"])
	r.Users = f.texts(values["users"], "users")
	r.UserGroups = f.texts(values["userGroups"], "userGroups")
	r.Verbs = f.texts(values["verbs"], "verbs")
	r.Namespaces = f.texts(values["namespaces"], "namespaces")
	for _, entry := range f.list(values["resources"], "resources") {
		r.Resources = append(r.Resources, f.resources(entry))
	}
	r.NonResourceURLs = f.urls(values["nonResourceURLs"])
	if len(r.NonResourceURLs) > 0 && (len(r.Resources) > 0 || len(r.Namespaces) > 0) {
		f.fail(values["nonResourceURLs"], "write a rule for each", "a rule cannot have nonResourceURLs and resources or namespaces")
	}
	r.OmitStages = f.stages(values["omitStages"])
	r.OmitManagedFields = f.flag(values["omitManagedFields"], omitManagedFields)
	return r
}

func (f *reader) level(rule, n *yamlfile.Node) Level {
	if n == nil {
		f.fail(rule, "", "missing key level in a rule")
		return None
	}
	text, ok := f.text(n, "level")
	i := slices.Index(levelNames[:], text)
	if i < 0 && ok {
		f.fail(n, suggest.Hint(text, slices.Values(levelNames[:])), "invalid level %s: want None, Metadata, Request or RequestResponse", quote.Text(text))
	}
	return Level(max(i, 0))
}

func (f *reader) stages(n *yamlfile.Node) []string {
	var out []string
	for _, item := range f.list(n, "omitStages") {
		text, ok := f.text(item, "a stage")
		if ok && !slices.Contains(Stages(), text) {
			f.fail(item, suggest.Hint(text, slices.Values(Stages())), "invalid stage %s: want RequestReceived, ResponseStarted, ResponseComplete or Panic", quote.Text(text))
		}
		out = append(out, text)
	}
	return out
}

// validGroup matches the names of API groups, which are DNS subdomains.
var validGroup = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)

const maxGroup = 253 // bytes in the name of a group

func (f *reader) resources(n *yamlfile.Node) GroupResources {
	var g GroupResources
	if n.Kind == yamlfile.Scalar && !n.IsNull() {
		f.fail(n, "write {group: \"\", resources: ["+quote.Text(n.Value)+"]}", "an item of resources must be a mapping, not %s", n.Describe())
		return g
	}
	values, ok := f.mapping(n, "an item of resources", "group", "resourceNames", "resources")
	if !ok {
		return g
	}
	if group := values["group"]; group != nil {
		g.Group, ok = f.text(group, "group")
		if ok && g.Group != "" && g.Group != "*" && (len(g.Group) > maxGroup || !validGroup.MatchString(g.Group)) {
			hint := ""
			if name, _, found := strings.Cut(g.Group, "/"); found && validGroup.MatchString(name) {
				hint = "leave out the version: " + name
			}
			f.fail(group, hint, "invalid API group %s: want a DNS name such as apps or batch.example.com", quote.Text(g.Group))
		}
	}
	g.Resources = f.texts(values["resources"], "resources")
	g.ResourceNames = f.texts(values["resourceNames"], "resourceNames")
	if len(g.ResourceNames) > 0 && len(g.Resources) == 0 {
		f.fail(values["resourceNames"], "", "resourceNames require resources")
	}
	return g
}

func (f *reader) urls(n *yamlfile.Node) []string {
	var out []string
	for _, item := range f.list(n, "nonResourceURLs") {
		text, ok := f.text(item, "a path")
		switch {
		case !ok || text == "*":
		case !strings.HasPrefix(text, "/"):
			f.fail(item, "", "invalid path %s: want a leading slash, or only *", quote.Text(text))
		case strings.Contains(text[:len(text)-1], "*"):
			f.fail(item, "", "invalid path %s: * is allowed only at the end", quote.Text(text))
		}
		out = append(out, text)
	}
	return out
}

// mapping returns the values of a mapping by their keys, without those that are null. Null
// is an empty mapping. Unknown and duplicate keys are warnings, because the API server
// ignores them; the last value of a key counts.
func (f *reader) mapping(n *yamlfile.Node, what string, known ...string) (map[string]*yamlfile.Node, bool) {
	out := map[string]*yamlfile.Node{}
	switch {
	case n.IsNull():
		return out, true
	case n.Kind != yamlfile.Mapping:
		f.fail(n, "", "%s must be a mapping, not %s", what, n.Describe())
		return nil, false
	}
	good := true
	seen := map[string]bool{}
	f.pairs(n, func(key, value *yamlfile.Node) {
		switch {
		case key.Kind != yamlfile.Scalar || key.IsNull():
			f.fail(key, "", "a key must be text, not %s", key.Describe())
			good = false
		case !slices.Contains(known, key.Value):
			hint := suggest.Hint(key.Value, slices.Values(known))
			if hint == "" {
				hint = "known keys: " + strings.Join(known, ", ")
			}
			f.warn(key, hint, "the API server ignores the unknown key %s in %s", quote.Text(key.Value), what)
		case seen[key.Value]:
			f.warn(key, "", "duplicate key %s in %s: the API server uses the last one", quote.Text(key.Value), what)
		}
		seen[key.Value] = true
		out[key.Value] = value
	})
	maps.DeleteFunc(out, func(_ string, value *yamlfile.Node) bool { return value.IsNull() })
	return out, good
}

// pairs calls each for the keys and values of a mapping. Like the API server's reader, it
// puts the keys of a merge key (<<) in its place.
func (f *reader) pairs(n *yamlfile.Node, each func(key, value *yamlfile.Node)) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i].Deref(), n.Content[i+1].Deref()
		if key.Kind != yamlfile.Scalar || key.ShortTag() != "!!merge" {
			each(key, value)
			continue
		}
		merged := []*yamlfile.Node{value}
		if value.Kind == yamlfile.Sequence {
			merged = slices.Clone(value.Content)
			slices.Reverse(merged) // the first one has precedence
		}
		for _, m := range merged {
			if m = m.Deref(); m.Kind == yamlfile.Mapping {
				f.pairs(m, each)
			} else {
				f.fail(m, "", "<< must be followed by a mapping or a list of mappings, not %s", m.Describe())
			}
		}
	}
}

// list returns the items of a list, which may be missing.
func (f *reader) list(n *yamlfile.Node, what string) []*yamlfile.Node {
	if n == nil {
		return nil
	}
	if n.Kind != yamlfile.Sequence {
		hint := ""
		if n.Kind == yamlfile.Scalar && what != "rules" && what != "resources" {
			hint = "put it in brackets"
		}
		f.fail(n, hint, "%s must be a list, not %s", what, n.Describe())
		return nil
	}
	out := make([]*yamlfile.Node, len(n.Content))
	for i, item := range n.Content {
		out[i] = item.Deref()
	}
	return out
}

func (f *reader) texts(n *yamlfile.Node, what string) []string {
	var out []string
	for _, item := range f.list(n, what) {
		text, _ := f.text(item, "an item of "+what)
		out = append(out, text)
	}
	return out
}

// text returns the text of a scalar. Null is the empty text.
func (f *reader) text(n *yamlfile.Node, what string) (string, bool) {
	_, isBool := boolOf(n)
	switch {
	case n.IsNull():
		return "", true
	case n.Kind != yamlfile.Scalar:
		f.fail(n, "", "%s must be text, not %s", what, n.Describe())
		return "", false
	case isBool:
		f.fail(n, "put it in quotes to make it text", "%s must be text, not a boolean", what)
		return "", false
	}
	if tag := n.ShortTag(); tag != "!!str" && tag != "!!timestamp" {
		kind := n.Describe()
		if kind == "text" {
			kind = tag // such as !!binary
		}
		f.fail(n, "put it in quotes to make it text", "%s must be text, not %s", what, kind)
		return "", false
	}
	return n.Value, true
}

// flag returns the value of a boolean, or the fallback if there is none.
func (f *reader) flag(n *yamlfile.Node, fallback bool) bool {
	if n == nil {
		return fallback
	}
	value, ok := boolOf(n)
	if !ok {
		f.fail(n, "", "omitManagedFields must be true or false, not %s", n.Describe())
	}
	return value
}

// boolOf returns the value of a boolean, as YAML 1.1 defines it.
func boolOf(n *yamlfile.Node) (value, ok bool) {
	const quoted = yamlfile.SingleQuoted | yamlfile.DoubleQuoted | yamlfile.Literal | yamlfile.Folded
	if n.Kind != yamlfile.Scalar || n.Style&quoted != 0 || n.Tag != "" && n.Tag != "!!bool" {
		return false, false
	}
	switch n.Value {
	case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON":
		return true, true
	case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF":
		return false, true
	}
	return false, false
}

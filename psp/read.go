package psp

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Limits, far above what policies have.
const (
	maxSize     = 8 << 20 // of a file, in bytes
	maxPolicies = 1000
	maxItems    = 1000 // of a list
	maxText     = 4096 // of a name, in bytes
	maxErrors   = 100
)

// Read returns the PodSecurityPolicies of a file, YAML or JSON, of one document or
// of many, also in a List as kubectl prints it. Other objects are skipped. The error
// is a [diag.List] with at most 100 mistakes in file order, or the one of r.
func Read(r io.Reader, name string) ([]*Policy, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	f := &file{File: yamlfile.NewFile(name, data)}
	f.read(len(data))
	if len(f.errors) == 0 && len(f.policies) == 0 {
		f.fail(nil, "there is no PodSecurityPolicy in the file")
	}
	if len(f.errors) > 0 {
		return nil, f.inOrder()
	}
	return f.policies, nil
}

// file is a file while it is read. After a mistake the policies are discarded.
type file struct {
	*yamlfile.File
	policies []*Policy
	errors   diag.List
}

// inOrder returns the mistakes in file order, each once: an alias can lead to one
// often.
func (f *file) inOrder() diag.List {
	slices.SortStableFunc(f.errors, func(a, b *diag.Diagnostic) int {
		return cmp.Or(a.Range.Compare(b.Range), strings.Compare(a.Message, b.Message))
	})
	out := slices.CompactFunc(f.errors, func(a, b *diag.Diagnostic) bool { return a.Range == b.Range && a.Message == b.Message })
	return out[:min(len(out), maxErrors)]
}

// full reports whether there are so many mistakes that no more are looked for.
func (f *file) full() bool { return len(f.errors) >= 10*maxErrors }

func (f *file) fail(at *yamlfile.Node, format string, args ...any) {
	f.failHint(at, "", format, args...)
}

func (f *file) failHint(at *yamlfile.Node, hint, format string, args ...any) {
	if f.full() {
		return
	}
	d := f.Errorf(at, format, args...)
	d.Hint = hint
	f.errors = append(f.errors, d)
}

func (f *file) read(size int) {
	if size > maxSize {
		f.fail(nil, "the file has more than %d bytes", maxSize)
		return
	}
	docs, bad := f.Documents()
	if bad != nil {
		f.errors = append(f.errors, bad)
		return
	}
	for _, doc := range docs {
		if f.full() {
			return
		}
		f.object(doc)
	}
}

// object reads an object of Kubernetes.
func (f *file) object(n *yamlfile.Node) {
	if n.Kind != yamlfile.Mapping {
		f.fail(n, "not an object of Kubernetes: that is a mapping with apiVersion and kind")
		return
	}
	values := map[string]*yamlfile.Node{}
	for i := 0; i < len(n.Content); i += 2 {
		values[n.Content[i].Value] = n.Content[i+1]
	}
	kind := f.required(n, values["kind"], "kind", "an object of Kubernetes needs a kind")
	version := f.optionalText(values["apiVersion"], "apiVersion")
	items := values["items"]
	switch {
	case strings.HasSuffix(kind, "List") && items != nil && items.Kind == yamlfile.Sequence:
		for _, item := range items.Content {
			switch {
			case f.full():
				return
			case item.Kind == yamlfile.Mapping && isList(item):
				f.fail(item, "a list in a list")
			default:
				f.object(item)
			}
		}
	case kind != "PodSecurityPolicy": // such as the roles that a policy comes with
	case version != "policy/v1beta1" && version != "extensions/v1beta1":
		f.fail(n, "apiVersion is policy/v1beta1 or extensions/v1beta1, not %s", quote.Text(version))
	case len(f.policies) == maxPolicies:
		f.fail(n, "the file has more than %d policies", maxPolicies)
	default:
		f.policies = append(f.policies, f.policy(n))
	}
}

func isList(n *yamlfile.Node) bool {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == "items" {
			return true
		}
	}
	return false
}

// metadataKeys are those of the metadata of any object.
var metadataKeys = keys(
	"annotations", "clusterName", "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers", "generateName", "generation",
	"labels", "managedFields", "name", "namespace", "ownerReferences", "resourceVersion", "selfLink", "uid",
)

func keys(names ...string) map[string]bool {
	out := map[string]bool{}
	for _, n := range names {
		out[n] = true
	}
	return out
}

func (f *file) policy(n *yamlfile.Node) *Policy {
	p := &Policy{Line: n.Start.Line, AllowPrivilegeEscalation: true}
	values := f.mapping(n, "a policy", keys("apiVersion", "kind", "metadata", "spec"))
	metadata := values["metadata"]
	if metadata == nil {
		f.fail(n, "the policy needs metadata, with a name")
		return p
	}
	of := f.mapping(metadata, "metadata", metadataKeys)
	p.Name = f.required(metadata, of["name"], "name", "the policy needs a name")
	f.annotations(p, of["annotations"])
	spec := values["spec"]
	if spec == nil {
		f.fail(n, "the policy needs a spec")
		return p
	}
	f.spec(p, spec)
	return p
}

// The annotations of policies that mean something.
const (
	annotationImages          = "falco-rules-psp-images"
	annotationNamespaces      = "falco-rules-psp-namespaces"
	annotationSeccomp         = "seccomp.security.alpha.kubernetes.io/allowedProfileNames"
	annotationSeccompDefault  = "seccomp.security.alpha.kubernetes.io/defaultProfileName"
	annotationAppArmor        = "apparmor.security.beta.kubernetes.io/allowedProfileNames"
	annotationAppArmorDefault = "apparmor.security.beta.kubernetes.io/defaultProfileName"
)

func (f *file) annotations(p *Policy, n *yamlfile.Node) {
	if n == nil {
		return
	}
	values := f.mapping(n, "annotations", nil)
	for key, v := range values {
		text, ok := f.text(v, "annotation "+quote.Name(key))
		if !ok {
			continue
		}
		switch key {
		case annotationImages:
			p.Images = f.annotationList(v, text, checkImage)
			p.doubtImages()
		case annotationNamespaces:
			p.Namespaces = f.annotationList(v, text, checkNamespace)
		case annotationSeccomp:
			p.SeccompAllowed = strings.Split(text, ",")
		case annotationSeccompDefault:
			p.SeccompDefault = text
		case annotationAppArmor:
			p.AppArmorAllowed = strings.Split(text, ",")
		case annotationAppArmorDefault:
			p.AppArmorDefault = text
		}
	}
}

// annotationList reads the list in the text of an annotation, [nginx, redis], and
// checks its items.
func (f *file) annotationList(at *yamlfile.Node, text string, check func(string) error) []string {
	list, ok := listIn(text)
	if !ok {
		f.fail(at, "the annotation is a text with a list of names, such as \"[nginx, redis]\"")
	}
	for _, item := range list {
		if err := check(item); err != nil {
			f.fail(at, "%v", err)
		}
	}
	return list
}

// listIn reads a YAML list of scalars.
func listIn(text string) (list []string, ok bool) {
	docs, bad := yamlfile.Read([]byte(text))
	if bad != nil || len(docs) == 0 {
		return nil, bad == nil
	}
	for _, item := range docs[0].Content {
		if item.Kind != yamlfile.Scalar {
			return nil, false
		}
		list = append(list, item.Value)
	}
	return list, docs[0].Kind == yamlfile.Sequence
}

func (f *file) spec(p *Policy, n *yamlfile.Node) {
	readers := map[string]func(*yamlfile.Node){
		"privileged":               f.flag(&p.Privileged),
		"hostPID":                  f.flag(&p.HostPID),
		"hostIPC":                  f.flag(&p.HostIPC),
		"hostNetwork":              f.flag(&p.HostNetwork),
		"hostPorts":                func(n *yamlfile.Node) { p.HostPorts = f.ranges(n, 65535) },
		"volumes":                  f.names(&p.Volumes),
		"allowedHostPaths":         func(n *yamlfile.Node) { p.AllowedHostPaths = f.hostPaths(n) },
		"allowedFlexVolumes":       func(n *yamlfile.Node) { p.AllowedFlexVolumes = f.named(n, "driver") },
		"allowedCSIDrivers":        func(n *yamlfile.Node) { p.AllowedCSIDrivers = f.named(n, "name") },
		"readOnlyRootFilesystem":   f.flag(&p.ReadOnlyRootFilesystem),
		"allowPrivilegeEscalation": f.flag(&p.AllowPrivilegeEscalation),
		"defaultAllowPrivilegeEscalation": func(n *yamlfile.Node) {
			p.DefaultAllowPrivilegeEscalation = new(bool)
			f.flag(p.DefaultAllowPrivilegeEscalation)(n)
		},
		"allowedCapabilities":      f.names(&p.AllowedCapabilities),
		"requiredDropCapabilities": f.names(&p.RequiredDropCapabilities),
		"defaultAddCapabilities":   f.names(&p.DefaultAddCapabilities),
		"allowedProcMountTypes":    f.names(&p.AllowedProcMountTypes),
		"allowedUnsafeSysctls":     f.names(&p.AllowedUnsafeSysctls),
		"forbiddenSysctls":         f.names(&p.ForbiddenSysctls),
		"runAsUser":                f.strategy(&p.RunAsUser, MustRunAs, MustRunAsNonRoot, RunAsAny),
		"runAsGroup":               f.strategy(&p.RunAsGroup, MustRunAs, MayRunAs, RunAsAny),
		"fsGroup":                  f.strategy(&p.FSGroup, MustRunAs, MayRunAs, RunAsAny),
		"supplementalGroups":       f.strategy(&p.SupplementalGroups, MustRunAs, MayRunAs, RunAsAny),
		"seLinux":                  func(n *yamlfile.Node) { p.SELinux = f.seLinux(n) },
		"runtimeClass":             func(n *yamlfile.Node) { p.RuntimeClass = f.runtimeClass(n) },
	}
	known := map[string]bool{}
	for name := range readers {
		known[name] = true
	}
	values := f.mapping(n, "spec", known)
	for name, value := range values {
		readers[name](value)
	}
	p.doubt("volumes", p.Volumes, volumeNames())
	p.doubt("allowedProcMountTypes", p.AllowedProcMountTypes, []string{procMountDefault, "Unmasked"})
	for _, s := range []struct {
		name string
		rule *Rule
	}{{"runAsUser", &p.RunAsUser.Rule}, {"runAsGroup", &p.RunAsGroup.Rule}, {"fsGroup", &p.FSGroup.Rule}, {"supplementalGroups", &p.SupplementalGroups.Rule}, {"seLinux", &p.SELinux.Rule}} {
		if *s.rule != "" {
			continue
		}
		*s.rule = RunAsAny
		if s.name != "runAsGroup" {
			p.Doubts = append(p.Doubts, Doubt{s.name, "is not set, and Kubernetes refuses a policy without it; the rules take it for RunAsAny"})
		}
	}
}

func volumeNames() []string { return append(slices.Sorted(maps.Keys(volumeTypes)), "*") }

// mapping returns the values of a mapping, of which null ones are as if they were
// not there. Keys that are not known are mistakes; nil stands for any.
func (f *file) mapping(n *yamlfile.Node, what string, known map[string]bool) map[string]*yamlfile.Node {
	n = n.Deref()
	out := map[string]*yamlfile.Node{}
	if n.Kind != yamlfile.Mapping {
		f.fail(n, "%s is a mapping", what)
		return out
	}
	seen := map[string]bool{}
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1].Deref()
		switch {
		case key.Kind != yamlfile.Scalar || known != nil && !known[key.Value]:
			f.failHint(key, suggest.Hint(key.Value, maps.Keys(known)), "%s has no key %s", what, quote.Name(key.Value))
		case seen[key.Value]:
			f.fail(key, "%s has the key %s twice", what, quote.Name(key.Value))
		case !value.IsNull():
			out[key.Value] = value
		}
		seen[key.Value] = true
	}
	return out
}

// sequence returns the elements of a list.
func (f *file) sequence(n *yamlfile.Node) []*yamlfile.Node {
	n = n.Deref()
	if n.Kind != yamlfile.Sequence {
		f.fail(n, "this is %s: want a list", n.Describe())
		return nil
	}
	if len(n.Content) > maxItems {
		f.fail(n, "the list has more than %d elements", maxItems)
		return nil
	}
	out := make([]*yamlfile.Node, len(n.Content))
	for i, e := range n.Content {
		out[i] = e.Deref()
	}
	return out
}

// text returns the text of a node, or false after reporting that it is not one.
func (f *file) text(n *yamlfile.Node, what string) (string, bool) {
	n = n.Deref()
	ok := false
	switch {
	case n.Kind != yamlfile.Scalar || n.ShortTag() != "!!str":
		f.failHint(n, "put it in quotes if it is meant as text", "%s is not text", what)
	case len(n.Value) > maxText:
		f.fail(n, "%s has more than %d bytes", what, maxText)
	case strings.ContainsFunc(n.Value, isControl):
		f.fail(n, "%s has a character that does not print", what)
	default:
		ok = true
	}
	return n.Value, ok
}

// required returns the text of a node. If there is none, missing says so about the
// node that it belongs to.
func (f *file) required(of, n *yamlfile.Node, what, missing string) string {
	if n == nil || n.IsNull() || n.Kind == yamlfile.Scalar && n.Value == "" {
		f.fail(of, "%s", missing)
		return ""
	}
	return f.optionalText(n, what)
}

func (f *file) optionalText(n *yamlfile.Node, what string) string {
	if n == nil {
		return ""
	}
	text, _ := f.text(n, what)
	return text
}

// flag returns what reads true or false.
func (f *file) flag(out *bool) func(*yamlfile.Node) {
	return func(n *yamlfile.Node) {
		if n.Kind != yamlfile.Scalar || n.ShortTag() != "!!bool" {
			f.fail(n, "this is true or false, not %s", quote.Text(n.Value))
			return
		}
		*out = strings.EqualFold(n.Value, "true")
	}
}

func (f *file) number(n *yamlfile.Node, most int64) (v int64, ok bool) {
	v, err := strconv.ParseInt(n.Value, 10, 64)
	if n.Kind != yamlfile.Scalar || n.ShortTag() != "!!int" || err != nil || v < 0 || v > most {
		f.fail(n, "this is a number from 0 to %d", most)
		return 0, false
	}
	return v, true
}

// names returns what reads a list of names.
func (f *file) names(out *[]string) func(*yamlfile.Node) {
	return func(n *yamlfile.Node) {
		for _, e := range f.sequence(n) {
			*out = append(*out, f.optionalText(e, "an element"))
		}
	}
}

// doubt notes names that no pod can have.
func (p *Policy) doubt(property string, names, known []string) {
	for _, name := range names {
		if slices.Contains(known, name) {
			continue
		}
		text := "there is no " + quote.Text(name) + ", so this allows nothing"
		if hint := suggest.Hint(name, slices.Values(known)); hint != "" {
			text += "; " + hint
		}
		p.Doubts = append(p.Doubts, Doubt{property, text})
	}
}

// doubtImages notes images that no pod can have.
func (p *Policy) doubtImages() {
	for _, image := range p.Images {
		if !isRepository(image) {
			text := "no pod of an audit event has the image " + quote.Text(image) + ": images are cut at the first colon or @ there"
			p.Doubts = append(p.Doubts, Doubt{annotationImages, text})
		}
	}
}

// named reads a list of mappings with one key.
func (f *file) named(n *yamlfile.Node, key string) []string {
	var out []string
	for _, e := range f.sequence(n) {
		values := f.mapping(e, "an element", keys(key))
		out = append(out, f.required(e, values[key], key, "this needs a "+key))
	}
	return out
}

func (f *file) ranges(n *yamlfile.Node, most int64) []Range {
	var out []Range
	for _, e := range f.sequence(n) {
		values := f.mapping(e, "a range", keys("min", "max"))
		if values["min"] == nil || values["max"] == nil {
			f.fail(e, "a range needs min and max")
			continue
		}
		low, okLow := f.number(values["min"], most)
		high, okHigh := f.number(values["max"], most)
		if okLow && okHigh && low > high {
			f.fail(e, "min is greater than max")
		}
		out = append(out, Range{low, high})
	}
	return out
}

func (f *file) hostPaths(n *yamlfile.Node) []HostPath {
	var out []HostPath
	for _, e := range f.sequence(n) {
		values := f.mapping(e, "a host path", keys("pathPrefix", "readOnly"))
		h := HostPath{Prefix: f.required(e, values["pathPrefix"], "pathPrefix", "a host path needs a pathPrefix")}
		if v := values["readOnly"]; v != nil {
			f.flag(&h.ReadOnly)(v)
		}
		out = append(out, h)
	}
	return out
}

// rule reads a rule, which is one of these.
func (f *file) rule(at, n *yamlfile.Node, known ...Rule) Rule {
	if n == nil {
		f.fail(at, "this needs a rule")
		return ""
	}
	text, ok := f.text(n, "rule")
	rule := Rule(text)
	if ok && !slices.Contains(known, rule) {
		names := make([]string, len(known))
		for i, k := range known {
			names[i] = string(k)
		}
		f.fail(n, "there is no rule %s here; known are %s", quote.Text(string(rule)), strings.Join(names, ", "))
	}
	return rule
}

// strategy returns what reads a rule about numbers.
func (f *file) strategy(out *Strategy, known ...Rule) func(*yamlfile.Node) {
	return func(n *yamlfile.Node) {
		values := f.mapping(n, "this", keys("rule", "ranges"))
		out.Rule = f.rule(n, values["rule"], known...)
		if values["ranges"] != nil {
			out.Ranges = f.ranges(values["ranges"], maxID)
		}
		given := values["ranges"] != nil && len(values["ranges"].Content) > 0
		if (out.Rule == MustRunAs || out.Rule == MayRunAs) && !given {
			f.fail(n, "%s needs ranges", out.Rule)
		}
	}
}

// maxID is the largest number of a user or a group in a policy.
const maxID = 1<<63 - 1

func (f *file) seLinux(n *yamlfile.Node) SELinux {
	values := f.mapping(n, "seLinux", keys("rule", "seLinuxOptions"))
	s := SELinux{Rule: f.rule(n, values["rule"], MustRunAs, RunAsAny)}
	options := values["seLinuxOptions"]
	if options == nil {
		if s.Rule == MustRunAs {
			f.fail(n, "MustRunAs needs seLinuxOptions")
		}
		return s
	}
	label := f.mapping(options, "seLinuxOptions", keys("user", "role", "type", "level"))
	s.User, s.Role = f.optionalText(label["user"], "user"), f.optionalText(label["role"], "role")
	s.Type, s.Level = f.optionalText(label["type"], "type"), f.optionalText(label["level"], "level")
	return s
}

func (f *file) runtimeClass(n *yamlfile.Node) *RuntimeClass {
	values := f.mapping(n, "runtimeClass", keys("allowedRuntimeClassNames", "defaultRuntimeClassName"))
	class := &RuntimeClass{Default: f.optionalText(values["defaultRuntimeClassName"], "defaultRuntimeClassName")}
	if v := values["allowedRuntimeClassNames"]; v != nil {
		f.names(&class.Allowed)(v)
	}
	return class
}

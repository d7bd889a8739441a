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

// Limits, far above those of real policies.
const (
	maxSize     = 8 << 20 // of a file, in bytes
	maxPolicies = 1000    // in a file
	maxItems    = 1000    // in a list
	maxText     = 4096    // of a string, in bytes
	maxErrors   = 100     // reported per file
)

// Read parses the PodSecurityPolicies in a YAML or JSON file, which may have several
// documents and Lists as printed by kubectl. It skips other objects. name is the name
// of the file in errors.
//
// If the file is invalid or has no policies, the error is a [diag.List] of up to 100
// errors in file order. All other errors are from r.
func Read(r io.Reader, name string) ([]*Policy, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	f := &file{File: yamlfile.NewFile(name, data)}
	f.read(len(data))
	if len(f.errors) == 0 && len(f.policies) == 0 {
		f.fail(nil, "the file has no PodSecurityPolicy")
	}
	if len(f.errors) > 0 {
		return nil, f.inOrder()
	}
	return f.policies, nil
}

// file is a file being read. If there are errors, the policies are not used.
type file struct {
	*yamlfile.File
	policies []*Policy
	errors   diag.List
}

// inOrder returns the errors in file order. It drops duplicates, which occur if several
// aliases refer to an invalid node.
func (f *file) inOrder() diag.List {
	slices.SortStableFunc(f.errors, func(a, b *diag.Diagnostic) int {
		return cmp.Or(a.Range.Compare(b.Range), strings.Compare(a.Message, b.Message))
	})
	out := slices.CompactFunc(f.errors, func(a, b *diag.Diagnostic) bool { return a.Range == b.Range && a.Message == b.Message })
	return out[:min(len(out), maxErrors)]
}

// full reports whether there are enough errors to stop reading.
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

// object reads a Kubernetes object.
func (f *file) object(n *yamlfile.Node) {
	if n.Kind != yamlfile.Mapping {
		f.fail(n, "not a Kubernetes object: want a mapping with apiVersion and kind")
		return
	}
	values := map[string]*yamlfile.Node{}
	for i := 0; i < len(n.Content); i += 2 {
		values[n.Content[i].Value] = n.Content[i+1]
	}
	kind := f.required(n, values["kind"], "Kubernetes object", "kind")
	version := f.optionalText(values["apiVersion"], "apiVersion")
	items := values["items"]
	switch {
	case strings.HasSuffix(kind, "List") && items != nil && items.Kind == yamlfile.Sequence:
		for _, item := range items.Content {
			switch {
			case f.full():
				return
			case item.Kind == yamlfile.Mapping && isList(item):
				f.fail(item, "nested lists are not supported")
			default:
				f.object(item)
			}
		}
	case kind != "PodSecurityPolicy": // such as the roles that a policy comes with
	case version != "policy/v1beta1" && version != "extensions/v1beta1":
		f.fail(n, "invalid apiVersion %s: want policy/v1beta1 or extensions/v1beta1", quote.Text(version))
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

// metadataKeys are the metadata keys of Kubernetes objects.
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
	values := f.mapping(n, "policy", keys("apiVersion", "kind", "metadata", "spec"))
	metadata := values["metadata"]
	if metadata == nil {
		f.missing(n, "policy", "metadata")
		return p
	}
	of := f.mapping(metadata, "metadata", metadataKeys)
	p.Name = f.required(metadata, of["name"], "metadata", "name")
	f.annotations(p, of["annotations"])
	spec := values["spec"]
	if spec == nil {
		f.missing(n, "policy", "spec")
		return p
	}
	f.spec(p, spec)
	return p
}

// The annotations of policies that affect the rules.
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
			p.warnImages()
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

// annotationList parses the text of an annotation as a list, such as [nginx, redis],
// and checks its items.
func (f *file) annotationList(at *yamlfile.Node, text string, check func(string) error) []string {
	list, ok := listIn(text)
	if !ok {
		f.fail(at, "invalid annotation: want a list in quotes, such as \"[nginx, redis]\"")
	}
	for _, item := range list {
		if err := check(item); err != nil {
			f.fail(at, "%v", err)
		}
	}
	return list
}

// listIn parses a YAML list of scalars.
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
		"allowedFlexVolumes":       func(n *yamlfile.Node) { p.AllowedFlexVolumes = f.named(n, "FlexVolume", "driver") },
		"allowedCSIDrivers":        func(n *yamlfile.Node) { p.AllowedCSIDrivers = f.named(n, "CSI driver", "name") },
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
		"runAsUser":                f.strategy("runAsUser", &p.RunAsUser, MustRunAs, MustRunAsNonRoot, RunAsAny),
		"runAsGroup":               f.strategy("runAsGroup", &p.RunAsGroup, MustRunAs, MayRunAs, RunAsAny),
		"fsGroup":                  f.strategy("fsGroup", &p.FSGroup, MustRunAs, MayRunAs, RunAsAny),
		"supplementalGroups":       f.strategy("supplementalGroups", &p.SupplementalGroups, MustRunAs, MayRunAs, RunAsAny),
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
	p.warnUnknown("volumes", "volume type", p.Volumes, volumeNames())
	p.warnUnknown("allowedProcMountTypes", "/proc mount type", p.AllowedProcMountTypes, []string{procMountDefault, "Unmasked"})
	p.setMissingRules()
}

// setMissingRules sets rules that the policy omits, with a warning if Kubernetes
// requires them.
func (p *Policy) setMissingRules() {
	for _, s := range []struct {
		name string
		rule *Rule
	}{{"runAsUser", &p.RunAsUser.Rule}, {"runAsGroup", &p.RunAsGroup.Rule}, {"fsGroup", &p.FSGroup.Rule}, {"supplementalGroups", &p.SupplementalGroups.Rule}, {"seLinux", &p.SELinux.Rule}} {
		if *s.rule != "" {
			continue
		}
		*s.rule = RunAsAny
		if s.name != "runAsGroup" {
			p.Warnings = append(p.Warnings, Warning{s.name, "not set, so Kubernetes rejects the policy; the rules assume RunAsAny"})
		}
	}
}

func volumeNames() []string { return append(slices.Sorted(maps.Keys(volumeTypes)), "*") }

// mapping returns the values of a mapping, without those that are null. It reports keys
// that are not in known, unless known is nil.
func (f *file) mapping(n *yamlfile.Node, what string, known map[string]bool) map[string]*yamlfile.Node {
	n = n.Deref()
	out := map[string]*yamlfile.Node{}
	if n.Kind != yamlfile.Mapping {
		f.fail(n, "%s must be a mapping, not %s", what, n.Describe())
		return out
	}
	seen := map[string]bool{}
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1].Deref()
		switch {
		case key.Kind != yamlfile.Scalar || known != nil && !known[key.Value]:
			f.failHint(key, suggest.Hint(key.Value, maps.Keys(known)), "%s: unknown key %s", what, quote.Text(key.Value))
		case seen[key.Value]:
			f.fail(key, "%s: duplicate key %s", what, quote.Text(key.Value))
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
		f.fail(n, "must be a list, not %s", n.Describe())
		return nil
	}
	if len(n.Content) > maxItems {
		f.fail(n, "list of %d elements exceeds the limit of %d", len(n.Content), maxItems)
		return nil
	}
	out := make([]*yamlfile.Node, len(n.Content))
	for i, e := range n.Content {
		out[i] = e.Deref()
	}
	return out
}

// text returns the text of a node. It reports invalid nodes and returns false for them.
func (f *file) text(n *yamlfile.Node, what string) (string, bool) {
	n = n.Deref()
	ok := false
	switch {
	case n.Kind != yamlfile.Scalar || n.ShortTag() != "!!str":
		hint := ""
		if n.Kind == yamlfile.Scalar && n.Value != "" {
			hint = "put it in quotes to make it text"
		}
		f.failHint(n, hint, "%s must be text, not %s", what, n.Describe())
	case len(n.Value) > maxText:
		f.fail(n, "%s of %d bytes exceeds the limit of %d", what, len(n.Value), maxText)
	case strings.ContainsFunc(n.Value, isControl):
		f.fail(n, "%s contains an unprintable character", what)
	default:
		ok = true
	}
	return n.Value, ok
}

// missing reports that a mapping lacks a required key.
func (f *file) missing(mapping *yamlfile.Node, what, key string) {
	f.fail(mapping, "%s: missing key %q", what, key)
}

// required returns the text of n, the value of a required key in a mapping. n is nil if
// the mapping lacks the key.
func (f *file) required(mapping, n *yamlfile.Node, what, key string) string {
	switch {
	case n == nil || n.IsNull():
		f.missing(mapping, what, key)
		return ""
	case n.Kind == yamlfile.Scalar && n.Value == "":
		f.fail(mapping, "%s: %s is empty", what, key)
		return ""
	}
	return f.optionalText(n, key)
}

// optionalText returns the text of n, or the empty string if n is nil.
func (f *file) optionalText(n *yamlfile.Node, what string) string {
	if n == nil {
		return ""
	}
	text, _ := f.text(n, what)
	return text
}

// flag returns a function that stores a boolean in out.
func (f *file) flag(out *bool) func(*yamlfile.Node) {
	return func(n *yamlfile.Node) {
		if n.Kind != yamlfile.Scalar || n.ShortTag() != "!!bool" {
			f.fail(n, "invalid value %s: want true or false", describe(n))
			return
		}
		*out = strings.EqualFold(n.Value, "true")
	}
}

// describe returns a scalar in quotes and, for any other node, its kind.
func describe(n *yamlfile.Node) string {
	if n.Kind == yamlfile.Scalar {
		return quote.Text(n.Value)
	}
	return "(" + n.Describe() + ")"
}

func (f *file) number(n *yamlfile.Node, most int64) (v int64, ok bool) {
	v, err := strconv.ParseInt(n.Value, 10, 64)
	if n.Kind != yamlfile.Scalar || n.ShortTag() != "!!int" || err != nil || v < 0 || v > most {
		f.fail(n, "invalid number %s: want 0 to %d", describe(n), most)
		return 0, false
	}
	return v, true
}

// names returns a function that stores a list of names in out.
func (f *file) names(out *[]string) func(*yamlfile.Node) {
	return func(n *yamlfile.Node) {
		for _, e := range f.sequence(n) {
			*out = append(*out, f.optionalText(e, "element"))
		}
	}
}

// warnUnknown warns about names that no pod can have.
func (p *Policy) warnUnknown(property, what string, names, known []string) {
	for _, name := range names {
		if slices.Contains(known, name) {
			continue
		}
		text := "unknown " + what + " " + quote.Text(name) + " allows nothing"
		if hint := suggest.Hint(name, slices.Values(known)); hint != "" {
			text += "; " + hint
		}
		p.Warnings = append(p.Warnings, Warning{property, text})
	}
}

// warnImages warns about images that no pod can have.
func (p *Policy) warnImages() {
	for _, image := range p.Images {
		if !isRepository(image) {
			text := "image " + quote.Text(image) + " matches no pod: image names in audit events have no tag or digest"
			p.Warnings = append(p.Warnings, Warning{annotationImages, text})
		}
	}
}

// named reads a list of mappings with a single key, such as [{driver: d}].
func (f *file) named(n *yamlfile.Node, what, key string) []string {
	var out []string
	for _, e := range f.sequence(n) {
		values := f.mapping(e, what, keys(key))
		out = append(out, f.required(e, values[key], what, key))
	}
	return out
}

func (f *file) ranges(n *yamlfile.Node, most int64) []Range {
	var out []Range
	for _, e := range f.sequence(n) {
		values := f.mapping(e, "range", keys("min", "max"))
		if values["min"] == nil || values["max"] == nil {
			f.fail(e, "range: want both min and max")
			continue
		}
		low, okLow := f.number(values["min"], most)
		high, okHigh := f.number(values["max"], most)
		if okLow && okHigh && low > high {
			f.fail(e, "range: min is greater than max")
		}
		out = append(out, Range{low, high})
	}
	return out
}

func (f *file) hostPaths(n *yamlfile.Node) []HostPath {
	var out []HostPath
	for _, e := range f.sequence(n) {
		values := f.mapping(e, "host path", keys("pathPrefix", "readOnly"))
		h := HostPath{Prefix: f.required(e, values["pathPrefix"], "host path", "pathPrefix")}
		if v := values["readOnly"]; v != nil {
			f.flag(&h.ReadOnly)(v)
		}
		out = append(out, h)
	}
	return out
}

// rule reads n, the rule of a property. n is nil if the mapping lacks the key.
func (f *file) rule(mapping, n *yamlfile.Node, property string, known ...Rule) Rule {
	if n == nil {
		f.missing(mapping, property, "rule")
		return ""
	}
	text, ok := f.text(n, "rule")
	rule := Rule(text)
	if ok && !slices.Contains(known, rule) {
		names := make([]string, len(known))
		for i, k := range known {
			names[i] = string(k)
		}
		last := len(names) - 1
		f.fail(n, "invalid rule %s for %s: want %s or %s", quote.Text(string(rule)), property, strings.Join(names[:last], ", "), names[last])
	}
	return rule
}

// strategy returns a function that stores the strategy of a property in out.
func (f *file) strategy(property string, out *Strategy, known ...Rule) func(*yamlfile.Node) {
	return func(n *yamlfile.Node) {
		values := f.mapping(n, property, keys("rule", "ranges"))
		out.Rule = f.rule(n, values["rule"], property, known...)
		if values["ranges"] != nil {
			out.Ranges = f.ranges(values["ranges"], maxID)
		}
		given := values["ranges"] != nil && len(values["ranges"].Content) > 0
		if (out.Rule == MustRunAs || out.Rule == MayRunAs) && !given {
			f.fail(n, "%s: %s needs ranges", property, out.Rule)
		}
	}
}

// maxID is the largest user or group ID in a policy.
const maxID = 1<<63 - 1

func (f *file) seLinux(n *yamlfile.Node) SELinux {
	values := f.mapping(n, "seLinux", keys("rule", "seLinuxOptions"))
	s := SELinux{Rule: f.rule(n, values["rule"], "seLinux", MustRunAs, RunAsAny)}
	options := values["seLinuxOptions"]
	if options == nil {
		if s.Rule == MustRunAs {
			f.fail(n, "seLinux: MustRunAs needs seLinuxOptions")
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

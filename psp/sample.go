package psp

import (
	"bytes"
	"encoding/json"
	"slices"
)

// object is a JSON object with ordered members. Some rules depend on the order in which
// the API server writes them.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(jsonText(m.name) + ":")
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// set sets the value of a member. It removes the member if value is nil.
func (o *object) set(name string, value any) {
	i := slices.IndexFunc(*o, func(m member) bool { return m.name == name })
	switch {
	case value == nil && i >= 0:
		*o = slices.Delete(*o, i, i+1)
	case value == nil:
	case i >= 0:
		(*o)[i].value = value
	default:
		*o = append(*o, member{name, value})
	}
}

// sample is a pod with one container, for a test.
type sample struct {
	annotations, spec, context object // of the pod; context is its security context
	container, own             object // own is the security context of the container
	image, namespace           string
}

// notListed is a name that policies are unlikely to allow.
const notListed = "not-in-the-list"

// clone returns a copy that can be changed.
func (s sample) clone() sample {
	for _, o := range []*object{&s.annotations, &s.spec, &s.context, &s.container, &s.own} {
		*o = slices.Clone(*o)
	}
	return s
}

// event returns the audit event for the creation of the pod, as JSON.
func (s sample) event() string {
	container := append(object{{"name", "app"}, {"image", s.image}}, s.container...)
	if len(s.own) > 0 {
		container.set("securityContext", s.own)
	}
	metadata := object{{"name", "sample"}, {"namespace", s.namespace}}
	if len(s.annotations) > 0 {
		metadata.set("annotations", s.annotations)
	}
	spec := append(object{{"containers", []object{container}}}, s.spec...)
	spec.set("securityContext", s.context)
	if s.context == nil {
		spec.set("securityContext", object{})
	}
	pod := object{{"kind", "Pod"}, {"apiVersion", "v1"}, {"metadata", metadata}, {"spec", spec}}
	data, err := json.Marshal(object{
		{"kind", "Event"}, {"apiVersion", "audit.k8s.io/v1"}, {"auditID", "1"}, {"stage", "ResponseComplete"}, {"verb", "create"},
		{"user", object{{"username", "admin"}}},
		{"objectRef", object{{"resource", "pods"}, {"namespace", s.namespace}, {"name", "sample"}}},
		{"requestObject", pod}, {"responseObject", pod},
		{"stageTimestamp", "2026-03-01T10:20:30.000000Z"},
	})
	if err != nil {
		panic(err) // strings, numbers and lists can always be encoded
	}
	return string(data)
}

// inScope returns a pod with one of images in one of namespaces. It returns false if no
// pod can have one of the images.
func inScope(images, namespaces []string) (sample, bool) {
	s := sample{image: "nginx", namespace: "default"}
	if len(namespaces) > 0 {
		s.namespace = namespaces[0]
	}
	if len(images) == 0 {
		return s, true
	}
	i := slices.IndexFunc(images, isRepository)
	if i < 0 {
		return s, false
	}
	s.image = images[i]
	return s, true
}

// conform changes the pod so that the policy admits it unchanged. It returns the
// properties that every pod violates.
func (s *sample) conform(p *Policy) (violated []string) {
	if p.ReadOnlyRootFilesystem {
		s.own.set("readOnlyRootFilesystem", true)
	}
	if !p.AllowPrivilegeEscalation || p.DefaultAllowPrivilegeEscalation != nil {
		s.own.set("allowPrivilegeEscalation", false)
	}
	switch p.RunAsUser.Rule {
	case MustRunAs:
		s.own.set("runAsUser", p.RunAsUser.Ranges[0].Min)
	case MustRunAsNonRoot:
		s.own.set("runAsNonRoot", true)
	}
	if p.RunAsGroup.Rule == MustRunAs {
		s.own.set("runAsGroup", p.RunAsGroup.Ranges[0].Min)
	}
	if p.FSGroup.Rule == MustRunAs {
		s.context.set("fsGroup", p.FSGroup.Ranges[0].Min)
	}
	if p.SupplementalGroups.Rule == MustRunAs {
		s.context.set("supplementalGroups", []int64{p.SupplementalGroups.Ranges[0].Min})
	}
	if p.SELinux.Rule == MustRunAs {
		s.context.set("seLinuxOptions", p.SELinux.label())
	}
	if types := p.AllowedProcMountTypes; len(types) > 0 && !has(types, procMountDefault) {
		s.own.set("procMount", types[0])
	}
	s.own.set("capabilities", p.capabilities())
	if !s.setSeccomp(p) {
		violated = append(violated, "seccomp")
	}
	if !s.setAppArmor(p) {
		violated = append(violated, "appArmor")
	}
	if class := p.RuntimeClass; class != nil && class.Default != "" {
		s.spec.set("runtimeClassName", class.Default)
		switch {
		case has(class.Allowed, "*") || has(class.Allowed, class.Default):
		case len(class.Allowed) > 0:
			s.spec.set("runtimeClassName", class.Allowed[0])
		default:
			violated = append(violated, "runtimeClass")
		}
	}
	return violated
}

func (s SELinux) label() object {
	return object{{"user", s.User}, {"role", s.Role}, {"type", s.Type}, {"level", s.Level}}
}

// capabilities returns the capabilities that a container must add and drop, sorted.
func (p *Policy) capabilities() object {
	drop := slices.Sorted(slices.Values(p.RequiredDropCapabilities))
	var add []string
	for _, c := range slices.Sorted(slices.Values(p.DefaultAddCapabilities)) {
		if !has(drop, c) {
			add = append(add, c)
		}
	}
	var out object
	if len(add) > 0 {
		out.set("add", slices.Compact(add))
	}
	if len(drop) > 0 {
		out.set("drop", slices.Compact(drop))
	}
	return out
}

// setSeccomp sets the profile that the policy demands, if any. It reports false if no
// profile satisfies the policy.
func (s *sample) setSeccomp(p *Policy) bool {
	allowed, limited := p.seccompProfiles()
	switch profile := p.SeccompDefault; {
	case !limited || has(allowed, profile):
		if profile != "" {
			s.annotations.set(seccompPodAnnotation, profile)
		}
		return true
	case profile != "" && len(allowed) == 1 && allowed[0] == "":
		s.annotations.set(seccompPodAnnotation, profile)
		return false
	}
	s.annotations.set(seccompPodAnnotation, allowed[len(allowed)-1]) // the empty one comes first
	return true
}

// setAppArmor is setSeccomp for the profile of the container.
func (s *sample) setAppArmor(p *Policy) bool {
	profile := p.AppArmorDefault
	fine := p.AppArmorAllowed == nil
	for _, allowed := range p.AppArmorAllowed {
		if allowed != "" {
			profile, fine = allowed, true
		}
	}
	if profile != "" {
		s.annotations.set(appArmorAnnotation+"app", profile)
	}
	return fine
}

package psp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
)

// sampleTest is a test of a suite: a pod, and the rules that fire on its creation.
type sampleTest struct {
	name  string
	event string
	rules []string
	// silent are rules that do not fire, where others may that the test says nothing
	// of. Without them no other one does.
	silent []string
}

// WriteSuite writes a suite of tests of the rules over audit events, which falcorules
// test runs: pods that break one property or check each, and one that breaks none.
// The file with the rules of k8s_audit is named as seen from the suite. The error is one of w.
func (c *Conversion) WriteSuite(w io.Writer, rulesFile string) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s; falcorules test runs it.\n", GeneratedMark)
	fmt.Fprintf(out, "rules: %s\nmatching: all\ntests:\n", scalar(rulesFile))
	n := 0
	for _, s := range c.sections {
		for _, test := range s.tests {
			n++
			fmt.Fprintf(out, "  - name: %s\n    event: %s\n", scalar(s.title+": "+test.name), test.event)
			if len(test.rules) > 0 || len(test.silent) == 0 {
				writeNames(out, "expect", test.rules)
			}
			if len(test.silent) > 0 {
				writeNames(out, "reject", test.silent)
			}
		}
	}
	if n == 0 && slices.ContainsFunc(c.Rules, func(r RuleInfo) bool { return r.Source == K8sAudit }) {
		return errors.New("there is nothing to test: no pod of an audit event has one of the images that the policy names")
	}
	if n == 0 {
		return errors.New("there is nothing to test: no rule is about the source k8s_audit")
	}
	return out.Flush()
}

func writeNames(out io.Writer, key string, rules []string) {
	if len(rules) == 0 {
		fmt.Fprintf(out, "    %s: []\n", key)
		return
	}
	fmt.Fprintf(out, "    %s:\n", key)
	for _, r := range rules {
		fmt.Fprintf(out, "      - %s\n", scalar(r))
	}
}

// besideOthers makes the tests say something of this policy's rules alone, as those
// of other policies in the file fire on its pods, too. Where all its rules fire on a
// pod there is none to tell that by, and no test.
func (b *builder) besideOthers() {
	var tests []sampleTest
	for _, test := range b.tests {
		for _, r := range b.rules {
			if r.Source == K8sAudit && !has(test.rules, r.Name) {
				test.silent = append(test.silent, r.Name)
			}
		}
		if len(test.silent) > 0 {
			tests = append(tests, test)
		}
	}
	b.tests = tests
}

// audited returns the rules over audit events about some properties.
func (b *builder) audited(kind Kind, properties ...string) []string {
	var out []string
	for _, r := range b.rules {
		if r.Kind == kind && r.Source == K8sAudit && slices.Contains(properties, r.Property) {
			out = append(out, r.Name)
		}
	}
	return out
}

// policyTests adds tests of a policy's rules.
func (b *builder) policyTests(p *Policy, namespaces []string) {
	base, ok := inScope(p.Images, namespaces)
	if !ok || !b.options.has(K8sAudit) {
		return
	}
	always := base.conforming(p)
	b.test("a pod that breaks nothing", base, b.audited(Violation, always...))
	empty, _ := inScope(p.Images, namespaces)
	b.test("a pod that says nothing", empty, b.bare(p))
	for _, prop := range properties {
		rules := b.audited(Violation, prop.name)
		breaker := breakers[prop.name]
		if len(rules) == 0 || breaker == nil {
			continue
		}
		if s := base.clone(); breaker(p, &s) {
			b.test("a pod that breaks "+prop.name, s, b.audited(Violation, append(always, prop.name)...))
		}
	}
}

func (b *builder) test(name string, s sample, rules []string) {
	b.tests = append(b.tests, sampleTest{name: name, event: s.event(), rules: rules})
}

// bare returns what fires on a pod that says nothing: what it breaks although it
// gets the defaults, and the defaults.
func (b *builder) bare(p *Policy) []string {
	var broken, given []string
	add := func(list *[]string, name string, ok bool) {
		if ok {
			*list = append(*list, name)
		}
	}
	profiles, limited := p.seccompProfiles()
	add(&broken, "seccomp", limited && !has(profiles, p.SeccompDefault))
	add(&broken, "appArmor", p.AppArmorAllowed != nil && (p.AppArmorDefault == "" || !has(p.AppArmorAllowed, p.AppArmorDefault)))
	add(&broken, "allowedProcMountTypes", len(p.AllowedProcMountTypes) > 0 && !has(p.AllowedProcMountTypes, procMountDefault))
	escalates := p.DefaultAllowPrivilegeEscalation
	add(&broken, "allowPrivilegeEscalation", escalates != nil && *escalates && !p.AllowPrivilegeEscalation)
	class := p.RuntimeClass
	add(&broken, "runtimeClass", class != nil && class.Default != "" && !has(class.Allowed, class.Default) && !has(class.Allowed, "*"))
	for _, prop := range properties {
		switch prop.name {
		case "seccomp":
			add(&given, prop.name, p.SeccompDefault != "")
		case "requiredDropCapabilities":
			add(&given, prop.name, len(p.RequiredDropCapabilities) > 0)
		case "defaultAddCapabilities":
			add(&given, prop.name, len(p.DefaultAddCapabilities) > 0)
		default:
			add(&given, prop.name, true)
		}
	}
	return append(b.audited(Violation, broken...), b.audited(Mutation, given...)...)
}

// standardTests adds tests of the rules of a standard. Those of other levels in the
// file fire, too, on what they forbid.
func (b *builder) standardTests(levels []*builder, minor int, namespaces []string) {
	base, _ := inScope(nil, namespaces)
	base.context.set("runAsNonRoot", true)
	base.own.set("allowPrivilegeEscalation", false)
	base.own.set("capabilities", object{{"drop", []string{"ALL"}}})
	base.own.set("seccompProfile", object{{"type", "RuntimeDefault"}})
	b.test("a pod that breaks nothing", base, nil)
	for _, c := range controls {
		breaks := standardBreakers[c.id]
		if len(b.audited(Violation, c.id)) == 0 || c.in(minor) == nil {
			continue
		}
		s := base.clone()
		breaks.change(&s)
		var rules []string
		for _, other := range levels {
			rules = append(rules, other.audited(Violation, append(breaks.also, c.id)...)...)
		}
		b.test("a pod that breaks "+c.id, s, rules)
	}
}

// standardBreaker makes a pod break a check, and others that forbid the same.
type standardBreaker struct {
	change func(s *sample)
	also   []string
}

var standardBreakers = map[string]standardBreaker{
	"appArmorProfile": {func(s *sample) { s.own.set("appArmorProfile", object{{"type", "Unconfined"}}) }, nil},
	"capabilities_baseline": {func(s *sample) {
		s.own.set("capabilities", object{{"add", []string{"SYS_ADMIN"}}, {"drop", []string{"ALL"}}})
	}, []string{"capabilities_restricted"}},
	"hostNamespaces":  {func(s *sample) { s.spec.set("hostPID", true) }, nil},
	"hostPathVolumes": {func(s *sample) { s.setVolume("hostPath", object{{"path", "/etc"}}) }, []string{"restrictedVolumes"}},
	"hostPorts":       {func(s *sample) { s.container.set("ports", []object{{{"hostPort", 80}, {"containerPort", 80}}}) }, nil},
	"hostProbesAndHostLifecycle": {func(s *sample) {
		s.container.set("livenessProbe", object{{"tcpSocket", object{{"port", 80}, {"host", "example.com"}}}})
	}, nil},
	"privileged":     {func(s *sample) { s.own.set("privileged", true) }, nil},
	"procMount":      {func(s *sample) { s.own.set("procMount", "Unmasked") }, []string{"procMount_restricted"}},
	"seLinuxOptions": {func(s *sample) { s.own.set("seLinuxOptions", object{{"user", "root"}}) }, nil},
	"seccompProfile_baseline": {func(s *sample) {
		s.own.set("seccompProfile", object{{"type", "Unconfined"}})
		s.annotations.set(seccompPodAnnotation, seccompUnconfined) // what older versions look at
	}, []string{"seccompProfile_restricted"}},
	"sysctls":                  {func(s *sample) { s.context.set("sysctls", []object{{{"name", "kernel.sem"}, {"value", "1"}}}) }, nil},
	"windowsHostProcess":       {func(s *sample) { s.own.set("windowsOptions", object{{"hostProcess", true}}) }, nil},
	"allowPrivilegeEscalation": {func(s *sample) { s.own.set("allowPrivilegeEscalation", nil) }, nil},
	"capabilities_restricted":  {func(s *sample) { s.own.set("capabilities", nil) }, nil},
	"procMount_restricted": {func(s *sample) {
		s.own.set("procMount", "Unmasked")
		s.spec.set("hostUsers", false)
	}, nil},
	"restrictedVolumes":         {func(s *sample) { s.setVolume("nfs", nil) }, nil},
	"runAsNonRoot":              {func(s *sample) { s.context.set("runAsNonRoot", nil) }, nil},
	"runAsUser":                 {func(s *sample) { s.own.set("runAsUser", 0) }, nil},
	"seccompProfile_restricted": {func(s *sample) { s.own.set("seccompProfile", nil) }, nil},
}

package psp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
)

// sampleTest is a test of a suite.
type sampleTest struct {
	name  string
	event string   // the creation of a pod
	rules []string // the rules that fire
	// silent lists rules that must not fire. If it is empty, no rules other than those
	// in rules may fire.
	silent []string
}

// WriteSuite writes a test suite for the k8s_audit rules. It has a pod that violates
// nothing, and for each property or check a pod that violates only that. rulesFile is
// the path of the rules file relative to the suite. WriteSuite returns an error if
// there is nothing to test or w fails.
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
		return errors.New("nothing to test: no pod can have one of the images that the policy names")
	}
	if n == 0 {
		return errors.New("nothing to test: there are no rules for the source k8s_audit")
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

// checkOwnRulesOnly makes the tests ignore rules of other policies in the file, which
// may fire on the same pods. It drops tests in which all of the policy's rules fire,
// because they would reject nothing.
func (b *builder) checkOwnRulesOnly() {
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

// auditRules returns the names of the k8s_audit rules for some properties.
func (b *builder) auditRules(kind Kind, properties ...string) []string {
	var out []string
	for _, r := range b.rules {
		if r.Kind == kind && r.Source == K8sAudit && slices.Contains(properties, r.Property) {
			out = append(out, r.Name)
		}
	}
	return out
}

// policyTests adds tests for the rules of a policy.
func (b *builder) policyTests(p *Policy, namespaces []string) {
	base, ok := inScope(p.Images, namespaces)
	if !ok || !b.options.has(K8sAudit) {
		return
	}
	always := base.conform(p)
	b.test("a pod that violates nothing", base, b.auditRules(Violation, always...))
	empty, _ := inScope(p.Images, namespaces)
	b.test("a pod that sets nothing", empty, b.rulesForEmptyPod(p))
	for _, prop := range properties {
		rules := b.auditRules(Violation, prop.name)
		violate := violators[prop.name]
		if len(rules) == 0 || violate == nil {
			continue
		}
		if s := base.clone(); violate(p, &s) {
			b.test("a pod that violates "+prop.name, s, b.auditRules(Violation, append(always, prop.name)...))
		}
	}
}

func (b *builder) test(name string, s sample, rules []string) {
	b.tests = append(b.tests, sampleTest{name: name, event: s.event(), rules: rules})
}

// rulesForEmptyPod returns the rules that fire on a pod that sets nothing: those for
// the defaults that it gets, and for what it violates even with the defaults.
func (b *builder) rulesForEmptyPod(p *Policy) []string {
	var violated, mutated []string
	add := func(list *[]string, name string, ok bool) {
		if ok {
			*list = append(*list, name)
		}
	}
	profiles, limited := p.seccompProfiles()
	add(&violated, "seccomp", limited && !has(profiles, p.SeccompDefault))
	add(&violated, "appArmor", p.AppArmorAllowed != nil && (p.AppArmorDefault == "" || !has(p.AppArmorAllowed, p.AppArmorDefault)))
	add(&violated, "allowedProcMountTypes", len(p.AllowedProcMountTypes) > 0 && !has(p.AllowedProcMountTypes, procMountDefault))
	escalates := p.DefaultAllowPrivilegeEscalation
	add(&violated, "allowPrivilegeEscalation", escalates != nil && *escalates && !p.AllowPrivilegeEscalation)
	class := p.RuntimeClass
	add(&violated, "runtimeClass", class != nil && class.Default != "" && !has(class.Allowed, class.Default) && !has(class.Allowed, "*"))
	for _, prop := range properties {
		switch prop.name {
		case "seccomp":
			add(&mutated, prop.name, p.SeccompDefault != "")
		case "requiredDropCapabilities":
			add(&mutated, prop.name, len(p.RequiredDropCapabilities) > 0)
		case "defaultAddCapabilities":
			add(&mutated, prop.name, len(p.DefaultAddCapabilities) > 0)
		default:
			add(&mutated, prop.name, true)
		}
	}
	return append(b.auditRules(Violation, violated...), b.auditRules(Mutation, mutated...)...)
}

// standardTests adds tests for the rules of a level. The rules of other levels in the
// file may fire, too.
func (b *builder) standardTests(levels []*builder, minor int, namespaces []string) {
	base, _ := inScope(nil, namespaces)
	base.context.set("runAsNonRoot", true)
	base.own.set("allowPrivilegeEscalation", false)
	base.own.set("capabilities", object{{"drop", []string{"ALL"}}})
	base.own.set("seccompProfile", object{{"type", "RuntimeDefault"}})
	b.test("a pod that violates nothing", base, nil)
	for _, c := range controls {
		violator := standardViolators[c.id]
		if len(b.auditRules(Violation, c.id)) == 0 || c.in(minor) == nil {
			continue
		}
		s := base.clone()
		violator.change(&s)
		var rules []string
		for _, other := range levels {
			rules = append(rules, other.auditRules(Violation, append(violator.also, c.id)...)...)
		}
		b.test("a pod that violates "+c.id, s, rules)
	}
}

// standardViolator changes a conforming pod so that it violates one check.
type standardViolator struct {
	change func(s *sample)
	also   []string // other checks that forbid the same
}

var standardViolators = map[string]standardViolator{
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
		s.annotations.set(seccompPodAnnotation, seccompUnconfined) // for older versions
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

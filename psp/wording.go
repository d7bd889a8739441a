package psp

import "fmt"

// wording has the words in the descriptions and outputs of rules that depend on
// whether they are for a policy or a standard.
type wording struct {
	noun         string // "policy" or "standard"
	outputPrefix string
	auditSuffix  string // of the names of k8s_audit rules
}

func policyWording(name string) wording {
	return wording{"policy", "Pod Security Policy " + name, " K8s Audit"}
}

func standardWording(level Level) wording {
	return wording{"standard", "Pod Security Standard " + string(level), ""}
}

// audit returns the description and the beginning of the output of a rule for audit
// events.
func (w wording) audit(kind Kind, property, detail, title string) (desc, output string) {
	name := detailed(kind, property, detail)
	switch kind {
	case Mutation:
		return fmt.Sprintf("The %s would have set a default for %s. Without the %s, the pod runs without the default.", w.noun, property, w.noun),
			fmt.Sprintf("%s would set %s--pod runs without it", w.outputPrefix, name)
	case Limit:
		return fmt.Sprintf("A pod has more %s than the rules can check.", title),
			fmt.Sprintf("%s is only partly checked--pod has more than %s %s", w.outputPrefix, detail, title)
	}
	return fmt.Sprintf("The %s would have rejected the pod because of %s: %s.", w.noun, property, title),
		fmt.Sprintf("%s validation failure--pod violates %s: %s", w.outputPrefix, name, title)
}

// activity returns the description and the beginning of the output of a rule for
// system calls.
func (w wording) activity(property, title string) (desc, output string) {
	return fmt.Sprintf("A container violates the %s (%s): %s.", w.noun, property, title),
		fmt.Sprintf("%s validation failure--%s", w.outputPrefix, title)
}

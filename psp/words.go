package psp

import "fmt"

// words are what rules say of a policy, or of a standard.
type words struct {
	// the is what they call it, failure how their outputs begin.
	the, failure string
	// auditSuffix ends the names of rules over audit events.
	auditSuffix string
}

func policyWords(name string) words {
	return words{"policy", "Pod Security Policy " + name, " K8s Audit"}
}

func standardWords(level Level) words {
	return words{"standard", "Pod Security Standard " + string(level), ""}
}

// audit returns the description of a rule over audit events, and how its output
// begins.
func (w words) audit(kind Kind, property, detail, title string) (desc, output string) {
	name := detailed(kind, property, detail)
	switch kind {
	case Mutation:
		return fmt.Sprintf("The %s would have set %s in a pod, which runs without that default.", w.the, property),
			fmt.Sprintf("%s would set %s--pod runs without it", w.failure, name)
	case Limit:
		return fmt.Sprintf("A pod has more %s than the rules of the %s look at.", title, w.the),
			fmt.Sprintf("%s is not checked to the end--pod has more than %s %s", w.failure, detail, title)
	}
	return fmt.Sprintf("The %s would have refused a pod because of %s, for %s.", w.the, property, title),
		fmt.Sprintf("%s validation failure--pod breaks %s with %s", w.failure, name, title)
}

// activity returns the same of a rule over system calls.
func (w words) activity(property, title string) (desc, output string) {
	return fmt.Sprintf("A container breaks %s of the %s: %s.", property, w.the, title),
		fmt.Sprintf("%s validation failure--%s", w.failure, title)
}

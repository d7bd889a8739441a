package lint

import "github.com/falcorules/falcorules/loader"

// AuditLabel are requests about which the analyzer audit-policy reports the same.
type AuditLabel struct{ Resource, Verb, Namespace, User string }

// StarvedParts returns, by the names of rules, the requests whose events an audit policy
// does not log as the rule needs them.
func StarvedParts(set *loader.Ruleset, policy *AuditPolicy) map[string][]AuditLabel {
	out := map[string][]AuditLabel{}
	left := maxWork
	for c := range auditConditions(conditionsOf(set)) {
		parts, _ := newFeedAnalysis(policy.policy, c, &left).parts()
		for _, p := range parts {
			if p.starved {
				out[c.Rule.Name] = append(out[c.Rule.Name], AuditLabel{p.resource, p.verb, p.namespace, p.user})
			}
		}
	}
	return out
}

// Package psp turns PodSecurityPolicies and the Pod Security Standards into Falco
// rules: a dry run over the audit log of a cluster that enforces neither.
//
//	policies, err := psp.Read(file, "policies.yaml")
//	conversion, err := psp.Convert(policies, psp.Options{})
//	err = conversion.WriteRules(out, psp.K8sAudit)
//
// A rule is about one property of a policy, or one check of a standard, and holds
// for exactly the pods that the admission controller would have refused because of
// it. For policies there are further rules, of priority NOTICE, about pods that it
// would have let in with a default set: without the policy they run without it.
//
// The way of a policy: [Read] makes a [Policy] of a document; the files of the
// properties (capabilities.go, volumes.go and so on) say what breaks each of them,
// as conditions over the lists of a pod's request that pod.go knows; convert.go
// makes rules of that, and write.go text.
//
// Containers stand in lists, and Falco has no loops: what is said of a container is
// said of the first ones of each list, one after the other. Pods with more of them
// fire a rule that says so. Lists of numbers and of names are read as their JSON
// text, by regular expressions, and have no such limit.
package psp

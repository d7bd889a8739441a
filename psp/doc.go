// Package psp turns PodSecurityPolicies and the Pod Security Standards into Falco
// rules: a dry run over the audit log of a cluster that enforces neither.
//
//	policies, err := psp.Read(file, "policies.yaml")
//	conversion, err := psp.Convert(policies, psp.Options{})
//	err = conversion.WriteRules(out, psp.K8sAudit)
//
// [Standard] does the same for a level of the Pod Security Standards, and
// [Conversion.WriteSuite] writes tests of the rules for falcorules test.
//
// Each rule covers one property of a policy, or one check of a standard. It fires on
// the pods that the admission controller would have rejected because of it. For
// policies there are also rules of priority NOTICE. They fire on pods that the
// controller would have admitted after setting a default, and that run without that
// default if nothing enforces the policy.
//
// Falco has no loops, so the rules check a fixed number of containers and volumes of
// each pod, one after the other. A pod with more of them fires a rule that reports it.
// Lists of numbers and names have no such limit, because regular expressions match
// their JSON text. A property that no rule can express is reported in
// [Conversion.Notes].
package psp

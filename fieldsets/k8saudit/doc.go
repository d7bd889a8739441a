// Package k8saudit provides the event source k8s_audit for Kubernetes audit events: the
// fields ka.*, and a decoder for what API servers write to audit logs and send to
// webhooks.
//
//	source := k8saudit.NewSource() // to load rules with
//	decoder := k8saudit.NewDecoder(&fieldsets.Stream{Hostname: "node-1"})
//	err := decoder.Decode(payload, func(ev *fieldsets.Event) error { … })
//
// An [Unwrapper] decodes audit events in the log records of EKS, GKE and AKS.
//
// Fields have the same values as in Falco's k8saudit plugin. If the plugin would report
// an error or crash, the event has no value for the field. Events without an auditID have
// no values for any ka field.
//
// # Values
//
// The value of a JSON string is its text. The value of any other JSON value, including
// null, is its compact text: true, 1000, {"port":80}. An empty list is no value.
//
// An index, as in ka.req.pod.containers.image[0], selects an element of every array on
// the path to the value, not just of the containers. It does not select among the values
// themselves: ka.req.service.ports is always a single value, the text of all ports.
//
// # Differences between the plugin and its documentation
//
// With the option [Documented], the following fields behave as the plugin's documentation
// says. The same applies to initContainers and ephemeralContainers.
//
//	ka.req.pod.containers.eff_run_as_user
//	ka.req.pod.containers.eff_run_as_group
//	    plugin:      the member runAsUser (runAsGroup) of the container, which
//	                 no pod has, or that of the pod's spec, or 0. It ignores
//	                 securityContexts. With an index, there is no value unless
//	                 the container has the member.
//	    documented:  runAsUser (runAsGroup) of the container's securityContext,
//	                 or of the pod's, or 0. Null counts as absent.
//	ka.req.pod.containers.add_capabilities
//	    plugin:      one value for each container: its list as JSON text.
//	    documented:  one value for each capability.
//	ka.sourceips
//	    plugin:      no value, because it looks in the rules of a role.
//	    documented:  the addresses in sourceIPs, or the one with the index.
//
// Other surprising fields follow the plugin in any case: ka.req.binding.subject.has_name
// is always "true", and ka.req.configmap.name is the name of any object.
package k8saudit

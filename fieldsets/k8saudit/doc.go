// Package k8saudit has Kubernetes audit events as the event source k8s_audit:
// the fields ka.*, and the decoder that makes events of what an API server
// writes to its audit log or sends to its webhook.
//
// [NewSource] gives the whole source for compiling rules, [NewDecoder] the
// events for matching them:
//
//	source := k8saudit.NewSource()
//	decoder := k8saudit.NewDecoder(&fieldsets.Stream{Hostname: "node-1"})
//	err := decoder.Decode(payload, func(ev *fieldsets.Event) error { … })
//
// Fields have the values that Falco's k8saudit plugin gives them, because that
// is what the same rules see in a cluster. Where the plugin reports an error,
// and where it would crash, the event has no value for the field. An event
// without an auditID has no values for any field ka.*.
//
// # Values
//
// A JSON string gives its text and any other JSON value, null included, its
// compact text: true, 1000, {"port":80}. A list without elements is no value.
//
// An index, as in ka.req.pod.containers.image[0], chooses the element of every
// array that is met on the way to the value, not only of the containers. It
// does not choose among the values themselves: ka.req.service.ports is always
// one value, the text of all ports.
//
// # Where the plugin differs from its documentation
//
// With the option [Documented] these fields have the meaning that the plugin's
// documentation gives them; those of initContainers and ephemeralContainers
// change along with those of containers:
//
//	ka.req.pod.containers.eff_run_as_user
//	ka.req.pod.containers.eff_run_as_group
//	    plugin:      the container's member runAsUser (runAsGroup), which no
//	                 pod has, or else the pod spec's, or else 0; the
//	                 securityContexts are not read. With an index, no value
//	                 unless the container has that member.
//	    documented:  runAsUser (runAsGroup) of the container's securityContext,
//	                 or else of the pod's, or else 0; null counts as absent.
//	ka.req.pod.containers.add_capabilities
//	    plugin:      one value for each container: its list as JSON text.
//	    documented:  every capability is a value of its own.
//	ka.sourceips
//	    plugin:      no value: it looks among the rules of a role.
//	    documented:  the addresses in sourceIPs; with an index only that one.
//
// Everything else is the same with and without the option, also where it may
// surprise: ka.req.binding.subject.has_name is always "true", and
// ka.req.configmap.name is the name of whatever the request is about.
package k8saudit

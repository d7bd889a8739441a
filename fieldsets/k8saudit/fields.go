package k8saudit

// row is one field: its name, what reads its values, and a sentence about it.
// List and argument follow from the reader.
type row struct {
	name   string
	reader reader
	desc   string
}

// rows returns the table of the fields ka.*.
func rows(documented bool) []row {
	table := []row{
		{"ka.auditid", text("auditID"), "Identifier that all events of one request have in common."},
		{"ka.stage", text("stage"), "How far the request had come: RequestReceived, ResponseStarted, ResponseComplete or Panic."},
		{"ka.verb", text("verb"), "What the request does, such as get, list, create or delete."},
		{"ka.uri", text("requestURI"), "Path and query of the request."},
		{"ka.uri.param", uriParam(), "First value of a parameter in the query: ka.uri.param[limit]."},
		{"ka.useragent", text("userAgent"), "What the client calls itself."},
		{"ka.sourceips", sourceIPs(documented), "Addresses that the request came from; none without the option documented, as in Falco."},
		{"ka.cluster.name", text("annotations", "cluster_name"), "Name of the cluster, where an annotation cluster_name gives it."},

		{"ka.user.name", text("user", "username"), "Name of the user who makes the request."},
		{"ka.user.groups", texts("user", "groups"), "Groups of the user who makes the request."},
		{"ka.impuser.name", text("impersonatedUser", "username"), "Name of the user in whose stead the request is made."},
		{"ka.auth.decision", text("annotations", "authorization.k8s.io/decision"), "Whether the request was authorized: allow or forbid."},
		{"ka.auth.reason", text("annotations", "authorization.k8s.io/reason"), "Why the request was authorized or not."},
		{"ka.auth.openshift.decision", text("annotations", "authentication.openshift.io/decision"), "Outcome of the authentication on OpenShift."},
		{"ka.auth.openshift.username", text("annotations", "authentication.openshift.io/username"), "Name of the user who authenticates on OpenShift."},
		{"ka.validations.admission.policy.failure", text("annotations", "validation.policy.admission.k8s.io/validation_failure"), "What validating admission policies object to."},
		{"ka.security.pod.violations", text("annotations", "pod-security.kubernetes.io/audit-violations"), "What Pod Security admission objects to in a pod."},

		{"ka.target.name", text("objectRef", "name"), "Name of the object that the request is about."},
		{"ka.target.namespace", text("objectRef", "namespace"), "Namespace of the object that the request is about."},
		{"ka.target.resource", text("objectRef", "resource"), "Type of the object that the request is about, such as pods."},
		{"ka.target.subresource", text("objectRef", "subresource"), "Part of the object that the request is about, such as exec or status."},
		{"ka.target.pod.name", targetPodName(), "Name in the response to a request about a pod itself, not a subresource of it."},

		{"ka.resp.name", text("responseObject", "metadata", "name"), "Name of the object in the response."},
		{"ka.response.code", text("responseStatus", "code"), "HTTP status code of the response."},
		{"ka.response.reason", text("responseStatus", "reason"), "Reason in the response, which mostly failures have."},

		{"ka.req.binding.subjects", texts("requestObject", "subjects"), "Subjects of a role binding, each as JSON."},
		{"ka.req.binding.subjects.user_names", subjectNames("User"), "Names of the users that a role binding binds."},
		{"ka.req.binding.subjects.serviceaccount_names", subjectNames("ServiceAccount"), "Names of the service accounts that a role binding binds."},
		{"ka.req.binding.subjects.serviceaccount_ns_names", serviceAccounts(), "Service accounts that a role binding binds, as namespace:name."},
		{"ka.req.binding.subjects.group_names", subjectNames("Group"), "Names of the groups that a role binding binds."},
		{"ka.req.binding.subject.has_name", always("true"), "Always true, whatever name is asked for; kept for old rules."},
		{"ka.req.binding.role", text("requestObject", "roleRef", "name"), "Name of the role that a role binding gives."},
		{"ka.req.role.rules", texts("requestObject", "rules"), "Rules of a role, each as JSON."},
		{"ka.req.role.rules.apiGroups", elements("requestObject", "rules", "apiGroups"), "API groups in the rules of a role."},
		{"ka.req.role.rules.nonResourceURLs", elements("requestObject", "rules", "nonResourceURLs"), "URLs beside resources in the rules of a role."},
		{"ka.req.role.rules.verbs", elements("requestObject", "rules", "verbs"), "Verbs in the rules of a role."},
		{"ka.req.role.rules.resources", elements("requestObject", "rules", "resources"), "Resources in the rules of a role."},

		{"ka.req.configmap.name", text("objectRef", "name"), "Same as ka.target.name, for rules about config maps."},
		{"ka.req.configmap.obj", text("requestObject", "data"), "Data of a config map as JSON."},
		{"ka.req.service.type", text("requestObject", "spec", "type"), "Type of a service, such as NodePort."},
		{"ka.req.service.ports", every("requestObject", "spec", "ports"), "All ports of a service in one value, as JSON."},

		{"ka.req.pod.host_ipc", text("requestObject", "spec", "hostIPC"), "Whether a pod asks for the IPC namespace of its host."},
		{"ka.req.pod.host_network", text("requestObject", "spec", "hostNetwork"), "Whether a pod asks for the network of its host."},
		{"ka.req.pod.host_pid", text("requestObject", "spec", "hostPID"), "Whether a pod asks for the process namespace of its host."},
		{"ka.req.pod.run_as_user", text("requestObject", "spec", "securityContext", "runAsUser"), "User number in the security context of a pod."},
		{"ka.req.pod.run_as_group", text("requestObject", "spec", "securityContext", "runAsGroup"), "Group number in the security context of a pod."},
		{"ka.req.pod.fs_group", text("requestObject", "spec", "securityContext", "fsGroup"), "Group number that owns the volumes of a pod."},
		{"ka.req.pod.supplemental_groups", texts("requestObject", "spec", "securityContext", "supplementalGroups"), "Further group numbers of the processes of a pod."},
		{"ka.req.pod.volumes.hostpath", every("requestObject", "spec", "volumes", "hostPath", "path"), "Paths of the host that a pod has as volumes."},
		{"ka.req.pod.volumes.flexvolume_driver", every("requestObject", "spec", "volumes", "flexVolume", "driver"), "Drivers of the FlexVolumes of a pod."},
		{"ka.req.pod.volumes.volume_type", volumeTypes(), "Types of the volumes of a pod, such as hostPath or secret."},

		{"ka.req.container.image", first("requestObject", "spec", "containers", "image"), "Image of the first container; newer: ka.req.pod.containers.image."},
		{"ka.req.container.image.repository", firstRepository("requestObject", "spec", "containers", "image"), "Image of the first container without tag; newer: ka.req.pod.containers.image.repository."},
		{"ka.req.container.host_network", text("requestObject", "spec", "hostNetwork"), "Older name of ka.req.pod.host_network."},
		{"ka.req.container.privileged", anyTrue("requestObject", "spec", "containers", "securityContext", "privileged"), "Whether some container is privileged; newer: ka.req.pod.containers.privileged."},
		{"ka.req.volume.hostpath", hasHostPath(), "Whether some volume of a pod is that path of the host, or with a * at its end, one that begins so."},
	}
	for _, list := range []string{"containers", "initContainers", "ephemeralContainers"} {
		table = append(table, containerRows(list, documented)...)
	}
	return table
}

// containerRows returns the fields about the containers in one of the lists
// that a pod has.
func containerRows(list string, documented bool) []row {
	what := map[string]string{
		"containers":          "containers",
		"initContainers":      "init containers",
		"ephemeralContainers": "ephemeral containers",
	}[list]
	at := func(path ...string) []string {
		return append([]string{"requestObject", "spec", list}, path...)
	}
	capabilities := every
	if documented {
		capabilities = elements
	}
	table := []row{
		{"name", all(at("name")...), "Names of the " + what + " of a pod."},
		{"image", all(at("image")...), "Images of the " + what + " of a pod."},
		{"image.repository", repositories(at("image")...), "Images of the " + what + " of a pod, cut at the first colon or @."},
		{"command", joined(at("command")...), "Commands of the " + what + " of a pod, the words of each joined by blanks."},
		{"args", joined(at("args")...), "Arguments of the " + what + " of a pod, those of each joined by blanks."},
		{"privileged", every(at("securityContext", "privileged")...), "Which of the " + what + " of a pod are privileged, where they say so."},
		{"allow_privilege_escalation", every(at("securityContext", "allowPrivilegeEscalation")...), "Whether processes of the " + what + " of a pod may gain privileges, where they say so."},
		{"read_only_fs", every(at("securityContext", "readOnlyRootFilesystem")...), "Whether the " + what + " of a pod cannot write to their root file system, where they say so."},
		{"run_as_user", every(at("securityContext", "runAsUser")...), "User numbers in the security contexts of the " + what + " of a pod."},
		{"eff_run_as_user", effective(list, "runAsUser", documented), "User numbers that the " + what + " of a pod start with; mostly 0 without the option documented, as in Falco."},
		{"run_as_group", every(at("securityContext", "runAsGroup")...), "Group numbers in the security contexts of the " + what + " of a pod."},
		{"eff_run_as_group", effective(list, "runAsGroup", documented), "Group numbers that the " + what + " of a pod start with; mostly 0 without the option documented, as in Falco."},
		{"proc_mount", every(at("securityContext", "procMount")...), "How the " + what + " of a pod see /proc: Default or Unmasked."},
		{"add_capabilities", capabilities(at("securityContext", "capabilities", "add")...), "Capabilities that the " + what + " of a pod ask for; without the option documented a JSON list for each container, as in Falco."},
	}
	if list != "ephemeralContainers" { // They have no ports.
		table = append(table, row{"host_port", hostPorts(at("ports")...), "Host ports of the " + what + " of a pod, the container port where there is none."})
	}
	for i := range table {
		table[i].name = "ka.req.pod." + list + "." + table[i].name
	}
	return table
}

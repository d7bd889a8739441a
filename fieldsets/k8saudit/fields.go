package k8saudit

// row is a field. Its reader determines whether it is a list and takes an argument.
type row struct {
	name   string
	reader reader
	desc   string
}

// rows returns all fields ka.*.
func rows(documented bool) []row {
	table := []row{
		{"ka.auditid", text("auditID"), "ID shared by all events of a request."},
		{"ka.stage", text("stage"), "Stage of the request: RequestReceived, ResponseStarted, ResponseComplete or Panic."},
		{"ka.verb", text("verb"), "Verb of the request, such as get, list, create or delete."},
		{"ka.uri", text("requestURI"), "Path and query of the request."},
		{"ka.uri.param", uriParam(), "First value of a query parameter: ka.uri.param[limit]."},
		{"ka.useragent", text("userAgent"), "User agent of the client."},
		{"ka.sourceips", sourceIPs(documented), "Source addresses of the request; no value, as in Falco, unless --k8saudit is documented."},
		{"ka.cluster.name", text("annotations", "cluster_name"), "Name of the cluster from the annotation cluster_name."},

		{"ka.user.name", text("user", "username"), "Name of the user who made the request."},
		{"ka.user.groups", texts("user", "groups"), "Groups of the user who made the request."},
		{"ka.impuser.name", text("impersonatedUser", "username"), "Name of the impersonated user."},
		{"ka.auth.decision", text("annotations", "authorization.k8s.io/decision"), "Whether the request was authorized: allow or forbid."},
		{"ka.auth.reason", text("annotations", "authorization.k8s.io/reason"), "Reason for the authorization decision."},
		{"ka.auth.openshift.decision", text("annotations", "authentication.openshift.io/decision"), "Authentication decision on OpenShift."},
		{"ka.auth.openshift.username", text("annotations", "authentication.openshift.io/username"), "Name of the authenticated user on OpenShift."},
		{"ka.validations.admission.policy.failure", text("annotations", "validation.policy.admission.k8s.io/validation_failure"), "Failures of validating admission policies."},
		{"ka.security.pod.violations", text("annotations", "pod-security.kubernetes.io/audit-violations"), "Violations of a pod found by Pod Security admission."},

		{"ka.target.name", text("objectRef", "name"), "Name of the requested object."},
		{"ka.target.namespace", text("objectRef", "namespace"), "Namespace of the requested object."},
		{"ka.target.resource", text("objectRef", "resource"), "Resource type of the requested object, such as pods."},
		{"ka.target.subresource", text("objectRef", "subresource"), "Requested subresource, such as exec or status."},
		{"ka.target.pod.name", targetPodName(), "Name of the pod in the response, unless the request is for a subresource."},

		{"ka.resp.name", text("responseObject", "metadata", "name"), "Name of the object in the response."},
		{"ka.response.code", text("responseStatus", "code"), "HTTP status code of the response."},
		{"ka.response.reason", text("responseStatus", "reason"), "Reason in the response, usually only for failures."},

		{"ka.req.binding.subjects", texts("requestObject", "subjects"), "Subjects of a role binding, each as JSON."},
		{"ka.req.binding.subjects.user_names", subjectNames("User"), "Names of the users in a role binding."},
		{"ka.req.binding.subjects.serviceaccount_names", subjectNames("ServiceAccount"), "Names of the service accounts in a role binding."},
		{"ka.req.binding.subjects.serviceaccount_ns_names", serviceAccounts(), "Service accounts in a role binding, as namespace:name."},
		{"ka.req.binding.subjects.group_names", subjectNames("Group"), "Names of the groups in a role binding."},
		{"ka.req.binding.subject.has_name", always("true"), "Always true, for any name; kept for old rules."},
		{"ka.req.binding.role", text("requestObject", "roleRef", "name"), "Name of the role in a role binding."},
		{"ka.req.role.rules", texts("requestObject", "rules"), "Rules of a role, each as JSON."},
		{"ka.req.role.rules.apiGroups", elements("requestObject", "rules", "apiGroups"), "API groups in the rules of a role."},
		{"ka.req.role.rules.nonResourceURLs", elements("requestObject", "rules", "nonResourceURLs"), "Non-resource URLs in the rules of a role."},
		{"ka.req.role.rules.verbs", elements("requestObject", "rules", "verbs"), "Verbs in the rules of a role."},
		{"ka.req.role.rules.resources", elements("requestObject", "rules", "resources"), "Resources in the rules of a role."},

		{"ka.req.configmap.name", text("objectRef", "name"), "Same as ka.target.name, for rules about config maps."},
		{"ka.req.configmap.obj", text("requestObject", "data"), "Data of a config map as JSON."},
		{"ka.req.service.type", text("requestObject", "spec", "type"), "Type of a service, such as NodePort."},
		{"ka.req.service.ports", every("requestObject", "spec", "ports"), "All ports of a service as one value in JSON."},

		{"ka.req.pod.host_ipc", text("requestObject", "spec", "hostIPC"), "Whether a pod uses the IPC namespace of its host."},
		{"ka.req.pod.host_network", text("requestObject", "spec", "hostNetwork"), "Whether a pod uses the network of its host."},
		{"ka.req.pod.host_pid", text("requestObject", "spec", "hostPID"), "Whether a pod uses the PID namespace of its host."},
		{"ka.req.pod.run_as_user", text("requestObject", "spec", "securityContext", "runAsUser"), "User ID in the security context of a pod."},
		{"ka.req.pod.run_as_group", text("requestObject", "spec", "securityContext", "runAsGroup"), "Group ID in the security context of a pod."},
		{"ka.req.pod.fs_group", text("requestObject", "spec", "securityContext", "fsGroup"), "ID of the group that owns the volumes of a pod."},
		{"ka.req.pod.supplemental_groups", texts("requestObject", "spec", "securityContext", "supplementalGroups"), "Supplemental group IDs of a pod."},
		{"ka.req.pod.volumes.hostpath", every("requestObject", "spec", "volumes", "hostPath", "path"), "Host paths that a pod mounts as volumes."},
		{"ka.req.pod.volumes.flexvolume_driver", every("requestObject", "spec", "volumes", "flexVolume", "driver"), "Drivers of the FlexVolumes of a pod."},
		{"ka.req.pod.volumes.volume_type", volumeTypes(), "Types of the volumes of a pod, such as hostPath or secret."},

		{"ka.req.container.image", first("requestObject", "spec", "containers", "image"), "Image of the first container; newer: ka.req.pod.containers.image."},
		{"ka.req.container.image.repository", firstRepository("requestObject", "spec", "containers", "image"), "Image of the first container without tag; newer: ka.req.pod.containers.image.repository."},
		{"ka.req.container.host_network", text("requestObject", "spec", "hostNetwork"), "Older name of ka.req.pod.host_network."},
		{"ka.req.container.privileged", anyTrue("requestObject", "spec", "containers", "securityContext", "privileged"), "Whether any container is privileged; newer: ka.req.pod.containers.privileged."},
		{"ka.req.volume.hostpath", hasHostPath(), "Whether a pod has a volume with the given host path; a * at the end matches any continuation."},
	}
	for _, list := range []string{"containers", "initContainers", "ephemeralContainers"} {
		table = append(table, containerRows(list, documented)...)
	}
	return table
}

// containerRows returns the fields for one of a pod's lists of containers.
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
		{"command", joined(at("command")...), "Commands of the " + what + " of a pod, each joined by spaces."},
		{"args", joined(at("args")...), "Arguments of the " + what + " of a pod, joined by spaces for each container."},
		{"privileged", every(at("securityContext", "privileged")...), "Values of privileged in the security contexts of the " + what + " of a pod."},
		{"allow_privilege_escalation", every(at("securityContext", "allowPrivilegeEscalation")...), "Values of allowPrivilegeEscalation in the security contexts of the " + what + " of a pod."},
		{"read_only_fs", every(at("securityContext", "readOnlyRootFilesystem")...), "Values of readOnlyRootFilesystem in the security contexts of the " + what + " of a pod."},
		{"run_as_user", every(at("securityContext", "runAsUser")...), "User IDs in the security contexts of the " + what + " of a pod."},
		{"eff_run_as_user", effective(list, "runAsUser", documented), "Effective user IDs of the " + what + " of a pod; usually 0, as in Falco, unless --k8saudit is documented."},
		{"run_as_group", every(at("securityContext", "runAsGroup")...), "Group IDs in the security contexts of the " + what + " of a pod."},
		{"eff_run_as_group", effective(list, "runAsGroup", documented), "Effective group IDs of the " + what + " of a pod; usually 0, as in Falco, unless --k8saudit is documented."},
		{"proc_mount", every(at("securityContext", "procMount")...), "Types of /proc mounts of the " + what + " of a pod: Default or Unmasked."},
		{"add_capabilities", capabilities(at("securityContext", "capabilities", "add")...), "Capabilities that the " + what + " of a pod add: a JSON list for each container, as in Falco, unless --k8saudit is documented."},
	}
	if list != "ephemeralContainers" { // they have no ports
		table = append(table, row{"host_port", hostPorts(at("ports")...), "Host ports of the " + what + " of a pod, or container ports if there is no host port."})
	}
	for i := range table {
		table[i].name = "ka.req.pod." + list + "." + table[i].name
	}
	return table
}

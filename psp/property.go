package psp

// property is a property of PodSecurityPolicies.
type property struct {
	name string // in the names of rules
	// detail returns what follows the name in the names of rules; nil for nothing.
	detail func(p *Policy) string
	// violation holds for pods that the policy rejects even after it has set its
	// defaults, mutation for pods that get a default. Nil never holds.
	violation, mutation func(p *Policy, v view) expr
	title               string // names what violates the property
}

// properties are in the order of the rules.
var properties = []property{
	{name: "privileged", title: "a privileged container", violation: privilegedViolation},
	{name: "hostPID", title: "use of the host PID namespace", violation: hostPIDViolation},
	{name: "hostIPC", title: "use of the host IPC namespace", violation: hostIPCViolation},
	{name: "hostNetwork", title: "use of the host network", violation: hostNetworkViolation},
	{name: "hostPorts", title: "a host port that is not allowed", violation: hostPortsViolation},
	{name: "volumes", title: "a volume type that is not allowed", violation: volumesViolation},
	{name: "allowedHostPaths", title: "a host path that is not allowed, or not mounted read-only", violation: hostPathsViolation},
	{name: "allowedFlexVolumes", title: "a FlexVolume driver that is not allowed", violation: flexVolumesViolation},
	{name: "allowedCSIDrivers", title: "an inline CSI volume with a driver that is not allowed", violation: csiDriversViolation},
	{name: "fsGroup", detail: fsGroupRule, title: "an fsGroup that is not allowed", violation: fsGroupViolation, mutation: fsGroupMutation},
	{name: "readOnlyRootFilesystem", title: "a writable root file system", violation: readOnlyViolation, mutation: readOnlyMutation},
	{name: "runAsUser", detail: runAsUserRule, title: "a user that is not allowed", violation: runAsUserViolation, mutation: runAsUserMutation},
	{name: "runAsGroup", detail: runAsGroupRule, title: "a group that is not allowed", violation: runAsGroupViolation, mutation: runAsGroupMutation},
	{name: "supplementalGroups", detail: supplementalGroupsRule, title: "a supplemental group that is not allowed", violation: supplementalGroupsViolation, mutation: supplementalGroupsMutation},
	{name: "allowPrivilegeEscalation", title: "a container that allows privilege escalation", violation: escalationViolation, mutation: escalationMutation},
	{name: "allowedCapabilities", title: "an added capability that is not allowed", violation: capabilitiesViolation},
	{name: "requiredDropCapabilities", mutation: dropMutation},
	{name: "defaultAddCapabilities", mutation: addMutation},
	{name: "allowedProcMountTypes", title: "a /proc mount type that is not allowed", violation: procMountViolation},
	{name: "seLinux", detail: seLinuxRule, title: "an SELinux label that is not allowed", violation: seLinuxViolation, mutation: seLinuxMutation},
	{name: "seccomp", title: "a seccomp profile that is not allowed", violation: seccompViolation, mutation: seccompMutation},
	{name: "appArmor", title: "an AppArmor profile that is not allowed", violation: appArmorViolation, mutation: appArmorMutation},
	{name: "sysctls", title: "a forbidden or unsafe sysctl", violation: sysctlsViolation},
	{name: "runtimeClass", title: "a runtime class that is not allowed", violation: runtimeClassViolation, mutation: runtimeClassMutation},
}

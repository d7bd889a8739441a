package psp

// property is what a policy says of one aspect of pods. Its name is the one in the
// names of rules.
type property struct {
	name string
	// detail is what follows the name of the property; nil for nothing.
	detail func(p *Policy) string
	// violation holds for pods that the policy refuses, after the defaults that it
	// sets; mutation for those that get a default. Nil stands for no pod.
	violation, mutation func(p *Policy, v view) expr
	// title says in a few words what breaks the property.
	title string
}

// properties are those of PodSecurityPolicies, in the order of the rules.
var properties = []property{
	{name: "privileged", title: "a privileged container", violation: privilegedViolation},
	{name: "hostPID", title: "the process namespace of the host", violation: hostPIDViolation},
	{name: "hostIPC", title: "the IPC namespace of the host", violation: hostIPCViolation},
	{name: "hostNetwork", title: "the network of the host", violation: hostNetworkViolation},
	{name: "hostPorts", title: "a port of the host outside of the ranges", violation: hostPortsViolation},
	{name: "volumes", title: "a type of volume that is not in the list", violation: volumesViolation},
	{name: "allowedHostPaths", title: "a path of the host that is not in the list, or not only read", violation: hostPathsViolation},
	{name: "allowedFlexVolumes", title: "a driver of a FlexVolume that is not in the list", violation: flexVolumesViolation},
	{name: "allowedCSIDrivers", title: "a driver of an inline CSI volume that is not in the list", violation: csiDriversViolation},
	{name: "fsGroup", detail: fsGroupRule, title: "another group of the volumes", violation: fsGroupViolation, mutation: fsGroupMutation},
	{name: "readOnlyRootFilesystem", title: "a root file system that can be written", violation: readOnlyViolation, mutation: readOnlyMutation},
	{name: "runAsUser", detail: runAsUserRule, title: "another user", violation: runAsUserViolation, mutation: runAsUserMutation},
	{name: "runAsGroup", detail: runAsGroupRule, title: "another group", violation: runAsGroupViolation, mutation: runAsGroupMutation},
	{name: "supplementalGroups", detail: supplementalGroupsRule, title: "another supplemental group", violation: supplementalGroupsViolation, mutation: supplementalGroupsMutation},
	{name: "allowPrivilegeEscalation", title: "a container that may gain privileges", violation: escalationViolation, mutation: escalationMutation},
	{name: "allowedCapabilities", title: "an added capability that is not in the list", violation: capabilitiesViolation},
	{name: "requiredDropCapabilities", title: "a capability to drop", mutation: dropMutation},
	{name: "defaultAddCapabilities", title: "a capability to add", mutation: addMutation},
	{name: "allowedProcMountTypes", title: "a type of /proc mount that is not in the list", violation: procMountViolation},
	{name: "seLinux", detail: seLinuxRule, title: "another SELinux label", violation: seLinuxViolation, mutation: seLinuxMutation},
	{name: "seccomp", title: "a seccomp profile that is not in the list", violation: seccompViolation, mutation: seccompMutation},
	{name: "appArmor", title: "an AppArmor profile that is not in the list", violation: appArmorViolation, mutation: appArmorMutation},
	{name: "sysctls", title: "a forbidden or unsafe sysctl", violation: sysctlsViolation},
	{name: "runtimeClass", title: "a runtime class that is not in the list", violation: runtimeClassViolation, mutation: runtimeClassMutation},
}

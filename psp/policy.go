package psp

// Policy is a PodSecurityPolicy. What the document leaves unset is nil, or
// empty where that means the same to the admission controller.
type Policy struct {
	// Name is the name in the metadata.
	Name string
	// Images and Namespaces come from the annotations falco-rules-psp-images and
	// falco-rules-psp-namespaces. With images the rules are about pods all of
	// whose containers have one of these, with namespaces about pods in these.
	Images, Namespaces []string

	Privileged                      bool
	HostPID, HostIPC, HostNetwork   bool
	HostPorts                       []Range
	Volumes                         []string
	AllowedHostPaths                []HostPath
	AllowedFlexVolumes              []string
	AllowedCSIDrivers               []string
	ReadOnlyRootFilesystem          bool
	AllowPrivilegeEscalation        bool // true where it is unset
	DefaultAllowPrivilegeEscalation *bool
	AllowedCapabilities             []string
	RequiredDropCapabilities        []string
	DefaultAddCapabilities          []string
	AllowedProcMountTypes           []string
	AllowedUnsafeSysctls            []string
	ForbiddenSysctls                []string
	// RunAsUser and the others have the rule RunAsAny where they are unset, which
	// Kubernetes takes for runAsGroup alone: see Doubts.
	RunAsUser, RunAsGroup, FSGroup, SupplementalGroups Strategy
	SELinux                                            SELinux
	RuntimeClass                                       *RuntimeClass
	// SeccompAllowed and AppArmorAllowed are the profiles that annotations of the
	// policy allow; nil where there is no such annotation.
	SeccompAllowed, AppArmorAllowed []string
	// SeccompDefault and AppArmorDefault are the profiles of annotations that pods
	// get; empty for none.
	SeccompDefault, AppArmorDefault string

	// Doubts are what Kubernetes would refuse in the document, and how the rules
	// take it, and names that nothing can have.
	Doubts []Doubt
	// Line is where the document begins, from 1.
	Line int
}

// Doubt is something in a policy that Kubernetes would refuse, or that says nothing.
type Doubt struct{ Property, Text string }

// Range is a range of numbers, both ends included.
type Range struct{ Min, Max int64 }

// Rule is what a policy asks of users, groups and SELinux labels.
type Rule string

// The rules. Not every property knows every rule.
const (
	RunAsAny         Rule = "RunAsAny"
	MayRunAs         Rule = "MayRunAs"
	MustRunAs        Rule = "MustRunAs"
	MustRunAsNonRoot Rule = "MustRunAsNonRoot"
)

// Strategy is a rule about the numbers of users or groups, and the numbers.
type Strategy struct {
	Rule   Rule
	Ranges []Range
}

// HostPath is a path of the host that pods may have as a volume, with everything
// below it.
type HostPath struct {
	Prefix   string
	ReadOnly bool
}

// SELinux is a rule about SELinux labels, and the label.
type SELinux struct {
	Rule                    Rule
	User, Role, Type, Level string
}

// RuntimeClass says which runtime classes pods may have, and which they get;
// Default is empty for none.
type RuntimeClass struct {
	Allowed []string
	Default string
}

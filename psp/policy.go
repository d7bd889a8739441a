package psp

// Policy is a PodSecurityPolicy. Fields that the document does not set are nil, or
// empty if that means the same to the admission controller.
type Policy struct {
	// Name is metadata.name.
	Name string
	// Images restricts the rules to pods whose containers all have one of these images,
	// and Namespaces to pods in these namespaces. Both come from annotations,
	// falco-rules-psp-images and falco-rules-psp-namespaces; empty means no restriction.
	Images, Namespaces []string

	Privileged                      bool
	HostPID, HostIPC, HostNetwork   bool
	HostPorts                       []Range
	Volumes                         []string
	AllowedHostPaths                []HostPath
	AllowedFlexVolumes              []string
	AllowedCSIDrivers               []string
	ReadOnlyRootFilesystem          bool
	AllowPrivilegeEscalation        bool // true if unset
	DefaultAllowPrivilegeEscalation *bool
	AllowedCapabilities             []string
	RequiredDropCapabilities        []string
	DefaultAddCapabilities          []string
	AllowedProcMountTypes           []string
	AllowedUnsafeSysctls            []string
	ForbiddenSysctls                []string
	// RunAsUser and the others have the rule RunAsAny if unset. Kubernetes accepts that
	// only for runAsGroup, see Warnings.
	RunAsUser, RunAsGroup, FSGroup, SupplementalGroups Strategy
	SELinux                                            SELinux
	RuntimeClass                                       *RuntimeClass
	// SeccompAllowed and AppArmorAllowed are the profiles allowed by the policy's
	// annotations; nil if it has no such annotation.
	SeccompAllowed, AppArmorAllowed []string
	// SeccompDefault and AppArmorDefault are the profiles that pods get by default, from
	// the policy's annotations; empty for none.
	SeccompDefault, AppArmorDefault string

	// Warnings report parts of the document that Kubernetes would reject, and values
	// that match nothing.
	Warnings []Warning
	// Line is the line on which the document begins, from 1.
	Line int
}

// Warning is about a property or an annotation of a policy.
type Warning struct{ Property, Text string }

// Range is a range of numbers. Both ends are included.
type Range struct{ Min, Max int64 }

// Rule is the rule of a [Strategy] or of [SELinux].
type Rule string

// The rules. Each property supports some of them.
const (
	RunAsAny         Rule = "RunAsAny"
	MayRunAs         Rule = "MayRunAs"
	MustRunAs        Rule = "MustRunAs"
	MustRunAsNonRoot Rule = "MustRunAsNonRoot"
)

// Strategy is a rule for the IDs of users or groups. Ranges are the IDs of MayRunAs and
// MustRunAs.
type Strategy struct {
	Rule   Rule
	Ranges []Range
}

// HostPath allows volumes with a host path that is Prefix or below it. If ReadOnly,
// containers must mount them read-only.
type HostPath struct {
	Prefix   string
	ReadOnly bool
}

// SELinux is a rule for SELinux labels. The other fields are the label of MustRunAs.
type SELinux struct {
	Rule                    Rule
	User, Role, Type, Level string
}

// RuntimeClass lists the runtime classes that pods may have. Default is the class that
// pods get by default; empty for none.
type RuntimeClass struct {
	Allowed []string
	Default string
}

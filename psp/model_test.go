package psp_test

import (
	"slices"
	"strings"
)

// This file models the PodSecurityPolicy admission controller as documented by
// Kubernetes: it sets defaults, then judges the pod. It shares no code with the
// conversion, so that tests can compare the two.

// The parts of a pod that a policy can restrict, in the order of the API.
type (
	podObject struct {
		Metadata podMeta `json:"metadata"`
		Spec     podSpec `json:"spec"`
	}
	podMeta struct {
		Name        string            `json:"name"`
		Annotations map[string]string `json:"annotations,omitempty"`
	}
	podSpec struct {
		Volumes             []volume       `json:"volumes,omitempty"`
		InitContainers      []podContainer `json:"initContainers,omitempty"`
		Containers          []podContainer `json:"containers"`
		EphemeralContainers []podContainer `json:"ephemeralContainers,omitempty"`
		HostNetwork         bool           `json:"hostNetwork,omitempty"`
		HostPID             bool           `json:"hostPID,omitempty"`
		HostIPC             bool           `json:"hostIPC,omitempty"`
		SecurityContext     podSecurity    `json:"securityContext"`
		RuntimeClassName    *string        `json:"runtimeClassName,omitempty"`
	}
	podSecurity struct {
		SELinuxOptions     *seLinuxLabel   `json:"seLinuxOptions,omitempty"`
		RunAsUser          *int64          `json:"runAsUser,omitempty"`
		RunAsGroup         *int64          `json:"runAsGroup,omitempty"`
		RunAsNonRoot       *bool           `json:"runAsNonRoot,omitempty"`
		SupplementalGroups []int64         `json:"supplementalGroups,omitempty"`
		FSGroup            *int64          `json:"fsGroup,omitempty"`
		Sysctls            []sysctl        `json:"sysctls,omitempty"`
		SeccompProfile     *seccompProfile `json:"seccompProfile,omitempty"`
	}
	sysctl struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	seLinuxLabel struct {
		User  string `json:"user,omitempty"`
		Role  string `json:"role,omitempty"`
		Type  string `json:"type,omitempty"`
		Level string `json:"level,omitempty"`
	}
	seccompProfile struct {
		Type             string  `json:"type"`
		LocalhostProfile *string `json:"localhostProfile,omitempty"`
	}
	podContainer struct {
		Name            string             `json:"name"`
		Image           string             `json:"image"`
		Ports           []port             `json:"ports,omitempty"`
		VolumeMounts    []mount            `json:"volumeMounts,omitempty"`
		SecurityContext *containerSecurity `json:"securityContext,omitempty"`
	}
	port struct {
		HostPort      int64 `json:"hostPort,omitempty"`
		ContainerPort int64 `json:"containerPort"`
	}
	mount struct {
		Name      string `json:"name"`
		ReadOnly  bool   `json:"readOnly,omitempty"`
		MountPath string `json:"mountPath"`
	}
	containerSecurity struct {
		Capabilities             *capabilities   `json:"capabilities,omitempty"`
		Privileged               *bool           `json:"privileged,omitempty"`
		SELinuxOptions           *seLinuxLabel   `json:"seLinuxOptions,omitempty"`
		RunAsUser                *int64          `json:"runAsUser,omitempty"`
		RunAsGroup               *int64          `json:"runAsGroup,omitempty"`
		RunAsNonRoot             *bool           `json:"runAsNonRoot,omitempty"`
		ReadOnlyRootFilesystem   *bool           `json:"readOnlyRootFilesystem,omitempty"`
		AllowPrivilegeEscalation *bool           `json:"allowPrivilegeEscalation,omitempty"`
		ProcMount                *string         `json:"procMount,omitempty"`
		SeccompProfile           *seccompProfile `json:"seccompProfile,omitempty"`
	}
	capabilities struct {
		Add  []string `json:"add,omitempty"`
		Drop []string `json:"drop,omitempty"`
	}
	volume struct {
		Name       string           `json:"name"`
		HostPath   *hostPathVolume  `json:"hostPath,omitempty"`
		FlexVolume *driverVolume    `json:"flexVolume,omitempty"`
		CSI        *driverVolume    `json:"csi,omitempty"`
		CephFS     *struct{}        `json:"cephfs,omitempty"`
		EmptyDir   *struct{}        `json:"emptyDir,omitempty"`
		Secret     *struct{}        `json:"secret,omitempty"`
		ConfigMap  *struct{}        `json:"configMap,omitempty"`
		Projected  *projectedVolume `json:"projected,omitempty"`
	}
	hostPathVolume struct {
		Path string `json:"path"`
	}
	driverVolume struct {
		Driver string `json:"driver"`
	}
	projectedVolume struct {
		Sources []projection `json:"sources"`
	}
	projection struct {
		Secret              *struct{}     `json:"secret,omitempty"`
		DownwardAPI         *downwardAPI  `json:"downwardAPI,omitempty"`
		ConfigMap           *nameOnly     `json:"configMap,omitempty"`
		ServiceAccountToken *accountToken `json:"serviceAccountToken,omitempty"`
	}
	nameOnly struct {
		Name string `json:"name,omitempty"`
	}
	accountToken struct {
		Audience          string `json:"audience,omitempty"`
		ExpirationSeconds int64  `json:"expirationSeconds"`
		Path              string `json:"path"`
	}
	downwardAPI struct {
		Items []downwardItem `json:"items,omitempty"`
	}
	downwardItem struct {
		Path     string    `json:"path"`
		FieldRef *fieldRef `json:"fieldRef,omitempty"`
	}
	fieldRef struct {
		APIVersion string `json:"apiVersion"`
		FieldPath  string `json:"fieldPath"`
	}
)

// The policy, as in its documents.
type (
	policyObject struct {
		APIVersion string     `json:"apiVersion"`
		Kind       string     `json:"kind"`
		Metadata   podMeta    `json:"metadata"`
		Spec       policySpec `json:"spec"`
	}
	policySpec struct {
		Privileged                      bool             `json:"privileged,omitempty"`
		HostPID                         bool             `json:"hostPID,omitempty"`
		HostIPC                         bool             `json:"hostIPC,omitempty"`
		HostNetwork                     bool             `json:"hostNetwork,omitempty"`
		HostPorts                       []numberRange    `json:"hostPorts,omitempty"`
		Volumes                         []string         `json:"volumes,omitempty"`
		AllowedHostPaths                []allowedPath    `json:"allowedHostPaths,omitempty"`
		AllowedFlexVolumes              []driverVolume   `json:"allowedFlexVolumes,omitempty"`
		AllowedCSIDrivers               []nameOnly       `json:"allowedCSIDrivers,omitempty"`
		ReadOnlyRootFilesystem          bool             `json:"readOnlyRootFilesystem,omitempty"`
		AllowPrivilegeEscalation        *bool            `json:"allowPrivilegeEscalation,omitempty"`
		DefaultAllowPrivilegeEscalation *bool            `json:"defaultAllowPrivilegeEscalation,omitempty"`
		AllowedCapabilities             []string         `json:"allowedCapabilities,omitempty"`
		RequiredDropCapabilities        []string         `json:"requiredDropCapabilities,omitempty"`
		DefaultAddCapabilities          []string         `json:"defaultAddCapabilities,omitempty"`
		AllowedProcMountTypes           []string         `json:"allowedProcMountTypes,omitempty"`
		AllowedUnsafeSysctls            []string         `json:"allowedUnsafeSysctls,omitempty"`
		ForbiddenSysctls                []string         `json:"forbiddenSysctls,omitempty"`
		RunAsUser                       numberRule       `json:"runAsUser"`
		RunAsGroup                      *numberRule      `json:"runAsGroup,omitempty"`
		FSGroup                         numberRule       `json:"fsGroup"`
		SupplementalGroups              numberRule       `json:"supplementalGroups"`
		SELinux                         labelRule        `json:"seLinux"`
		RuntimeClass                    *runtimeClassSet `json:"runtimeClass,omitempty"`
	}
	numberRange struct {
		Min int64 `json:"min"`
		Max int64 `json:"max"`
	}
	allowedPath struct {
		PathPrefix string `json:"pathPrefix"`
		ReadOnly   bool   `json:"readOnly,omitempty"`
	}
	numberRule struct {
		Rule   string        `json:"rule"`
		Ranges []numberRange `json:"ranges,omitempty"`
	}
	labelRule struct {
		Rule           string        `json:"rule"`
		SELinuxOptions *seLinuxLabel `json:"seLinuxOptions,omitempty"`
	}
	runtimeClassSet struct {
		AllowedRuntimeClassNames []string `json:"allowedRuntimeClassNames"`
		DefaultRuntimeClassName  *string  `json:"defaultRuntimeClassName,omitempty"`
	}
)

// decision is the result of admission: the properties that the pod violates, and those
// for which it gets a default.
type decision struct {
	policy     policySpec
	notes      map[string]string // the annotations of the policy
	violations map[string]bool
	mutations  map[string]bool
}

// decide judges a pod. It sets the defaults in the pod.
func decide(p policyObject, pod *podObject) (violations, mutations []string) {
	d := decision{p.Spec, p.Metadata.Annotations, map[string]bool{}, map[string]bool{}}
	if pod.Metadata.Annotations == nil {
		pod.Metadata.Annotations = map[string]string{}
	}
	d.setPodDefaults(pod)
	for _, c := range allContainers(pod) {
		d.setDefaults(pod, c)
	}
	d.judgePod(pod)
	for _, c := range allContainers(pod) {
		d.judgeContainer(pod, c)
	}
	return sortedNames(d.violations), sortedNames(d.mutations)
}

func sortedNames(set map[string]bool) []string {
	var out []string
	for name := range set {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func allContainers(pod *podObject) []*podContainer {
	var out []*podContainer
	for _, list := range [][]podContainer{pod.Spec.InitContainers, pod.Spec.Containers, pod.Spec.EphemeralContainers} {
		for i := range list {
			out = append(out, &list[i])
		}
	}
	return out
}

const (
	podSeccompKey       = "seccomp.security.alpha.kubernetes.io/pod"
	containerSeccompKey = "container.seccomp.security.alpha.kubernetes.io/"
	containerAppArmor   = "container.apparmor.security.beta.kubernetes.io/"
	allowedSeccompKey   = "seccomp.security.alpha.kubernetes.io/allowedProfileNames"
	defaultSeccompKey   = "seccomp.security.alpha.kubernetes.io/defaultProfileName"
	allowedAppArmorKey  = "apparmor.security.beta.kubernetes.io/allowedProfileNames"
	defaultAppArmorKey  = "apparmor.security.beta.kubernetes.io/defaultProfileName"
)

func (d *decision) setPodDefaults(pod *podObject) {
	sc := &pod.Spec.SecurityContext
	if d.policy.SupplementalGroups.Rule == "MustRunAs" && sc.SupplementalGroups == nil {
		sc.SupplementalGroups = []int64{d.policy.SupplementalGroups.Ranges[0].Min}
		d.mutations["supplementalGroups"] = true
	}
	if d.policy.FSGroup.Rule == "MustRunAs" && sc.FSGroup == nil {
		sc.FSGroup = &d.policy.FSGroup.Ranges[0].Min
		d.mutations["fsGroup"] = true
	}
	if d.policy.SELinux.Rule == "MustRunAs" && sc.SELinuxOptions == nil {
		sc.SELinuxOptions = d.policy.SELinux.SELinuxOptions
		d.mutations["seLinux"] = true
	}
	if pod.Metadata.Annotations[podSeccompKey] == "" {
		profile := d.notes[defaultSeccompKey]
		if sc.SeccompProfile != nil {
			profile = profileName(sc.SeccompProfile)
		}
		if profile != "" {
			pod.Metadata.Annotations[podSeccompKey] = profile
			d.mutations["seccomp"] = true
		}
	}
	if class := d.policy.RuntimeClass; class != nil && class.DefaultRuntimeClassName != nil && pod.Spec.RuntimeClassName == nil {
		pod.Spec.RuntimeClassName = class.DefaultRuntimeClassName
		d.mutations["runtimeClass"] = true
	}
}

func profileName(p *seccompProfile) string {
	switch {
	case p.Type == "RuntimeDefault":
		return "runtime/default"
	case p.Type == "Unconfined":
		return "unconfined"
	case p.Type == "Localhost" && p.LocalhostProfile != nil:
		return "localhost/" + *p.LocalhostProfile
	}
	return ""
}

// pick returns the container's own value or, without one, the pod's.
func pick[T any](own, pods *T) *T {
	if own != nil {
		return own
	}
	return pods
}

func (d *decision) setDefaults(pod *podObject, c *podContainer) {
	if c.SecurityContext == nil {
		c.SecurityContext = &containerSecurity{}
	}
	sc, of := c.SecurityContext, pod.Spec.SecurityContext
	no, yes := false, true
	if d.policy.RunAsUser.Rule == "MustRunAs" && pick(sc.RunAsUser, of.RunAsUser) == nil {
		sc.RunAsUser = &d.policy.RunAsUser.Ranges[0].Min
		d.mutations["runAsUser"] = true
	}
	if g := d.policy.RunAsGroup; g != nil && g.Rule == "MustRunAs" && pick(sc.RunAsGroup, of.RunAsGroup) == nil {
		sc.RunAsGroup = &g.Ranges[0].Min
		d.mutations["runAsGroup"] = true
	}
	if d.policy.RunAsUser.Rule == "MustRunAsNonRoot" && pick(sc.RunAsUser, of.RunAsUser) == nil && pick(sc.RunAsNonRoot, of.RunAsNonRoot) == nil {
		sc.RunAsNonRoot = &yes
		d.mutations["runAsUser"] = true
	}
	if profile := d.notes[defaultAppArmorKey]; profile != "" && pod.Metadata.Annotations[containerAppArmor+c.Name] == "" {
		pod.Metadata.Annotations[containerAppArmor+c.Name] = profile
		d.mutations["appArmor"] = true
	}
	d.setCapabilities(sc)
	if d.policy.ReadOnlyRootFilesystem && sc.ReadOnlyRootFilesystem == nil {
		sc.ReadOnlyRootFilesystem = &yes
		d.mutations["readOnlyRootFilesystem"] = true
	}
	if sc.AllowPrivilegeEscalation == nil {
		switch {
		case d.policy.DefaultAllowPrivilegeEscalation != nil:
			sc.AllowPrivilegeEscalation = d.policy.DefaultAllowPrivilegeEscalation
		case d.policy.AllowPrivilegeEscalation != nil && !*d.policy.AllowPrivilegeEscalation:
			sc.AllowPrivilegeEscalation = &no
		default:
			return
		}
		d.mutations["allowPrivilegeEscalation"] = true
	}
}

// setCapabilities adds and drops what the policy requires. If it changes anything, it
// sorts both lists.
func (d *decision) setCapabilities(sc *containerSecurity) {
	was := capabilities{}
	if sc.Capabilities != nil {
		was = *sc.Capabilities
	}
	add, drop := map[string]bool{}, map[string]bool{}
	for _, name := range was.Drop {
		drop[name] = true
	}
	for _, name := range was.Add {
		add[name] = true
	}
	changed := false
	for _, name := range d.policy.DefaultAddCapabilities {
		if !drop[name] && !add[name] {
			add[name], changed = true, true
		}
	}
	for _, name := range d.policy.RequiredDropCapabilities {
		if !drop[name] {
			drop[name], changed = true, true
		}
	}
	if !changed {
		return
	}
	now := capabilities{sortedNames(add), sortedNames(drop)}
	if !slices.Equal(was.Add, now.Add) {
		d.mutations["defaultAddCapabilities"] = true
	}
	if !slices.Equal(was.Drop, now.Drop) {
		d.mutations["requiredDropCapabilities"] = true
	}
	sc.Capabilities = &now
}

func (d *decision) violate(property string, violated bool) {
	if violated {
		d.violations[property] = true
	}
}

func within(n int64, ranges []numberRange) bool {
	return slices.ContainsFunc(ranges, func(r numberRange) bool { return r.Min <= n && n <= r.Max })
}

func (d *decision) judgePod(pod *podObject) {
	spec, sc := pod.Spec, pod.Spec.SecurityContext
	d.violate("hostNetwork", spec.HostNetwork && !d.policy.HostNetwork)
	d.violate("hostPID", spec.HostPID && !d.policy.HostPID)
	d.violate("hostIPC", spec.HostIPC && !d.policy.HostIPC)
	if d.policy.FSGroup.Rule != "RunAsAny" && sc.FSGroup != nil {
		d.violate("fsGroup", !within(*sc.FSGroup, d.policy.FSGroup.Ranges))
	}
	if d.policy.SupplementalGroups.Rule != "RunAsAny" {
		for _, g := range sc.SupplementalGroups {
			d.violate("supplementalGroups", !within(g, d.policy.SupplementalGroups.Ranges))
		}
	}
	d.judgeLabel(sc.SELinuxOptions)
	d.violate("seccomp", !d.seccompAllowed(pod.Metadata.Annotations[podSeccompKey]))
	for _, s := range sc.Sysctls {
		safe := slices.Contains([]string{
			"kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start",
		}, s.Name)
		d.violate("sysctls", named(s.Name, d.policy.ForbiddenSysctls) || !safe && !named(s.Name, d.policy.AllowedUnsafeSysctls))
	}
	if class := d.policy.RuntimeClass; class != nil && spec.RuntimeClassName != nil {
		d.violate("runtimeClass", !slices.Contains(class.AllowedRuntimeClassNames, "*") && !slices.Contains(class.AllowedRuntimeClassNames, *spec.RuntimeClassName))
	}
	for _, v := range spec.Volumes {
		d.judgeVolume(pod, v)
	}
}

// named reports whether one of the patterns matches a sysctl. A * at the end of a
// pattern matches any text.
func named(name string, list []string) bool {
	return slices.ContainsFunc(list, func(pattern string) bool {
		if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
			return strings.HasPrefix(name, prefix)
		}
		return name == pattern
	})
}

func (d *decision) judgeLabel(label *seLinuxLabel) {
	want := d.policy.SELinux.SELinuxOptions
	if d.policy.SELinux.Rule != "MustRunAs" || label == nil {
		return
	}
	same := label.User == want.User && label.Role == want.Role && label.Type == want.Type && sameLevel(label.Level, want.Level)
	d.violate("seLinux", !same)
}

// sameLevel compares levels. The order of categories does not matter.
func sameLevel(a, b string) bool {
	split := func(level string) (string, []string) {
		sensitivity, categories, _ := strings.Cut(level, ":")
		list := strings.Split(categories, ",")
		slices.Sort(list)
		return sensitivity, list
	}
	as, ac := split(a)
	bs, bc := split(b)
	return as == bs && slices.Equal(ac, bc) && strings.Contains(a, ":") == strings.Contains(b, ":")
}

func (d *decision) seccompAllowed(profile string) bool {
	text, ok := d.notes[allowedSeccompKey]
	if !ok {
		return profile == ""
	}
	list := strings.Split(text, ",")
	if slices.Contains(list, "*") {
		return true
	}
	runtime := []string{"runtime/default", "docker/default"}
	if slices.Contains(runtime, profile) && slices.ContainsFunc(list, func(s string) bool { return slices.Contains(runtime, s) }) {
		return true
	}
	return slices.Contains(list, profile)
}

func (d *decision) judgeVolume(pod *podObject, v volume) {
	kind := v.kind()
	allowed := slices.Contains(d.policy.Volumes, "*") || slices.Contains(d.policy.Volumes, kind)
	if kind == "projected" && slices.Contains(d.policy.Volumes, "secret") {
		allowed = allowed || !slices.ContainsFunc(v.Projected.Sources, func(s projection) bool { return !s.ofAccount() })
	}
	if !allowed {
		d.violations["volumes"] = true
		return
	}
	switch {
	case v.HostPath != nil && len(d.policy.AllowedHostPaths) > 0:
		d.violate("allowedHostPaths", !d.pathAllowed(pod, v))
	case v.FlexVolume != nil && len(d.policy.AllowedFlexVolumes) > 0:
		d.violate("allowedFlexVolumes", !slices.Contains(d.policy.AllowedFlexVolumes, *v.FlexVolume))
	case v.CSI != nil && len(d.policy.AllowedCSIDrivers) > 0:
		d.violate("allowedCSIDrivers", !slices.Contains(d.policy.AllowedCSIDrivers, nameOnly{v.CSI.Driver}))
	}
}

func (v volume) kind() string {
	switch {
	case v.HostPath != nil:
		return "hostPath"
	case v.FlexVolume != nil:
		return "flexVolume"
	case v.CSI != nil:
		return "csi"
	case v.CephFS != nil:
		return "cephFS"
	case v.EmptyDir != nil:
		return "emptyDir"
	case v.Secret != nil:
		return "secret"
	case v.ConfigMap != nil:
		return "configMap"
	}
	return "projected"
}

// ofAccount reports whether the source is part of a service account's token volume.
func (s projection) ofAccount() bool {
	switch {
	case s.ServiceAccountToken != nil:
		return s.ServiceAccountToken.Path == "token" && s.ServiceAccountToken.Audience == ""
	case s.ConfigMap != nil:
		return s.ConfigMap.Name == "kube-root-ca.crt"
	case s.DownwardAPI != nil:
		namespace := fieldRef{"v1", "metadata.namespace"}
		return !slices.ContainsFunc(s.DownwardAPI.Items, func(i downwardItem) bool {
			return i.Path != "namespace" || i.FieldRef == nil || *i.FieldRef != namespace
		})
	}
	return false
}

func (d *decision) pathAllowed(pod *podObject, v volume) bool {
	readOnly := false
	for _, a := range d.policy.AllowedHostPaths {
		prefix, path := strings.TrimSuffix(a.PathPrefix, "/"), strings.TrimSuffix(v.HostPath.Path, "/")
		if path != prefix && !strings.HasPrefix(path, prefix+"/") {
			continue
		}
		if !a.ReadOnly {
			return true
		}
		readOnly = true
	}
	for _, c := range allContainers(pod) {
		for _, m := range c.VolumeMounts {
			if m.Name == v.Name && !m.ReadOnly {
				return false
			}
		}
	}
	return readOnly
}

func (d *decision) judgeContainer(pod *podObject, c *podContainer) {
	sc, of := c.SecurityContext, pod.Spec.SecurityContext
	isTrue := func(b *bool) bool { return b != nil && *b }
	d.violate("privileged", isTrue(sc.Privileged) && !d.policy.Privileged)
	for _, p := range c.Ports {
		d.violate("hostPorts", p.HostPort > 0 && !within(p.HostPort, d.policy.HostPorts))
	}
	user, nonRoot := pick(sc.RunAsUser, of.RunAsUser), pick(sc.RunAsNonRoot, of.RunAsNonRoot)
	switch d.policy.RunAsUser.Rule {
	case "MustRunAs":
		d.violate("runAsUser", !within(*user, d.policy.RunAsUser.Ranges))
	case "MustRunAsNonRoot":
		d.violate("runAsUser", nonRoot != nil && !*nonRoot || user != nil && *user == 0)
	}
	if g := pick(sc.RunAsGroup, of.RunAsGroup); g != nil && d.policy.RunAsGroup != nil && d.policy.RunAsGroup.Rule != "RunAsAny" {
		d.violate("runAsGroup", !within(*g, d.policy.RunAsGroup.Ranges))
	}
	d.judgeLabel(sc.SELinuxOptions)
	d.judgeProfiles(pod, c)
	proc, types := "Default", d.policy.AllowedProcMountTypes
	if sc.ProcMount != nil {
		proc = *sc.ProcMount
	}
	if len(types) == 0 {
		types = []string{"Default"}
	}
	d.violate("allowedProcMountTypes", !slices.Contains(types, proc))
	if sc.Capabilities != nil && !slices.Contains(d.policy.AllowedCapabilities, "*") {
		for _, name := range sc.Capabilities.Add {
			d.violate("allowedCapabilities", !slices.Contains(d.policy.AllowedCapabilities, name) && !slices.Contains(d.policy.DefaultAddCapabilities, name))
		}
	}
	d.violate("readOnlyRootFilesystem", d.policy.ReadOnlyRootFilesystem && !isTrue(sc.ReadOnlyRootFilesystem))
	mayNot := d.policy.AllowPrivilegeEscalation != nil && !*d.policy.AllowPrivilegeEscalation
	d.violate("allowPrivilegeEscalation", mayNot && isTrue(sc.AllowPrivilegeEscalation))
}

func (d *decision) judgeProfiles(pod *podObject, c *podContainer) {
	annotations := pod.Metadata.Annotations
	seccomp := annotations[podSeccompKey]
	if field := pod.Spec.SecurityContext.SeccompProfile; field != nil {
		seccomp = profileName(field)
	}
	if own, ok := annotations[containerSeccompKey+c.Name]; ok {
		seccomp = own
	}
	if field := c.SecurityContext.SeccompProfile; field != nil {
		seccomp = profileName(field)
	}
	d.violate("seccomp", !d.seccompAllowed(seccomp))
	if text, ok := d.notes[allowedAppArmorKey]; ok {
		profile := annotations[containerAppArmor+c.Name]
		d.violate("appArmor", profile == "" || !slices.Contains(strings.Split(text, ","), profile))
	}
}

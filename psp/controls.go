package psp

// Level is a level of the Pod Security Standards.
type Level string

// The levels. The level privileged has no rules, as it allows everything.
const (
	Baseline   Level = "baseline"
	Restricted Level = "restricted"
)

// LatestMinor is the minor version of the newest known Kubernetes, 1.LatestMinor.
const LatestMinor = 37

// control is a check of the Pod Security Standards.
type control struct {
	id       string // in Kubernetes
	level    Level
	title    string           // names what violates the check
	versions []controlVersion // in ascending order
	activity activity         // what system calls show of a violation
}

// controlVersion is what a control forbids since Kubernetes 1.minor.
type controlVersion struct {
	minor int
	holds func(v view) expr // for pods that violate the control
}

func from(minor int, holds func(v view) expr) controlVersion { return controlVersion{minor, holds} }

// in returns what a control forbids in Kubernetes 1.minor; nil if the control did not
// exist yet.
func (c control) in(minor int) func(v view) expr {
	var holds func(v view) expr
	for _, version := range c.versions {
		if version.minor <= minor {
			holds = version.holds
		}
	}
	return holds
}

var controls = []control{
	{"appArmorProfile", Baseline, "an AppArmor profile other than RuntimeDefault or Localhost", []controlVersion{from(0, otherAppArmor)}, activity{}},
	{"capabilities_baseline", Baseline, "an added capability beyond the default set", []controlVersion{from(0, addsBeyondDefault)}, activity{}},
	{"hostNamespaces", Baseline, "use of a host namespace", []controlVersion{from(0, hostNamespaces)}, activity{
		and(started, or(field("container.host_pid").eq("true"), field("container.host_ipc").eq("true"), field("container.host_network").eq("true"))),
		"process in a host namespace",
	}},
	{"hostPathVolumes", Baseline, "a hostPath volume", []controlVersion{from(0, hostPathVolumes)}, activity{}},
	{"hostPorts", Baseline, "a host port", []controlVersion{from(0, func(v view) expr { return hostPortsViolation(&Policy{}, v) })}, activity{}},
	{"hostProbesAndHostLifecycle", Baseline, "a probe or lifecycle handler that sets a host", []controlVersion{from(34, hostInHandlers)}, activity{}},
	{"privileged", Baseline, "a privileged container", []controlVersion{from(0, func(v view) expr { return privilegedViolation(&Policy{}, v) })}, activity{
		and(started, field("container.privileged").eq("true")), "process in a privileged container",
	}},
	{"procMount", Baseline, "an unmasked /proc", []controlVersion{from(0, unmaskedProc), from(35, outsideUserNamespace(unmaskedProc))}, activity{}},
	{"seLinuxOptions", Baseline, "an SELinux user or role, or a type that is not allowed", []controlVersion{
		from(0, otherSELinux("container_t", "container_init_t", "container_kvm_t")),
		from(31, otherSELinux("container_t", "container_init_t", "container_kvm_t", "container_engine_t")),
	}, activity{}},
	{"seccompProfile_baseline", Baseline, "a seccomp profile other than RuntimeDefault or Localhost", []controlVersion{
		from(0, otherSeccompAnnotation), from(19, otherSeccomp),
	}, activity{}},
	{"sysctls", Baseline, "an unsafe sysctl", sysctlVersions(), activity{}},
	{"windowsHostProcess", Baseline, "a Windows HostProcess container", []controlVersion{from(0, hostProcess)}, activity{}},

	{"allowPrivilegeEscalation", Restricted, "a container that allows privilege escalation", []controlVersion{from(8, mayEscalate), from(25, notOnWindows(mayEscalate))}, activity{}},
	{"capabilities_restricted", Restricted, "a container that does not drop ALL capabilities, or adds one other than NET_BIND_SERVICE", []controlVersion{
		from(22, keepsCapabilities), from(25, notOnWindows(keepsCapabilities)),
	}, activity{}},
	{"procMount_restricted", Restricted, "an unmasked /proc", []controlVersion{from(35, unmaskedProc)}, activity{}},
	{"restrictedVolumes", Restricted, "a volume type that is not allowed", []controlVersion{from(0, restrictedVolumes)}, activity{}},
	{"runAsNonRoot", Restricted, "a container that may run as root", []controlVersion{from(0, mayBeRoot), from(35, outsideUserNamespace(mayBeRoot))}, activity{
		and(started, field("user.uid").eq("0")), "process running as root",
	}},
	{"runAsUser", Restricted, "a container that runs as user 0", []controlVersion{from(23, isRoot), from(35, outsideUserNamespace(isRoot))}, activity{}},
	{"seccompProfile_restricted", Restricted, "a container without an allowed seccomp profile", []controlVersion{from(19, needsSeccomp), from(25, notOnWindows(needsSeccomp))}, activity{}},
}

// notOnWindows exempts pods that declare Windows as their OS.
func notOnWindows(holds func(view) expr) func(view) expr {
	return func(v view) expr { return and(not(v.at("/spec/os/name").eq("windows")), holds(v)) }
}

// outsideUserNamespace exempts pods that run in a user namespace.
func outsideUserNamespace(holds func(view) expr) func(view) expr {
	return func(v view) expr { return and(not(v.at("/spec/hostUsers").eq("false")), holds(v)) }
}

// anywhere holds if bad holds for the security context of the pod or of a container.
// bad gets a function that returns the fields of a security context.
func (v view) anywhere(bad func(at func(string) field) expr) expr {
	return or(v.pod(bad(v.context)), v.containers(func(c container) expr { return bad(c.context) }))
}

func otherAppArmor(v view) expr {
	return or(
		v.pod(v.at("/metadata/annotations").matches(alternatives(
			`.*"container[.]apparmor[.]security[.]beta[.]kubernetes[.]io/[^"]*":"`,
			otherTexts([]string{"runtime/default"}, []string{"localhost/"}), `".*`)...)),
		v.anywhere(func(at func(string) field) expr { return otherType(at("appArmorProfile/type")) }),
	)
}

// otherType holds if the profile has a type other than RuntimeDefault or Localhost.
func otherType(kind field) expr {
	return and(kind.exists(), not(kind.in("RuntimeDefault", "Localhost")))
}

func addsBeyondDefault(v view) expr {
	return v.addsOther([]string{
		"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
	})
}

func hostNamespaces(v view) expr {
	return or(v.shared("hostPID", false), v.shared("hostIPC", false), v.shared("hostNetwork", false))
}

func hostPathVolumes(v view) expr { return v.pod(types.intersects("hostPath")) }

// hostInHandlers holds if a probe or a lifecycle handler sets a host. In the JSON text
// of containers nothing else has the key host.
func hostInHandlers(v view) expr {
	return v.text([]string{`.*"host":"[^"].*`})
}

func unmaskedProc(v view) expr { return v.otherProcMount([]string{procMountDefault}) }

func otherSELinux(allowed ...string) func(v view) expr {
	return func(v view) expr {
		return v.anywhere(func(at func(string) field) expr {
			kind := at("seLinuxOptions/type")
			return or(and(kind.nonEmpty(), not(kind.in(allowed...))), at("seLinuxOptions/user").nonEmpty(), at("seLinuxOptions/role").nonEmpty())
		})
	}
}

// otherSeccompAnnotation is the check of versions that know only annotations.
func otherSeccompAnnotation(v view) expr {
	annotation := v.annotation(seccompPodAnnotation)
	return or(
		v.pod(and(annotation.exists(), not(annotation.in(seccompRuntime, seccompDocker)), not(annotation.startswith(seccompLocalhost)))),
		v.containers(func(c container) expr {
			return and(
				c.annotated(seccompContainerAnnotation),
				not(c.annotatedAs(seccompContainerAnnotation, seccompRuntime)),
				not(c.annotatedAs(seccompContainerAnnotation, seccompDocker)),
				not(c.annotatedFrom(seccompContainerAnnotation, seccompLocalhost)),
			)
		}),
	)
}

func otherSeccomp(v view) expr {
	return v.anywhere(func(at func(string) field) expr { return otherType(at("seccompProfile/type")) })
}

func needsSeccomp(v view) expr {
	return or(otherSeccomp(v), and(not(v.context("seccompProfile/type").in("RuntimeDefault", "Localhost")), v.without("seccompProfile")))
}

// sysctlVersions returns a version of the check for each time that sysctls became safe.
func sysctlVersions() []controlVersion {
	var allowed []string
	var out []controlVersion
	for _, more := range []struct {
		minor int
		names []string
	}{
		{0, safeSysctls},
		{27, []string{"net.ipv4.ip_local_reserved_ports"}},
		{29, []string{"net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_keepalive_time"}},
		{32, []string{"net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"}},
		{37, []string{"net.ipv4.tcp_notsent_lowat", "net.ipv4.tcp_slow_start_after_idle"}},
	} {
		allowed = append(allowed[:len(allowed):len(allowed)], more.names...)
		names := allowed
		out = append(out, from(more.minor, func(v view) expr {
			return v.pod(v.sysctls(func(name field) expr { return and(name.exists(), not(v.in(name, "safe_sysctls", names))) }))
		}))
	}
	return out
}

func hostProcess(v view) expr {
	return v.anywhere(func(at func(string) field) expr { return at("windowsOptions/hostProcess").eq("true") })
}

func mayEscalate(v view) expr {
	return v.containers(func(c container) expr {
		return and(c.exists(), not(c.context("allowPrivilegeEscalation").eq("false")))
	})
}

func keepsCapabilities(v view) expr {
	all := &Policy{RequiredDropCapabilities: []string{"ALL"}}
	return or(v.containers(func(c container) expr { return c.dropsTooFew(all) }), v.addsOther([]string{"NET_BIND_SERVICE"}))
}

func restrictedVolumes(v view) expr {
	return v.pod(otherVolumes([]string{"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"}))
}

func mayBeRoot(v view) expr {
	return or(
		v.pod(v.context("runAsNonRoot").eq("false")),
		v.text([]string{`.*"runAsNonRoot":false[,}].*`}),
		and(not(v.context("runAsNonRoot").eq("true")), v.without("runAsNonRoot")),
	)
}

func isRoot(v view) expr {
	return or(v.pod(v.context("runAsUser").eq("0")), v.text([]string{`.*"runAsUser":0[,}].*`}))
}

package psp_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/samples"
	"github.com/falcorules/falcorules/psp"
)

// random generates policies and pods.
type random struct{ *rand.Rand }

// maybe returns true with a probability in percent.
func (r random) maybe(percent int) bool { return r.IntN(100) < percent }

// some returns a value with a probability in percent, and otherwise nil.
func some[T any](r random, percent int, build func() T) *T {
	if !r.maybe(percent) {
		return nil
	}
	v := build()
	return &v
}

func one[T any](r random, of ...T) T { return of[r.IntN(len(of))] }

// subset returns up to most of the elements, in random order.
func subset[T any](r random, most int, of []T) []T {
	out := slices.Clone(of)
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out[:r.IntN(min(most, len(out))+1)]
}

// list returns up to most values.
func list[T any](r random, most int, build func() T) []T {
	var out []T
	for range r.IntN(most + 1) {
		out = append(out, build())
	}
	return out
}

var (
	someCapabilities = []string{"AUDIT_WRITE", "CHOWN", "KILL", "MKNOD", "NET_ADMIN", "NET_RAW", "SETUID", "SYS_ADMIN", "SYS_TIME", "ALL", "CAP_OTHER"}
	someSysctls      = []string{"kernel.shm_rmid_forced", "net.ipv4.tcp_syncookies", "kernel.msgmax", "kernel.sem", "net.core.somaxconn"}
	somePaths        = []string{"/", "/etc", "/etc/", "/etc/ssl", "/etcetera", "/var/log", "/var", "//", "/tmp"}
	someProfiles     = []string{"runtime/default", "docker/default", "unconfined", "localhost/x", "localhost/y/z"}
	someAppArmor     = []string{"runtime/default", "unconfined", "localhost/a", "localhost/b"}
	someClasses      = []string{"gvisor", "kata", "runc"}
	someDrivers      = []string{"d1", "d2", "example/lvm"}
)

func (r random) number() int64 {
	if r.maybe(60) {
		return one[int64](r, 0, 1, 9, 10, 11, 99, 100, 999, 1000, 1500, 65534, 65535, 65536, 99999, 123456, math.MaxInt32)
	}
	return r.Int64N(int64(math.Pow10(1 + r.IntN(9))))
}

func (r random) numbers(most int64) []numberRange {
	out := list(r, 3, func() numberRange {
		a, b := r.number()%most, r.number()%most
		return numberRange{min(a, b), max(a, b)}
	})
	return append(out, numberRange{1000, 2000})
}

func (r random) numberRule(rules ...string) numberRule {
	rule := numberRule{Rule: one(r, rules...)}
	if rule.Rule == "MustRunAs" || rule.Rule == "MayRunAs" {
		rule.Ranges = r.numbers(math.MaxInt64)
	}
	return rule
}

func (r random) label() seLinuxLabel {
	return seLinuxLabel{one(r, "u", "u", ""), one(r, "r", "r", "s"), one(r, "t", "t", ""), one(r, "s0", "s0:c1,c2", "s0:c2,c1", "s0:c1,c1", "s0:c1", "s1:c1,c2", "")}
}

func (r random) profile() seccompProfile {
	p := seccompProfile{Type: one(r, "RuntimeDefault", "Unconfined", "Localhost")}
	if p.Type == "Localhost" {
		p.LocalhostProfile = some(r, 90, func() string { return one(r, "x", "y/z", "w") })
	}
	return p
}

func (r random) flag() bool { return r.maybe(50) }

func (r random) policy() policyObject {
	p := policyObject{"policy/v1beta1", "PodSecurityPolicy", podMeta{"p", map[string]string{}}, policySpec{
		Privileged: r.flag(), HostPID: r.flag(), HostIPC: r.flag(), HostNetwork: r.flag(), ReadOnlyRootFilesystem: r.flag(),
		HostPorts:          r.numbers(65536),
		Volumes:            subset(r, 9, []string{"*", "hostPath", "flexVolume", "csi", "cephFS", "emptyDir", "secret", "configMap", "projected"}),
		AllowedHostPaths:   list(r, 3, func() allowedPath { return allowedPath{one(r, somePaths...), r.maybe(60)} }),
		AllowedFlexVolumes: list(r, 2, func() driverVolume { return driverVolume{one(r, someDrivers...)} }),
		AllowedCSIDrivers:  list(r, 2, func() nameOnly { return nameOnly{one(r, someDrivers...)} }),

		AllowPrivilegeEscalation:        some(r, 50, r.flag),
		DefaultAllowPrivilegeEscalation: some(r, 30, r.flag),
		AllowedCapabilities:             subset(r, 9, append(someCapabilities, "*")),
		RequiredDropCapabilities:        subset(r, 2, someCapabilities),
		DefaultAddCapabilities:          subset(r, 2, someCapabilities),
		AllowedProcMountTypes:           subset(r, 2, []string{"Default", "Unmasked"}),
		AllowedUnsafeSysctls:            subset(r, 3, append([]string{"*", "kernel.*"}, someSysctls...)),
		ForbiddenSysctls:                subset(r, 2, append([]string{"net.*", "kernel.s*"}, someSysctls...)),
		RunAsUser:                       r.numberRule("RunAsAny", "MustRunAs", "MustRunAsNonRoot"),
		RunAsGroup:                      some(r, 70, func() numberRule { return r.numberRule("RunAsAny", "MustRunAs", "MayRunAs") }),
		FSGroup:                         r.numberRule("RunAsAny", "MustRunAs", "MayRunAs"),
		SupplementalGroups:              r.numberRule("RunAsAny", "MustRunAs", "MayRunAs"),
		SELinux:                         labelRule{Rule: "RunAsAny"},
		RuntimeClass: some(r, 50, func() runtimeClassSet {
			return runtimeClassSet{subset(r, 2, append(someClasses, "*")), some(r, 40, func() string { return one(r, someClasses...) })}
		}),
	}}
	if r.maybe(40) {
		p.Spec.SELinux = labelRule{"MustRunAs", some(r, 100, r.label)}
	}
	r.note(p.Metadata.Annotations, allowedSeccompKey, 70, strings.Join(append(subset(r, 3, append(someProfiles, "*")), "runtime/default"), ","))
	r.note(p.Metadata.Annotations, defaultSeccompKey, 30, one(r, someProfiles...))
	r.note(p.Metadata.Annotations, allowedAppArmorKey, 50, strings.Join(append(subset(r, 2, someAppArmor), "localhost/a"), ","))
	r.note(p.Metadata.Annotations, defaultAppArmorKey, 40, one(r, someAppArmor...))
	return p
}

// relax makes most properties of a policy allow everything, so that it admits pods.
func (r random) relax(p *policyObject) {
	spec, annotations := &p.Spec, p.Metadata.Annotations
	for _, relaxed := range []func(){
		func() { spec.Privileged = true },
		func() { spec.HostPID, spec.HostIPC, spec.HostNetwork = true, true, true },
		func() { spec.HostPorts = []numberRange{{0, 65535}} },
		func() {
			spec.Volumes, spec.AllowedHostPaths, spec.AllowedCSIDrivers, spec.AllowedFlexVolumes = []string{"*"}, nil, nil, nil
		},
		func() { spec.AllowPrivilegeEscalation = nil },
		func() { spec.AllowedCapabilities = []string{"*"} },
		func() { spec.AllowedProcMountTypes = []string{"Default", "Unmasked"} },
		func() { spec.AllowedUnsafeSysctls, spec.ForbiddenSysctls = []string{"*"}, nil },
		func() { spec.RunAsUser.Rule, spec.RunAsGroup = "RunAsAny", nil },
		func() { spec.FSGroup.Rule, spec.SupplementalGroups.Rule = "RunAsAny", "RunAsAny" },
		func() { spec.SELinux.Rule = "RunAsAny" },
		func() { spec.RuntimeClass = nil },
		func() { annotations[allowedSeccompKey] = "*" },
		func() { delete(annotations, allowedAppArmorKey) },
	} {
		if r.maybe(80) {
			relaxed()
		}
	}
}

func (r random) note(annotations map[string]string, key string, percent int, value string) {
	if r.maybe(percent) {
		annotations[key] = value
	}
}

// pod returns a pod that sets few or many fields.
func (r random) pod() podObject {
	much := one(r, 3, 3, 15, 40)
	pod := podObject{podMeta{"p", map[string]string{}}, podSpec{
		HostNetwork: r.maybe(much / 3), HostPID: r.maybe(much / 3), HostIPC: r.maybe(much / 3),
		Volumes: list(r, much/10, r.volume),
		SecurityContext: podSecurity{
			SELinuxOptions:     some(r, much, r.label),
			RunAsUser:          some(r, much, r.number),
			RunAsGroup:         some(r, much, r.number),
			RunAsNonRoot:       some(r, much, r.flag),
			SupplementalGroups: list(r, much/10, r.number),
			FSGroup:            some(r, much, r.number),
			Sysctls:            list(r, much/10, func() sysctl { return sysctl{one(r, someSysctls...), one(r, "1", `{"name":"kernel.sem"`)} }),
			SeccompProfile:     some(r, much, r.profile),
		},
		RuntimeClassName: some(r, much, func() string { return one(r, someClasses...) }),
	}}
	for i := range pod.Spec.Volumes {
		pod.Spec.Volumes[i].Name = fmt.Sprint("v", i)
	}
	pod.Spec.Containers = append(list(r, 2, func() podContainer { return r.container(much) }), r.container(much))
	pod.Spec.InitContainers = list(r, much/15, func() podContainer { return r.container(much) })
	pod.Spec.EphemeralContainers = list(r, much/20, func() podContainer { return r.container(much) })
	r.note(pod.Metadata.Annotations, podSeccompKey, much, one(r, append(someProfiles, "")...))
	for i, c := range allContainers(&pod) {
		c.Name = fmt.Sprint("c", i)
		r.note(pod.Metadata.Annotations, containerSeccompKey+c.Name, much/2, one(r, append(someProfiles, "")...))
		r.note(pod.Metadata.Annotations, containerAppArmor+c.Name, much, one(r, append(someAppArmor, "")...))
	}
	return pod
}

func (r random) container(much int) podContainer {
	c := podContainer{
		Image: "nginx:1",
		Ports: list(r, much/15, func() port { return port{r.number() % 65536, 80} }),
		VolumeMounts: list(r, much/10, func() mount {
			return mount{one(r, "v0", "v1", "v2"), r.flag(), "/m"}
		}),
	}
	if r.maybe(20) {
		return c
	}
	c.SecurityContext = &containerSecurity{
		Capabilities: some(r, much, func() capabilities {
			return capabilities{list(r, 3, func() string { return one(r, someCapabilities...) }), list(r, 3, func() string { return one(r, someCapabilities...) })}
		}),
		Privileged:               some(r, much, r.flag),
		SELinuxOptions:           some(r, much, r.label),
		RunAsUser:                some(r, much, r.number),
		RunAsGroup:               some(r, much, r.number),
		RunAsNonRoot:             some(r, much, r.flag),
		ReadOnlyRootFilesystem:   some(r, much, r.flag),
		AllowPrivilegeEscalation: some(r, much, r.flag),
		ProcMount:                some(r, much, func() string { return one(r, "Default", "Unmasked") }),
		SeccompProfile:           some(r, much, r.profile),
	}
	return c
}

func (r random) volume() volume {
	v := volume{}
	switch nothing := (&struct{}{}); r.IntN(10) {
	case 0, 1, 2:
		v.HostPath = &hostPathVolume{one(r, somePaths...)}
	case 3:
		v.FlexVolume = &driverVolume{one(r, someDrivers...)}
	case 4:
		v.CSI = &driverVolume{one(r, someDrivers...)}
	case 5:
		v.CephFS = nothing
	case 6:
		v.EmptyDir = nothing
	case 7:
		v.Secret = nothing
	case 8:
		v.ConfigMap = nothing
	default:
		v.Projected = &projectedVolume{append([]projection{}, list(r, 3, r.projection)...)}
	}
	return v
}

func (r random) projection() projection {
	switch r.IntN(10) {
	case 0:
		return projection{Secret: &struct{}{}}
	case 1, 2, 3:
		return projection{ConfigMap: &nameOnly{one(r, "kube-root-ca.crt", "kube-root-ca.crt", "other")}}
	case 4, 5, 6:
		return projection{DownwardAPI: &downwardAPI{list(r, 2, func() downwardItem {
			return downwardItem{one(r, "namespace", "namespace", "other"), some(r, 90, func() fieldRef { return fieldRef{"v1", "metadata.namespace"} })}
		})}}
	}
	return projection{ServiceAccountToken: &accountToken{one(r, "", "", "vault"), 3607, one(r, "token", "token", "other")}}
}

// TestModel compares the rules of random policies with the model, on random pods.
func TestModel(t *testing.T) {
	t.Parallel()
	policies, pods := samples.Of(80), 250
	if testing.Short() {
		pods = 50
	}
	var violations, admitted, mutations int
	for seed := range policies {
		r := random{rand.New(rand.NewPCG(uint64(seed), 1))}
		p := r.policy()
		if seed%4 > 0 {
			r.relax(&p)
		}
		c := convert(t, asJSON(t, p), psp.Options{Sources: []psp.Source{psp.K8sAudit}})
		if len(c.Report("").NotExpressed) > 0 {
			t.Fatalf("policy %d: %v", seed, c.Notes)
		}
		rules := newJudge(load(t, c))
		for range pods {
			pod := asJSON(t, r.pod())
			var copied podObject
			if err := json.Unmarshal([]byte(pod), &copied); err != nil {
				t.Fatal(err)
			}
			wantViolations, wantMutations := decide(p, &copied)
			got := rules.judge(t, created(pod))
			if !slices.Equal(got["Violation"], wantViolations) {
				t.Fatalf("policy %d: violations %v, want %v\n%s\n%s", seed, got["Violation"], wantViolations, asJSON(t, p), pod)
			}
			violations += len(wantViolations)
			if len(wantViolations) > 0 {
				continue
			}
			admitted++
			mutations += len(wantMutations)
			if !slices.Equal(got["Mutation"], wantMutations) {
				t.Fatalf("policy %d: mutations %v, want %v\n%s\n%s", seed, got["Mutation"], wantMutations, asJSON(t, p), pod)
			}
		}
	}
	if violations < policies || admitted < policies/10 || mutations < policies/10 {
		t.Errorf("%d violations, %d admitted pods, %d mutations: too few to show anything", violations, admitted, mutations)
	}
	t.Logf("%d pairs: %d violations, %d admitted pods, %d mutations", policies*pods, violations, admitted, mutations)
}

package psp

import (
	"slices"
	"strings"
)

// Names of seccomp profiles in policies and annotations. The fields of a pod have other
// names for them.
const (
	seccompPodAnnotation       = "seccomp.security.alpha.kubernetes.io/pod"
	seccompContainerAnnotation = "container.seccomp.security.alpha.kubernetes.io/"

	seccompRuntime    = "runtime/default"
	seccompDocker     = "docker/default" // older name for the same profile
	seccompUnconfined = "unconfined"
	seccompLocalhost  = "localhost/"
)

// seccompProfiles returns the profiles that the policy allows, where "" is no profile.
// It returns false if all profiles are allowed.
func (p *Policy) seccompProfiles() ([]string, bool) {
	if has(p.SeccompAllowed, "*") {
		return nil, false
	}
	allowed := slices.Clone(p.SeccompAllowed)
	if has(allowed, seccompRuntime) || has(allowed, seccompDocker) {
		allowed = append(allowed, seccompRuntime, seccompDocker)
	}
	if len(allowed) == 0 {
		allowed = []string{""}
	}
	slices.Sort(allowed)
	return slices.Compact(allowed), true
}

func seccompViolation(p *Policy, v view) expr {
	allowed, limited := p.seccompProfiles()
	if !limited {
		return never
	}
	annotation := v.annotation(seccompPodAnnotation)
	inPod := func(name string) field { return v.context("seccompProfile" + name) }
	podBad := seccompBad(inPod, allowed)
	annotated := and(annotation.nonEmpty(), not(annotation.in(allowed...)))
	var defaultBad expr
	if !has(allowed, p.SeccompDefault) {
		defaultBad = not(annotation.nonEmpty())
	}
	// Containers inherit the field of their pod or, without it, the annotation.
	inheritedBad := or(podBad, and(not(inPod("").exists()), or(annotated, defaultBad)))
	return or(
		v.pod(or(annotated, and(not(annotation.nonEmpty()), podBad), and(not(inPod("").exists()), defaultBad))),
		v.containers(func(c container) expr {
			own := func(name string) field { return c.context("seccompProfile" + name) }
			good := anyOf(allowed, func(profile string) expr { return c.annotatedAs(seccompContainerAnnotation, profile) })
			return or(
				seccompBad(own, allowed),
				and(not(own("").exists()), c.annotated(seccompContainerAnnotation), not(good)),
			)
		}),
		and(inheritedBad, v.macro("without_seccomp", v.containers(func(c container) expr {
			return and(c.lacks("seccompProfile"), not(c.annotated(seccompContainerAnnotation)))
		}))),
	)
}

// seccompBad holds if the profile with the fields that at returns is not allowed.
func seccompBad(at func(string) field, allowed []string) expr {
	if len(allowed) == 1 && allowed[0] == "" {
		return seccompNamed(at)
	}
	return and(at("").exists(), not(seccompGood(at, allowed)))
}

// seccompGood holds if the profile with the fields that at returns is allowed. Without
// a profile the result has no meaning.
func seccompGood(at func(string) field, allowed []string) expr {
	var types, local []string
	var children []expr
	for _, a := range allowed {
		path, isLocal := strings.CutPrefix(a, seccompLocalhost)
		switch {
		case a == seccompRuntime:
			types = append(types, "RuntimeDefault")
		case a == seccompUnconfined:
			types = append(types, "Unconfined")
		case isLocal:
			local = append(local, path)
		case a == "":
			children = append(children, not(seccompNamed(at)))
		}
	}
	children = append(children, at("/type").in(types...))
	if len(local) > 0 {
		children = append(children, and(at("/type").eq("Localhost"), at("/localhostProfile").in(local...)))
	}
	return or(children...)
}

// seccompNamed holds if the fields that at returns name a profile.
func seccompNamed(at func(string) field) expr {
	return or(at("/type").in("RuntimeDefault", "Unconfined"), and(at("/type").eq("Localhost"), at("/localhostProfile").exists()))
}

// seccompMutation holds if admission adds the annotation to the pod.
func seccompMutation(p *Policy, v view) expr {
	inPod := func(name string) field { return v.context("seccompProfile" + name) }
	given := seccompNamed(inPod)
	if p.SeccompDefault != "" {
		given = or(given, not(inPod("").exists()))
	}
	return v.pod(and(not(v.annotation(seccompPodAnnotation).nonEmpty()), given))
}

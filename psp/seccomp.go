package psp

import (
	"slices"
	"strings"
)

// Seccomp profiles. A policy and the annotations of a pod name them in one way, the
// fields of a pod in another.

const (
	seccompPodAnnotation       = "seccomp.security.alpha.kubernetes.io/pod"
	seccompContainerAnnotation = "container.seccomp.security.alpha.kubernetes.io/"

	seccompRuntime    = "runtime/default"
	seccompDocker     = "docker/default" // an older name of it
	seccompUnconfined = "unconfined"
	seccompLocalhost  = "localhost/"
)

// seccompProfiles returns the profiles that a policy allows, empty for none; or
// false where any is allowed.
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
	// What a container takes over is the field of its pod, or else the annotation.
	passedOn := or(podBad, and(not(inPod("").exists()), or(annotated, defaultBad)))
	return or(
		v.pod(or(annotated, and(not(annotation.nonEmpty()), podBad), and(not(inPod("").exists()), defaultBad))),
		v.containers(func(c container) expr {
			own := func(name string) field { return c.context("seccompProfile" + name) }
			good := either(allowed, func(profile string) expr { return c.annotatedAs(seccompContainerAnnotation, profile) })
			return or(
				seccompBad(own, allowed),
				and(not(own("").exists()), c.annotated(seccompContainerAnnotation), not(good)),
			)
		}),
		and(passedOn, v.macro("without_seccomp", v.containers(func(c container) expr {
			return and(c.lacks("seccompProfile"), not(c.annotated(seccompContainerAnnotation)))
		}))),
	)
}

// seccompBad holds for a profile, given by its fields, that is not allowed.
func seccompBad(at func(string) field, allowed []string) expr {
	if len(allowed) == 1 && allowed[0] == "" {
		return seccompNamed(at)
	}
	return and(at("").exists(), not(seccompGood(at, allowed)))
}

// seccompGood holds for a profile, given by its fields, that is allowed, and may for
// none.
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

// seccompNamed holds for a profile, given by its fields, that has a name.
func seccompNamed(at func(string) field) expr {
	return or(at("/type").in("RuntimeDefault", "Unconfined"), and(at("/type").eq("Localhost"), at("/localhostProfile").exists()))
}

// seccompMutation is about pods that get the annotation.
func seccompMutation(p *Policy, v view) expr {
	inPod := func(name string) field { return v.context("seccompProfile" + name) }
	given := seccompNamed(inPod)
	if p.SeccompDefault != "" {
		given = or(given, not(inPod("").exists()))
	}
	return v.pod(and(not(v.annotation(seccompPodAnnotation).nonEmpty()), given))
}

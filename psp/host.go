package psp

func privilegedViolation(p *Policy, v view) expr {
	if p.Privileged {
		return never
	}
	return v.anyHas("privileged", "privileged", "true")
}

func hostPIDViolation(p *Policy, v view) expr     { return v.shared("hostPID", p.HostPID) }
func hostIPCViolation(p *Policy, v view) expr     { return v.shared("hostIPC", p.HostIPC) }
func hostNetworkViolation(p *Policy, v view) expr { return v.shared("hostNetwork", p.HostNetwork) }

// shared holds if the pod uses a host namespace that is not allowed. name is its key in
// the spec.
func (v view) shared(name string, allowed bool) expr {
	if allowed {
		return never
	}
	return v.pod(v.at("/spec/" + name).eq("true"))
}

func hostPortsViolation(p *Policy, v view) expr {
	ranges := append([]Range{{0, 0}}, p.HostPorts...) // 0 means no host port
	return v.text(alternatives(`.*"hostPort":`, patterns(outside(ranges)), "[,}].*"))
}

func runtimeClassViolation(p *Policy, v view) expr {
	class := p.RuntimeClass
	if class == nil || has(class.Allowed, "*") {
		return never
	}
	name := v.at("/spec/runtimeClassName")
	bad := and(name.exists(), not(name.in(class.Allowed...)))
	if class.Default != "" && !has(class.Allowed, class.Default) {
		bad = not(name.in(class.Allowed...))
	}
	return v.pod(bad)
}

func runtimeClassMutation(p *Policy, v view) expr {
	if p.RuntimeClass == nil || p.RuntimeClass.Default == "" {
		return never
	}
	return v.pod(not(v.at("/spec/runtimeClassName").exists()))
}

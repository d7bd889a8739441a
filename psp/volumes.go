package psp

import (
	"slices"
	"strings"
)

// volumeTypes maps the volume types of policies to their keys in a pod; empty if the
// key is the same.
var volumeTypes = map[string]string{
	"awsElasticBlockStore": "", "azureDisk": "", "azureFile": "", "cephFS": "cephfs", "cinder": "", "configMap": "", "csi": "",
	"downwardAPI": "", "emptyDir": "", "ephemeral": "", "fc": "", "flexVolume": "", "flocker": "", "gcePersistentDisk": "",
	"gitRepo": "", "glusterfs": "", "hostPath": "", "iscsi": "", "nfs": "", "persistentVolumeClaim": "", "photonPersistentDisk": "",
	"portworxVolume": "", "projected": "", "quobyte": "", "rbd": "", "scaleIO": "", "secret": "", "storageos": "",
	"vsphereVolume": "",
}

// types is a list of the types of all volumes.
const types = field("ka.req.pod.volumes.volume_type")

func volumesViolation(p *Policy, v view) expr {
	if has(p.Volumes, "*") {
		return never
	}
	var allowed []string
	for _, t := range p.Volumes {
		if other := volumeTypes[t]; other != "" {
			t = other
		}
		allowed = append(allowed, t)
	}
	if !has(allowed, "secret") || has(allowed, "projected") {
		return v.pod(otherVolumes(allowed))
	}
	// Allowing secrets also allows the projected volumes of service accounts.
	allowed = append(allowed, "projected")
	return v.pod(or(otherVolumes(allowed), v.volumes(func(volume func(string) field) expr {
		return elements("/projected/sources", maxTokenSources, func(path string) expr {
			return and(volume(path).exists(), not(tokenSource(volume, path)))
		})
	})))
}

// otherVolumes holds if the pod has a volume of a type that is not in allowed.
func otherVolumes(allowed []string) expr { return and(types.exists(), not(types.allIn(allowed...))) }

// volumes holds if the condition that build returns holds for a volume. build gets a
// function that returns the fields of the volume.
func (v view) volumes(build func(volume func(path string) field) expr) expr {
	return elements("/spec/volumes", maxVolumes, func(at string) expr {
		return build(func(path string) field { return v.at(at + path) })
	})
}

// tokenSource holds if the source is one that Kubernetes puts into the token volume of
// a service account.
func tokenSource(volume func(string) field, path string) expr {
	at := func(name string) field { return volume(path + name) }
	const namespace = `"fieldRef":[{]"apiVersion":"v1","fieldPath":"metadata[.]namespace"[}]`
	const item = `[{]("path":"namespace",` + namespace + `|` + namespace + `,"path":"namespace")(,"mode":[0-9]+)?[}]`
	return or(
		and(at("/serviceAccountToken/path").eq("token"), not(at("/serviceAccountToken/audience").nonEmpty())),
		at("/configMap/name").eq("kube-root-ca.crt"),
		at("/downwardAPI").matches(`[{]("items":\[\]?(`+item+`[],])*)?[}]`),
	)
}

// mayHave reports whether the policy allows volumes of a type.
func (p *Policy) mayHave(volume string) bool { return has(p.Volumes, "*") || has(p.Volumes, volume) }

func flexVolumesViolation(p *Policy, v view) expr {
	if len(p.AllowedFlexVolumes) == 0 || !p.mayHave("flexVolume") {
		return never
	}
	drivers := field("ka.req.pod.volumes.flexvolume_driver")
	return v.pod(and(drivers.exists(), not(drivers.allIn(p.AllowedFlexVolumes...))))
}

func csiDriversViolation(p *Policy, v view) expr {
	if len(p.AllowedCSIDrivers) == 0 || !p.mayHave("csi") {
		return never
	}
	return v.pod(v.volumes(func(volume func(string) field) expr {
		driver := volume("/csi/driver")
		return and(driver.exists(), not(v.in(driver, "csi_drivers", p.AllowedCSIDrivers)))
	}))
}

func hostPathsViolation(p *Policy, v view) expr {
	if len(p.AllowedHostPaths) == 0 || !p.mayHave("hostPath") {
		return never
	}
	var writable, readable []string
	for _, h := range p.AllowedHostPaths {
		if !h.ReadOnly {
			writable = append(writable, h.Prefix)
		}
		readable = append(readable, h.Prefix)
	}
	if len(writable) == len(readable) {
		return v.pod(v.volumes(func(volume func(string) field) expr {
			path := volume("/hostPath/path")
			return and(path.exists(), not(below(path, writable)))
		}))
	}
	return v.volumes(func(volume func(string) field) expr {
		path, writes := volume("/hostPath/path"), v.writes(volume("/name"))
		if !v.whole { // a path that is not allowed at all is not the container's fault
			return and(path.exists(), not(below(path, writable)), below(path, readable), writes)
		}
		return and(path.exists(), not(below(path, writable)), or(not(below(path, readable)), writes))
	})
}

// below holds if the path is one of prefixes or below one. It ignores one trailing
// slash of a prefix.
func below(path field, prefixes []string) expr {
	var paths, starts []string
	for _, p := range prefixes {
		p = strings.TrimSuffix(p, "/")
		if !strings.HasSuffix(p, "/") {
			paths = append(paths, p)
		}
		starts = append(starts, p+"/")
	}
	slices.Sort(paths)
	return or(path.in(slices.Compact(paths)...), anyOf(starts, path.startswith))
}

// writes holds if a container mounts the volume with that name writable. It searches
// the JSON text of the containers, in which the API server writes readOnly and then
// recursiveReadOnly between name and mountPath, and omits readOnly if it is false.
func (v view) writes(name field) expr {
	return anyOf(v.lists, func(l containerList) expr {
		containers := v.at("/spec/" + l.name)
		return or(
			containers.containsJoined(`"name":"`, name, `","mountPath":`),
			containers.containsJoined(`"name":"`, name, `","readOnly":false`),
			containers.containsJoined(`"name":"`, name, `","recursiveReadOnly":`),
		)
	})
}

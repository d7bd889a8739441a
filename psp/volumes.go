package psp

import (
	"slices"
	"strings"
)

// volumeTypes are the types of volumes that a policy may name, by what a pod has
// for them where that is another word.
var volumeTypes = map[string]string{
	"awsElasticBlockStore": "", "azureDisk": "", "azureFile": "", "cephFS": "cephfs", "cinder": "", "configMap": "", "csi": "",
	"downwardAPI": "", "emptyDir": "", "ephemeral": "", "fc": "", "flexVolume": "", "flocker": "", "gcePersistentDisk": "",
	"gitRepo": "", "glusterfs": "", "hostPath": "", "iscsi": "", "nfs": "", "persistentVolumeClaim": "", "photonPersistentDisk": "",
	"portworxVolume": "", "projected": "", "quobyte": "", "rbd": "", "scaleIO": "", "secret": "", "storageos": "",
	"vsphereVolume": "",
}

// types is a list with the type of each volume.
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
	// Who may have secrets may have the projected volumes of service accounts.
	allowed = append(allowed, "projected")
	return v.pod(or(otherVolumes(allowed), v.volumes(func(volume func(string) field) expr {
		return elements("/projected/sources", maxTokenSources, func(path string) expr {
			return and(volume(path).exists(), not(tokenSource(volume, path)))
		})
	})))
}

// otherVolumes holds for a pod with a volume of another type.
func otherVolumes(allowed []string) expr { return and(types.exists(), not(types.amongst(allowed...))) }

// volumes returns what holds when one of the volumes makes build's condition hold.
// It is given what leads to the values of a volume.
func (v view) volumes(build func(volume func(path string) field) expr) expr {
	return elements("/spec/volumes", maxVolumes, func(at string) expr {
		return build(func(path string) field { return v.at(at + path) })
	})
}

// tokenSource holds for a source that the volume of a service account's token has.
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

// mayHave reports whether a policy allows volumes of a type.
func (p *Policy) mayHave(volume string) bool { return has(p.Volumes, "*") || has(p.Volumes, volume) }

func flexVolumesViolation(p *Policy, v view) expr {
	if len(p.AllowedFlexVolumes) == 0 || !p.mayHave("flexVolume") {
		return never
	}
	drivers := field("ka.req.pod.volumes.flexvolume_driver")
	return v.pod(and(drivers.exists(), not(drivers.amongst(p.AllowedFlexVolumes...))))
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
		if !v.whole { // the volumes are those of the pod, the mounts the containers'
			return and(path.exists(), not(below(path, writable)), below(path, readable), writes)
		}
		return and(path.exists(), not(below(path, writable)), or(not(below(path, readable)), writes))
	})
}

// below holds for a path that is one of these or below one. A slash at the end says
// nothing, but one alone: of two the first one counts.
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
	return or(path.in(slices.Compact(paths)...), either(starts, path.startswith))
}

// writes holds when a container mounts the volume of that name and may write to it.
// Mounts are looked for in the JSON text of the containers, as the API server writes
// them: readOnly, and then recursiveReadOnly, between name and mountPath; readOnly is
// not there if it is false.
func (v view) writes(name field) expr {
	return either(v.lists, func(l containerList) expr {
		containers := v.at("/spec/" + l.name)
		return or(
			containers.containsJoined(`"name":"`, name, `","mountPath":`),
			containers.containsJoined(`"name":"`, name, `","readOnly":false`),
			containers.containsJoined(`"name":"`, name, `","recursiveReadOnly":`),
		)
	})
}

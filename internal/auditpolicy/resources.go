package auditpolicy

import (
	"slices"
	"strings"
)

// groups are the resources of Kubernetes 1.34 by API group, with their subresources, from
// the folder api/discovery of its repository.
var groups = map[string]string{
	"": `bindings componentstatuses configmaps endpoints events limitranges namespaces/finalize,status nodes/proxy,status
		persistentvolumeclaims/status persistentvolumes/status
		pods/attach,binding,ephemeralcontainers,eviction,exec,log,portforward,proxy,resize,status
		podtemplates replicationcontrollers/scale,status resourcequotas/status secrets serviceaccounts/token services/proxy,status`,
	"admissionregistration.k8s.io": `mutatingadmissionpolicies mutatingadmissionpolicybindings mutatingwebhookconfigurations
		validatingadmissionpolicies/status validatingadmissionpolicybindings validatingwebhookconfigurations`,
	"apiextensions.k8s.io":         `customresourcedefinitions/status`,
	"apiregistration.k8s.io":       `apiservices/status`,
	"apps":                         `controllerrevisions daemonsets/status deployments/scale,status replicasets/scale,status statefulsets/scale,status`,
	"authentication.k8s.io":        `selfsubjectreviews tokenreviews`,
	"authorization.k8s.io":         `localsubjectaccessreviews selfsubjectaccessreviews selfsubjectrulesreviews subjectaccessreviews`,
	"autoscaling":                  `horizontalpodautoscalers/status`,
	"batch":                        `cronjobs/status jobs/status`,
	"certificates.k8s.io":          `certificatesigningrequests/approval,status clustertrustbundles podcertificaterequests/status`,
	"coordination.k8s.io":          `leasecandidates leases`,
	"discovery.k8s.io":             `endpointslices`,
	"events.k8s.io":                `events`,
	"flowcontrol.apiserver.k8s.io": `flowschemas/status prioritylevelconfigurations/status`,
	"internal.apiserver.k8s.io":    `storageversions/status`,
	"networking.k8s.io":            `ingressclasses ingresses/status ipaddresses networkpolicies servicecidrs/status`,
	"node.k8s.io":                  `runtimeclasses`,
	"policy":                       `poddisruptionbudgets/status`,
	"rbac.authorization.k8s.io":    `clusterrolebindings clusterroles rolebindings roles`,
	"resource.k8s.io":              `deviceclasses devicetaintrules resourceclaims/status resourceclaimtemplates resourceslices`,
	"scheduling.k8s.io":            `priorityclasses`,
	"storage.k8s.io":               `csidrivers csinodes csistoragecapacities storageclasses volumeattachments/status volumeattributesclasses`,
	"storagemigration.k8s.io":      `storageversionmigrations/status`,
}

// subresourceVerbs are the verbs of subresources. Their names determine them.
var subresourceVerbs = map[string][]string{
	"approval":            {"get", "patch", "update"},
	"attach":              {"create", "get"},
	"binding":             {"create"},
	"ephemeralcontainers": {"get", "patch", "update"},
	"eviction":            {"create"},
	"exec":                {"create", "get"},
	"finalize":            {"update"},
	"log":                 {"get"},
	"portforward":         {"create", "get"},
	"proxy":               {"create", "delete", "get", "patch", "update"},
	"resize":              {"get", "patch", "update"},
	"scale":               {"get", "patch", "update"},
	"status":              {"get", "patch", "update"},
	"token":               {"create"},
}

// Resource is a resource of Kubernetes itself in one API group.
type Resource struct {
	Group string
	// Subresources are the names of its subresources, sorted.
	Subresources []string
}

var resources = func() map[string][]Resource {
	out := map[string][]Resource{}
	for group, list := range groups {
		for text := range strings.FieldsSeq(list) {
			name, subresources, found := strings.Cut(text, "/")
			r := Resource{Group: group}
			if found {
				r.Subresources = strings.Split(subresources, ",")
			}
			out[name] = append(out[name], r)
		}
	}
	for _, list := range out {
		slices.SortFunc(list, func(a, b Resource) int { return strings.Compare(a.Group, b.Group) })
	}
	return out
}()

// Lookup returns the resources of Kubernetes with the given name, one for each API group
// that has one. It returns nil if Kubernetes itself has no such resource.
func Lookup(name string) []Resource { return resources[name] }

// Supports reports whether a subresource of Kubernetes can be requested with a verb.
func Supports(subresource, verb string) bool {
	return slices.Contains(subresourceVerbs[subresource], verb)
}

package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/internal/suggest"
)

var auditName = &Analyzer{
	ID:       "audit-name",
	Category: K8sAudit,
	Level:    Warning,
	Summary:  "A verb or a resource is compared with a name that audit events never contain.",
	Fix:      SafeFix,
	Run:      runAuditName,
}

// verbs are the verbs of requests, those of paths that are no resources included.
var verbs = []string{
	"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection",
	"post", "put", "head", "options", "trace",
}

// rareVerbs are verbs that requests can have, but do not have in practice.
var rareVerbs = []string{"connect", "proxy"}

// permissions are verbs that roles grant and that no request has.
var permissions = []string{"approve", "attest", "bind", "escalate", "impersonate", "sign", "use"}

// resources are the resources of Kubernetes 1.34, and those of OpenShift, by their kinds
// in lower case and their short names.
var resources = map[string][]string{
	"apirequestcounts": {"apirequestcount"}, "apiservices": {"apiservice"}, "bindings": {"binding"}, "buildconfigs": {"buildconfig", "bc"}, "builds": {"build"},
	"certificatesigningrequests": {"certificatesigningrequest", "csr"}, "clusterrolebindings": {"clusterrolebinding"}, "clusterroles": {"clusterrole"},
	"componentstatuses": {"componentstatus", "cs"}, "configmaps": {"configmap", "cm"}, "controllerrevisions": {"controllerrevision"}, "cronjobs": {"cronjob", "cj"},
	"csidrivers": {"csidriver"}, "csinodes": {"csinode"}, "csistoragecapacities": {"csistoragecapacity"},
	"customresourcedefinitions": {"customresourcedefinition", "crd", "crds"}, "daemonsets": {"daemonset", "ds"},
	"deploymentconfigs": {"deploymentconfig", "dc"}, "deployments": {"deployment", "deploy"}, "endpoints": {"endpoint", "ep"}, "endpointslices": {"endpointslice"},
	"events": {"event", "ev"}, "flowschemas": {"flowschema"}, "horizontalpodautoscalers": {"horizontalpodautoscaler", "hpa"},
	"imagestreams": {"imagestream", "is"}, "ingressclasses": {"ingressclass"}, "ingresses": {"ingress", "ing"}, "ipaddresses": {"ipaddress"},
	"jobs": {"job"}, "leases": {"lease"}, "limitranges": {"limitrange", "limits"}, "localsubjectaccessreviews": {"localsubjectaccessreview"},
	"mutatingwebhookconfigurations": {"mutatingwebhookconfiguration"}, "namespaces": {"namespace", "ns"}, "networkpolicies": {"networkpolicy", "netpol"},
	"nodes": {"node", "no"}, "persistentvolumeclaims": {"persistentvolumeclaim", "pvc"}, "persistentvolumes": {"persistentvolume", "pv"},
	"poddisruptionbudgets": {"poddisruptionbudget", "pdb"}, "pods": {"pod", "po"}, "podsecuritypolicies": {"podsecuritypolicy", "psp"},
	"podtemplates": {"podtemplate"}, "priorityclasses": {"priorityclass", "pc"}, "prioritylevelconfigurations": {"prioritylevelconfiguration"},
	"projects": {"project"}, "replicasets": {"replicaset", "rs"}, "replicationcontrollers": {"replicationcontroller", "rc"},
	"resourceclaims": {"resourceclaim"}, "resourceclaimtemplates": {"resourceclaimtemplate"}, "resourcequotas": {"resourcequota", "quota"},
	"resourceslices": {"resourceslice"}, "rolebindings": {"rolebinding"}, "roles": {"role"}, "routes": {"route"}, "runtimeclasses": {"runtimeclass"},
	"secrets": {"secret"}, "securitycontextconstraints": {"securitycontextconstraint", "scc"}, "selfsubjectaccessreviews": {"selfsubjectaccessreview"},
	"selfsubjectreviews": {"selfsubjectreview"}, "selfsubjectrulesreviews": {"selfsubjectrulesreview"}, "serviceaccounts": {"serviceaccount", "sa"},
	"servicecidrs": {"servicecidr"}, "services": {"service", "svc"}, "statefulsets": {"statefulset", "sts"}, "storageclasses": {"storageclass", "sc"},
	"subjectaccessreviews": {"subjectaccessreview"}, "tokenreviews": {"tokenreview"},
	"validatingadmissionpolicies": {"validatingadmissionpolicy"}, "validatingadmissionpolicybindings": {"validatingadmissionpolicybinding"},
	"validatingwebhookconfigurations": {"validatingwebhookconfiguration"}, "volumeattachments": {"volumeattachment"},
}

// resourceOf has the resources by their kinds and short names.
var resourceOf = func() map[string]string {
	out := map[string]string{}
	for resource, names := range resources {
		for _, name := range names {
			out[name] = resource
		}
	}
	return out
}()

// resourceNames are the resources, sorted.
var resourceNames = slices.Sorted(maps.Keys(resources))

func runAuditName(p *Pass) {
	for c := range auditConditions(p.Conditions()) {
		for l := range c.Literals() {
			if !comparesWhole(l.Check.Op) {
				continue
			}
			for _, v := range l.Check.Values() {
				switch l.Operand {
				case verbField:
					p.verb(l, v)
				case resourceField:
					p.resource(l, v)
				}
			}
		}
	}
}

func (p *Pass) verb(l *Literal, v *ast.Value) {
	if slices.Contains(verbs, v.Text) || v.Text == noValue {
		return
	}
	if slices.Contains(permissions, v.Text) {
		p.ReportNode(l, v, "%s is a verb in roles, but no request has it", v.Text).Hint = "check the role that is bound, or the resource that the permission is about"
		return
	}
	d := p.ReportNode(l, v, "no request has the verb %q", v.Text)
	if slices.Contains(rareVerbs, v.Text) {
		asInfo(d).Hint = "requests for subresources have the verbs create and get"
		return
	}
	if near := suggest.Nearest(strings.ToLower(v.Text), slices.Values(verbs)); near != "" {
		p.suggestValue(d, l, v, near, strings.EqualFold(near, v.Text))
	} else {
		d.Hint = "the verbs are get, list, watch, create, update, patch, delete and deletecollection"
	}
}

func (p *Pass) resource(l *Literal, v *ast.Value) {
	if _, known := resources[v.Text]; known {
		return
	}
	if resource, subresource, found := strings.Cut(v.Text, "/"); found && resource != "" && subresource != "" {
		d := p.ReportNode(l, v, "%s never contains a subresource", resourceField)
		both := fmt.Sprintf("%s = %s and %s = %s", resourceField, resource, subresourceField, subresource)
		d.Hint = "write " + both
		if _, isKnown := resources[resource]; isKnown && (l.Check.Op == ast.OpEq || l.Check.Op == ast.OpEqEq) {
			edits, err := l.Replace(l.Check, "("+both+")")
			fix(d, true, edits, err)
		}
		return
	}
	lower := strings.ToLower(v.Text)
	near := resourceOf[lower]
	if _, known := resources[lower]; known {
		near = lower
	}
	isName := near != ""
	if !isName && len(v.Text) >= 6 {
		near = suggest.Nearest(lower, func(yield func(string) bool) {
			for _, name := range resourceNames {
				// A much longer name is another resource, not the one that was meant.
				if len(name) <= len(lower)+2 && !yield(name) {
					return
				}
			}
		})
	}
	if near != "" {
		p.suggestValue(p.ReportNode(l, v, "audit events have no resource %q", v.Text), l, v, near, isName)
	}
}

package corpus

import (
	"fmt"
	"io"
	"time"
)

// Audit writes n Kubernetes audit events, one a line, as the API server of a small cluster
// logs them: mostly requests of the control plane, and a few percent that fire rules.
func Audit(w io.Writer, n int) error {
	g := &audit{dice: newDice(), at: start}
	return writeLines(w, n, func() any { return g.next() })
}

// auditEvent is an audit event with the keys in the order of the API server.
type auditEvent struct {
	Kind            string            `json:"kind"`
	APIVersion      string            `json:"apiVersion"`
	Level           string            `json:"level"`
	AuditID         string            `json:"auditID"`
	Stage           string            `json:"stage"`
	RequestURI      string            `json:"requestURI"`
	Verb            string            `json:"verb"`
	User            user              `json:"user"`
	SourceIPs       []string          `json:"sourceIPs"`
	UserAgent       string            `json:"userAgent"`
	ObjectRef       *objectRef        `json:"objectRef,omitempty"`
	ResponseStatus  status            `json:"responseStatus"`
	RequestObject   any               `json:"requestObject,omitempty"`
	RequestReceived string            `json:"requestReceivedTimestamp"`
	StageTimestamp  string            `json:"stageTimestamp"`
	Annotations     map[string]string `json:"annotations"`
}

type user struct {
	Username string   `json:"username"`
	Groups   []string `json:"groups"`
}

type objectRef struct {
	Resource    string `json:"resource"`
	Namespace   string `json:"namespace,omitempty"`
	Name        string `json:"name,omitempty"`
	APIGroup    string `json:"apiGroup,omitempty"`
	APIVersion  string `json:"apiVersion"`
	Subresource string `json:"subresource,omitempty"`
}

type status struct {
	Metadata struct{} `json:"metadata"`
	Code     int      `json:"code"`
}

// who is a user or a service that makes requests.
type who struct {
	user    user
	address string
	agent   string
	reason  string // why the requests are allowed
}

type audit struct {
	dice
	at time.Time
}

// next returns the next event.
func (g *audit) next() auditEvent {
	g.at = g.at.Add(time.Duration(1000+g.IntN(20_000_000)) * time.Nanosecond)
	return pick(g.dice, []share[func() auditEvent]{
		{29000, g.renewsLease}, {19000, g.readsConfig}, {9000, g.lists}, {11000, g.watches}, {4500, g.reportsPod}, {5000, g.reportsNode},
		{6000, g.writesEvent}, {7500, g.probes}, {3000, g.asksForAccess}, {2000, g.looksAround}, {800, g.startsPod}, {800, g.bindsPod}, {800, g.deletesPod},
		{300, g.scales}, {700, g.deploys}, {300, g.writesConfig}, {500, g.plantsCredentials}, {800, g.runsCommand}, {200, g.startsPrivileged},
		{200, g.writesRole}, {600, g.readsSecrets}, {300, g.opensPort}, {100, g.grantsAdmin},
	})()
}

// request returns the event of a completed request.
func (g *audit) request(w who, verb, uri string, ref *objectRef, code int) auditEvent {
	const stamp = "2006-01-02T15:04:05.000000Z"
	return auditEvent{
		Kind: "Event", APIVersion: "audit.k8s.io/v1", Level: "Metadata", AuditID: g.uid(), Stage: "ResponseComplete",
		RequestURI: uri, Verb: verb, User: w.user, SourceIPs: []string{w.address}, UserAgent: w.agent, ObjectRef: ref,
		ResponseStatus: status{Code: code}, RequestReceived: g.at.Format(stamp), StageTimestamp: g.at.Add(time.Duration(g.IntN(90_000)) * time.Microsecond).Format(stamp),
		Annotations: map[string]string{"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": w.reason},
	}
}

// with adds the object of the request.
func (e auditEvent) with(sent any) auditEvent {
	e.Level, e.RequestObject = "Request", sent
	return e
}

func (g *audit) uid() string {
	return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", g.Uint32(), g.IntN(1<<16), g.IntN(1<<12), g.IntN(1<<12), g.Uint64()>>16)
}

func (g *audit) node() string      { return fmt.Sprintf("node-%d", g.IntN(6)) }
func (g *audit) namespace() string { return g.one("shop", "shop", "payments", "monitoring") }
func (g *audit) app() string       { return g.one("cart", "catalog", "payments", "tools-runner") }
func (g *audit) pod() string       { return g.app() + "-7d9c5b6f4-" + g.letters(5) }

const version = "v1.32.3 (linux/amd64) kubernetes/32cc146"

func (g *audit) kubelet() who {
	node := g.node()
	return who{user{Username: "system:node:" + node, Groups: []string{"system:nodes", "system:authenticated"}}, "10.20.1." + node[5:], "kubelet/" + version, ""}
}

// controller returns a component of the control plane.
func (g *audit) controller() who {
	name := g.one("replicaset-controller", "deployment-controller", "endpointslice-controller", "generic-garbage-collector", "namespace-controller", "cronjob-controller")
	return who{
		user{
			Username: "system:serviceaccount:kube-system:" + name,
			Groups:   []string{"system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"},
		},
		"10.20.0.10", "kube-controller-manager/" + version + "/system:serviceaccount:kube-system:" + name,
		fmt.Sprintf("RBAC: allowed by ClusterRoleBinding %q of ClusterRole %q to ServiceAccount %q", "system:controller:"+name, "system:controller:"+name, name+"/kube-system"),
	}
}

// operator returns the service account of an application.
func (g *audit) operator() who {
	namespace, name := g.namespace(), g.one("prometheus", "cert-manager", "external-dns", "cart-operator")
	return who{
		user{
			Username: "system:serviceaccount:" + namespace + ":" + name,
			Groups:   []string{"system:serviceaccounts", "system:serviceaccounts:" + namespace, "system:authenticated"},
		},
		fmt.Sprintf("10.244.%d.%d", g.IntN(6), 2+g.IntN(250)), name + "/v0.9.4 (linux/amd64) kubernetes/$Format",
		fmt.Sprintf("RBAC: allowed by ClusterRoleBinding %q of ClusterRole %q to ServiceAccount %q", name, name, name+"/"+namespace),
	}
}

// person returns an administrator.
func (g *audit) person() who {
	return who{
		user{Username: "kubernetes-admin", Groups: []string{"kubeadm:cluster-admins", "system:authenticated"}},
		"10.20.113.144", "kubectl/" + version,
		`RBAC: allowed by ClusterRoleBinding "kubeadm:cluster-admins" of ClusterRole "cluster-admin" to Group "kubeadm:cluster-admins"`,
	}
}

// core returns a reference to an object of the core API and its path.
func core(resource, namespace, name, subresource string) (*objectRef, string) {
	uri := "/api/v1/namespaces/" + namespace + "/" + resource
	for _, part := range []string{name, subresource} {
		if part != "" {
			uri += "/" + part
		}
	}
	return &objectRef{Resource: resource, Namespace: namespace, Name: name, APIVersion: "v1", Subresource: subresource}, uri
}

// grouped is like core for the other APIs.
func grouped(group, resource, namespace, name string) (*objectRef, string) {
	uri := "/apis/" + group + "/v1"
	if namespace != "" {
		uri += "/namespaces/" + namespace
	}
	uri += "/" + resource
	if name != "" {
		uri += "/" + name
	}
	return &objectRef{Resource: resource, Namespace: namespace, Name: name, APIGroup: group, APIVersion: "v1"}, uri
}

func (g *audit) renewsLease() auditEvent {
	w := g.kubelet()
	ref, uri := grouped("coordination.k8s.io", "leases", "kube-node-lease", w.user.Username[len("system:node:"):])
	return g.request(w, "update", uri+"?timeout=10s", ref, 200)
}

func (g *audit) readsConfig() auditEvent {
	resource := g.one("configmaps", "configmaps", "endpoints", "serviceaccounts", "pods")
	ref, uri := core(resource, g.namespace(), g.app()+"-"+g.letters(4), "")
	return g.request(g.operator(), "get", uri, ref, 200)
}

func (g *audit) lists() auditEvent {
	ref, uri := core(g.one("pods", "services", "configmaps", "events"), g.namespace(), "", "")
	return g.request(g.operator(), "list", uri+"?labelSelector=app.kubernetes.io%2Fname%3Dcart&limit=500", ref, 200)
}

func (g *audit) watches() auditEvent {
	group, resource := "apps", g.one("deployments", "replicasets", "daemonsets")
	ref, uri := grouped(group, resource, "", "")
	uri += fmt.Sprintf("?allowWatchBookmarks=true&resourceVersion=%d&timeout=7m%ds&timeoutSeconds=433&watch=true", 4_000_000+g.IntN(900_000), g.IntN(60))
	return g.request(g.controller(), "watch", uri, ref, 200)
}

func (g *audit) reportsPod() auditEvent {
	ref, uri := core("pods", g.namespace(), g.pod(), "status")
	now := g.at.Format(time.RFC3339)
	return g.request(g.kubelet(), "patch", uri, ref, 200).with(object{
		"metadata": object{"uid": g.uid()},
		"status": object{
			"conditions": []object{
				{"type": "Ready", "status": "True", "lastTransitionTime": now}, {"type": "ContainersReady", "status": "True", "lastTransitionTime": now},
			},
			"containerStatuses": []object{{"name": g.app(), "ready": true, "restartCount": g.IntN(3), "state": object{"running": object{"startedAt": now}}}},
			"phase":             "Running",
		},
	})
}

func (g *audit) reportsNode() auditEvent {
	w := g.kubelet()
	name := w.user.Username[len("system:node:"):]
	ref := &objectRef{Resource: "nodes", Name: name, APIVersion: "v1", Subresource: "status"}
	return g.request(w, "patch", "/api/v1/nodes/"+name+"/status?timeout=10s", ref, 200).with(object{
		"status": object{"conditions": []object{{"type": "MemoryPressure", "lastHeartbeatTime": g.at.Format(time.RFC3339)}, {"type": "Ready", "lastHeartbeatTime": g.at.Format(time.RFC3339)}}},
	})
}

func (g *audit) writesEvent() auditEvent {
	ref, uri := core("events", g.namespace(), "", "")
	return g.request(g.controller(), "create", uri, ref, 201)
}

func (g *audit) probes() auditEvent {
	return g.request(who{
		user{Username: "system:anonymous", Groups: []string{"system:unauthenticated"}}, "10.20.0.5", "kube-probe/1.32",
		`RBAC: allowed by ClusterRoleBinding "system:public-info-viewer" of ClusterRole "system:public-info-viewer" to Group "system:unauthenticated"`,
	}, "get", g.one("/livez", "/readyz", "/healthz"), nil, 200)
}

func (g *audit) asksForAccess() auditEvent {
	ref, uri := grouped("authorization.k8s.io", "subjectaccessreviews", "", "")
	return g.request(g.operator(), "create", uri, ref, 201).with(object{
		"kind": "SubjectAccessReview", "apiVersion": "authorization.k8s.io/v1",
		"spec": object{"nonResourceAttributes": object{"path": "/metrics", "verb": "get"}, "user": g.operator().user.Username},
	})
}

// looksAround returns a read request of a person.
func (g *audit) looksAround() auditEvent {
	ref, uri := core(g.one("pods", "services", "events"), g.namespace(), g.pod(), g.one("", "", "log"))
	return g.request(g.person(), "get", uri, ref, g.pickCode())
}

func (g *audit) pickCode() int { return []int{200, 200, 200, 404, 403}[g.IntN(5)] }

// podObject returns the object of a request that creates a pod.
func (g *audit) podObject(namespace, app string, privileged bool) object {
	return object{
		"kind": "Pod", "apiVersion": "v1",
		"metadata": object{
			"generateName": app + "-7d9c5b6f4-", "namespace": namespace, "labels": object{"app": app, "pod-template-hash": "7d9c5b6f4"},
			"ownerReferences": []object{{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": app + "-7d9c5b6f4", "uid": g.uid(), "controller": true, "blockOwnerDeletion": true}},
		},
		"spec": object{
			"volumes": []object{{"name": "config", "configMap": object{"name": app + "-config", "defaultMode": 420}}},
			"containers": []object{{
				"name": app, "image": "registry.shop.example/" + app + ":2.14.0", "imagePullPolicy": "IfNotPresent",
				"ports":           []object{{"containerPort": 8080, "protocol": "TCP"}},
				"env":             []object{{"name": "LOG_LEVEL", "value": "info"}, {"name": "DATABASE_HOST", "value": "postgres." + namespace}},
				"resources":       object{"limits": object{"memory": "256Mi"}, "requests": object{"cpu": "100m", "memory": "128Mi"}},
				"volumeMounts":    []object{{"name": "config", "readOnly": true, "mountPath": "/etc/" + app}},
				"securityContext": object{"allowPrivilegeEscalation": privileged, "privileged": privileged, "runAsUser": 1000},
			}},
			"restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst", "serviceAccountName": app, "schedulerName": "default-scheduler",
		},
	}
}

func (g *audit) startsPod() auditEvent {
	namespace := g.namespace()
	ref, uri := core("pods", namespace, "", "")
	return g.request(g.controller(), "create", uri, ref, 201).with(g.podObject(namespace, g.one("cart", "catalog", "payments"), false))
}

func (g *audit) startsPrivileged() auditEvent {
	namespace := g.namespace()
	ref, uri := core("pods", namespace, "", "")
	return g.request(g.person(), "create", uri, ref, 201).with(g.podObject(namespace, "catalog", true))
}

func (g *audit) bindsPod() auditEvent {
	ref, uri := core("pods", g.namespace(), g.pod(), "binding")
	return g.request(who{
		user{Username: "system:kube-scheduler", Groups: []string{"system:authenticated"}}, "10.20.0.10", "kube-scheduler/" + version + "/scheduler",
		`RBAC: allowed by ClusterRoleBinding "system:kube-scheduler" of ClusterRole "system:kube-scheduler" to User "system:kube-scheduler"`,
	}, "create", uri, ref, 201).with(object{"kind": "Binding", "apiVersion": "v1", "metadata": object{"name": ref.Name, "namespace": ref.Namespace}, "target": object{"kind": "Node", "name": g.node()}})
}

func (g *audit) deletesPod() auditEvent {
	ref, uri := core("pods", g.namespace(), g.pod(), "")
	return g.request(g.controller(), "delete", uri, ref, 200).with(object{"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 30})
}

func (g *audit) scales() auditEvent {
	ref, uri := grouped("apps", "deployments", g.namespace(), g.app())
	return g.request(g.person(), "patch", uri+"?fieldManager=kubectl-edit", ref, 200).with(object{"spec": object{"replicas": 1 + g.IntN(9)}})
}

func (g *audit) deploys() auditEvent {
	namespace, app := g.namespace(), g.app()
	ref, uri := grouped("apps", "deployments", namespace, app)
	return g.request(g.person(), "create", uri+"?fieldManager=kubectl-client-side-apply", ref, 201).with(object{
		"kind": "Deployment", "apiVersion": "apps/v1", "metadata": object{"name": app, "namespace": namespace},
		"spec": object{"replicas": 2, "template": g.podObject(namespace, app, false)},
	})
}

// configMap returns the event of a request that writes a ConfigMap.
func (g *audit) configMap(data object) auditEvent {
	ref, uri := core("configmaps", g.namespace(), g.app()+"-config", "")
	return g.request(g.person(), g.one("update", "patch"), uri, ref, 200).with(object{
		"kind": "ConfigMap", "apiVersion": "v1", "metadata": object{"name": ref.Name, "namespace": ref.Namespace}, "data": data,
	})
}

func (g *audit) writesConfig() auditEvent {
	return g.configMap(object{"LOG_LEVEL": "debug", "application.yaml": "server:\n  port: 8080\n  shutdown: graceful\ncache:\n  size: 4096\n"})
}

func (g *audit) plantsCredentials() auditEvent {
	return g.configMap(object{"LOG_LEVEL": "info", "application.yaml": "database:\n  user: shop\n  password: " + g.letters(12) + "\n"})
}

func (g *audit) runsCommand() auditEvent {
	ref, uri := core("pods", g.namespace(), g.pod(), "exec")
	e := g.request(g.person(), "create", uri+"?command=sh&command=-c&command=env&container="+g.app()+"&stdin=true&stdout=true&tty=true", ref, 101)
	e.Stage = g.one("ResponseStarted", "ResponseComplete")
	return e
}

func (g *audit) writesRole() auditEvent {
	ref, uri := grouped("rbac.authorization.k8s.io", "clusterroles", "", "debug-"+g.letters(4))
	return g.request(g.person(), "create", uri, ref, 201).with(object{
		"kind": "ClusterRole", "apiVersion": "rbac.authorization.k8s.io/v1", "metadata": object{"name": ref.Name},
		"rules": []object{{"apiGroups": []string{""}, "resources": []string{"pods", "pods/exec"}, "verbs": []string{"*"}}},
	})
}

func (g *audit) readsSecrets() auditEvent {
	ref, uri := core("secrets", g.namespace(), "", "")
	return g.request(g.person(), "list", uri+"?limit=500", ref, 200)
}

func (g *audit) opensPort() auditEvent {
	ref, uri := core("services", g.namespace(), g.app(), "")
	return g.request(g.person(), "create", uri, ref, 201).with(object{
		"kind": "Service", "apiVersion": "v1", "metadata": object{"name": ref.Name, "namespace": ref.Namespace},
		"spec": object{"type": "NodePort", "ports": []object{{"port": 8080, "nodePort": 30080, "protocol": "TCP"}}, "selector": object{"app": ref.Name}},
	})
}

func (g *audit) grantsAdmin() auditEvent {
	ref, uri := grouped("rbac.authorization.k8s.io", "clusterrolebindings", "", "admin-"+g.letters(4))
	return g.request(g.person(), "create", uri, ref, 201).with(object{
		"kind": "ClusterRoleBinding", "apiVersion": "rbac.authorization.k8s.io/v1", "metadata": object{"name": ref.Name},
		"roleRef":  object{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
		"subjects": []object{{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "eve@shop.example"}},
	})
}

package lint_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/falcorules/falcorules"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/samples"
	"github.com/falcorules/falcorules/lint"
	"github.com/falcorules/falcorules/loader"
)

// auditRequest is a request to an API server, as an audit policy sees it.
type auditRequest struct {
	user                                          string
	groups                                        []string
	verb, group, resource, subresource, namespace string
	name, path                                    string
	// object is the name in the object of the request.
	object string
	// kind chooses one of several contents of the objects.
	kind int
}

// auditRequests are requests that an API server can get.
func auditRequests() []auditRequest {
	const standard = "create delete deletecollection get list patch update watch"
	users := []auditRequest{
		{user: "admin", groups: []string{"ops", "system:authenticated"}},
		{user: "system:kube-proxy", groups: []string{"system:authenticated"}},
		{user: "system:anonymous", groups: []string{"system:unauthenticated"}},
		{},
	}
	var out []auditRequest
	for i, e := range []struct{ group, resource, subresource, verbs string }{
		{"", "pods", "", standard},
		{"", "pods", "exec", "create get"},
		{"", "pods", "log", "get"},
		{"", "pods", "status", "get patch update"},
		{"", "secrets", "", standard},
		{"", "configmaps", "", standard},
		{"", "events", "", standard},
		{"events.k8s.io", "events", "", standard},
		{"", "serviceaccounts", "", standard},
		{"", "serviceaccounts", "token", "create"},
		{"apps", "deployments", "", standard},
		{"apps", "deployments", "scale", "get patch update"},
		{"rbac.authorization.k8s.io", "clusterroles", "", standard},
		{"example.com", "widgets", "", standard},
		{"example.com", "widgets", "status", "get patch update"},
	} {
		for j, verb := range strings.Fields(e.verbs) {
			for k, namespace := range []string{"default", "kube-system", ""} {
				r := users[(i+j+k)%len(users)]
				r.verb, r.group, r.resource, r.subresource, r.namespace, r.kind = verb, e.group, e.resource, e.subresource, namespace, (i+j)%2
				if e.resource == "clusterroles" {
					r.namespace = ""
				}
				name := []string{"alpha", "beta"}[(j+k)%2]
				switch {
				case verb == "create" && e.subresource == "":
					r.object = name
				case verb != "list" && verb != "watch" && verb != "deletecollection":
					r.name = name
				}
				out = append(out, r)
				r.user, r.groups, r.kind = users[(i+j+k+1)%len(users)].user, users[(i+j+k+1)%len(users)].groups, 1-r.kind
				out = append(out, r)
			}
		}
	}
	for i, path := range []string{"/healthz", "/version", "/apis", "/metrics"} {
		r := users[i]
		r.verb, r.path = "get", path
		out = append(out, r)
	}
	return out
}

// auditRule is a rule of an audit policy with one group of resources.
type auditRule struct {
	Level           string        `json:"level"`
	Users           []string      `json:"users,omitempty"`
	UserGroups      []string      `json:"userGroups,omitempty"`
	Verbs           []string      `json:"verbs,omitempty"`
	Namespaces      []string      `json:"namespaces,omitempty"`
	NonResourceURLs []string      `json:"nonResourceURLs,omitempty"`
	OmitStages      []string      `json:"omitStages,omitempty"`
	Resources       []auditGroups `json:"resources,omitempty"`
}

type auditGroups struct {
	Group         string   `json:"group"`
	Resources     []string `json:"resources,omitempty"`
	ResourceNames []string `json:"resourceNames,omitempty"`
}

// matches reports whether a rule applies to a request.
func (r *auditRule) matches(q auditRequest) bool {
	within := func(list []string, text string) bool { return len(list) == 0 || slices.Contains(list, text) }
	if len(r.Users) > 0 && (q.user == "" || !within(r.Users, q.user)) || !within(r.Verbs, q.verb) {
		return false
	}
	if len(r.UserGroups) > 0 && !slices.ContainsFunc(q.groups, func(g string) bool { return slices.Contains(r.UserGroups, g) }) {
		return false
	}
	if len(r.NonResourceURLs) > 0 {
		return q.path != "" && slices.ContainsFunc(r.NonResourceURLs, func(spec string) bool {
			return spec == q.path || strings.HasSuffix(spec, "*") && strings.HasPrefix(q.path, strings.TrimSuffix(spec, "*"))
		})
	}
	if len(r.Namespaces) == 0 && len(r.Resources) == 0 {
		return true
	}
	if q.path != "" || !within(r.Namespaces, q.namespace) {
		return false
	}
	full := q.resource
	if q.subresource != "" {
		full += "/" + q.subresource
	}
	return len(r.Resources) == 0 || slices.ContainsFunc(r.Resources, func(g auditGroups) bool {
		if g.Group != "*" && g.Group != q.group {
			return false
		}
		return len(g.Resources) == 0 || within(g.ResourceNames, q.name) && slices.ContainsFunc(g.Resources, func(p string) bool {
			return p == "*" || p == full || p == q.resource+"/*" || q.subresource != "" && p == "*/"+q.subresource
		})
	})
}

// event returns the audit event of a request at a stage, or nothing if a rule of a policy
// omits it.
func (q auditRequest) event(r *auditRule, stage string) []byte {
	if r.Level == "None" || slices.Contains(r.OmitStages, stage) {
		return nil
	}
	ev := map[string]any{
		"kind": "Event", "apiVersion": "audit.k8s.io/v1", "auditID": "a", "level": r.Level, "stage": stage, "verb": q.verb,
		"stageTimestamp": "2026-01-02T03:04:05.000006Z", "requestURI": "/api/v1",
	}
	if q.user != "" {
		ev["user"] = map[string]any{"username": q.user, "groups": q.groups}
	}
	if q.path != "" {
		ev["requestURI"] = q.path + "?verbose"
	} else {
		ref := map[string]any{"resource": q.resource}
		for key, value := range map[string]string{"subresource": q.subresource, "namespace": q.namespace, "name": q.name + q.object, "apiGroup": q.group} {
			if value != "" {
				ref[key] = value
			}
		}
		ev["objectRef"] = ref
	}
	if stage != "RequestReceived" {
		ev["responseStatus"] = map[string]any{"code": 200 + 203*q.kind}
		object := map[string]any{
			"metadata": map[string]any{"name": "alpha"}, "data": map[string]any{"key": "password"},
			"spec": map[string]any{"hostIPC": q.kind == 0, "type": "NodePort"},
		}
		if q.path == "" && strings.Contains("create update patch", q.verb) && strings.HasPrefix(r.Level, "Request") {
			ev["requestObject"] = object
		}
		if q.path == "" && q.verb != "watch" && r.Level == "RequestResponse" {
			ev["responseObject"] = object
		}
	}
	text, err := json.Marshal(ev)
	if err != nil {
		panic(err)
	}
	return text
}

var auditStages = []string{"RequestReceived", "ResponseStarted", "ResponseComplete"}

// auditRandom generates policies and conditions.
type auditRandom struct{ *rand.Rand }

func (r auditRandom) one(texts ...string) string { return texts[r.IntN(len(texts))] }

// some returns a few different texts with a probability in percent, and otherwise none.
func (r auditRandom) some(percent int, texts ...string) []string {
	if r.IntN(100) >= percent {
		return nil
	}
	r.Shuffle(len(texts), func(i, j int) { texts[i], texts[j] = texts[j], texts[i] })
	return slices.Clone(texts[:1+r.IntN(min(3, len(texts)))])
}

func (r auditRandom) rule() auditRule {
	rule := auditRule{
		Level: r.one("None", "Metadata", "Request", "RequestResponse"), Users: r.some(15, "admin", "system:kube-proxy", "system:anonymous"),
		UserGroups: r.some(10, "ops", "system:authenticated"), Verbs: r.some(35, "create", "delete", "get", "list", "patch", "update", "watch"),
		OmitStages: r.some(30, auditStages...),
	}
	if r.IntN(10) == 0 {
		rule.NonResourceURLs = r.some(100, "/healthz*", "/version", "*")
		return rule
	}
	rule.Namespaces = r.some(15, "default", "kube-system", "")
	for range r.IntN(3) {
		g := auditGroups{Group: r.one("", "", "", "*", "apps", "events.k8s.io", "rbac.authorization.k8s.io", "example.com")}
		g.Resources = r.some(80, "pods", "pods/exec", "pods/*", "secrets", "configmaps", "events", "*", "*/status", "deployments", "clusterroles", "widgets", "serviceaccounts")
		if len(g.Resources) > 0 {
			g.ResourceNames = r.some(10, "alpha", "beta")
		}
		rule.Resources = append(rule.Resources, g)
	}
	return rule
}

// condition returns a condition with some depth.
func (r auditRandom) condition(depth int) string {
	if depth > 0 && r.IntN(3) > 0 {
		var parts []string
		for range 2 + r.IntN(2) {
			parts = append(parts, r.condition(depth-1))
		}
		text := "(" + strings.Join(parts, r.one(" and ", " and ", " or ")) + ")"
		if r.IntN(8) == 0 {
			text = "not " + text
		}
		return text
	}
	check := func(field string, values ...string) string {
		texts := r.some(100, values...)
		switch r.IntN(6) {
		case 0:
			return "not " + field + " in (" + strings.Join(texts, ", ") + ")"
		case 1:
			return field + " = " + texts[0]
		case 2:
			return r.one("", "not ") + field + r.one(" exists", " startswith "+texts[0][:2], " != "+texts[0])
		}
		return field + " in (" + strings.Join(texts, ", ") + ")"
	}
	switch r.IntN(13) {
	case 0, 1:
		return check(r.one("ka.verb", "ka.verb", "jevt.value[/verb]"), "create", "delete", "get", "list", "patch", "update", "watch")
	case 2, 3, 4:
		return check("ka.target.resource", "pods", "secrets", "configmaps", "events", "deployments", "clusterroles", "widgets", "serviceaccounts")
	case 5:
		return check("ka.target.subresource", "exec", "log", "status", "scale")
	case 6:
		return check("ka.target.namespace", "default", "kube-system")
	case 7:
		return check("ka.user.name", "admin", "system:kube-proxy")
	case 8:
		return check(r.one("ka.stage", "jevt.value[/stage]", "json.value[stage]"), auditStages...)
	case 9:
		return check(r.one("ka.target.name", "ka.req.configmap.name"), "alpha", "beta")
	case 10:
		return check("ka.uri", "/healthz?verbose", "/version?verbose", "/api/v1")
	case 11:
		return r.one("not ", "", "", "") + r.one("ka.resp.name = alpha", "ka.target.pod.name exists", "jevt.value[/responseObject/data] exists", "ka.response.code = 200", "ka.response.code exists")
	}
	return r.one("not ", "", "", "") + r.one("ka.req.pod.host_ipc = true", "ka.req.service.type = NodePort", "ka.req.configmap.obj contains password",
		"json.value[requestObject/spec/hostIPC] = false", "len(ka.req.configmap.obj) > 3", "jevt.value[/level] in (Metadata, Request)")
}

// TestAuditPolicyRandom lints random rules with random audit policies, and compares the
// findings with the events that the policy lets through. The policy is applied by code that
// has nothing in common with that of the analyzer.
func TestAuditPolicyRandom(t *testing.T) {
	requests := auditRequests()
	everything := &auditRule{Level: "RequestResponse"}
	starved, needless := 0, 0
	for seed := range samples.Of(300) {
		r := auditRandom{rand.New(rand.NewPCG(1, uint64(seed)))}
		var text strings.Builder
		for i := range 12 {
			fmt.Fprintf(&text, "- rule: R%d\n  desc: d\n  condition: >\n    %s\n  output: '%%ka.resp.name %%ka.req.configmap.obj'\n  priority: INFO\n  source: k8s_audit\n", i, r.condition(3))
		}
		var rules []auditRule
		for range 1 + r.IntN(5) {
			rules = append(rules, r.rule())
		}
		if r.IntN(2) == 0 {
			rules = append(rules, auditRule{Level: r.one("Metadata", "Request")})
		}
		policyText, err := json.Marshal(map[string]any{"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": rules})
		if err != nil {
			t.Fatal(err)
		}
		policy, err := lint.ReadAuditPolicy(strings.NewReader(string(policyText)), "policy.yaml")
		if err != nil {
			t.Fatal(err)
		}
		engine, err := falcorules.Options{AllMatches: true}.LoadFiles(loader.File{Name: "rules.yaml", Data: []byte(text.String())})
		if err != nil {
			t.Fatalf("%v in\n%s", err, text.String())
		}
		claims := claimsOf(lint.Run(t.Context(), engine.Ruleset(), lint.Options{AuditPolicy: policy}))
		parts := lint.StarvedParts(engine.Ruleset(), policy)
		fired, firesAtAll := map[string]bool{}, map[string]bool{}
		match := func(event []byte, each func(*falcorules.Match)) {
			if event == nil {
				return
			}
			matches, err := engine.MatchJSON(event)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range matches {
				each(m)
			}
		}
		r.Shuffle(len(requests), func(i, j int) { requests[i], requests[j] = requests[j], requests[i] })
		for _, q := range requests[:100] {
			deciding := &auditRule{Level: "None"}
			if i := slices.IndexFunc(rules, func(rule auditRule) bool { return rule.matches(q) }); i >= 0 {
				deciding = &rules[i]
			}
			for _, stage := range auditStages {
				match(q.event(everything, stage), func(m *falcorules.Match) { firesAtAll[m.Rule().Name] = true })
				match(q.event(deciding, stage), func(m *falcorules.Match) {
					name := m.Rule().Name
					fired[name] = true
					c := claims[name]
					wrong := ""
					switch {
					case c.starved:
						wrong = "never fires"
					case c.narrow && len(deciding.Users)+len(deciding.UserGroups)+len(deciding.Namespaces) == 0 && !hasNames(deciding):
						wrong = "fires only on selected requests"
					case slices.ContainsFunc(parts[name], func(l lint.AuditLabel) bool { return q.hasLabel(l) }):
						wrong = fmt.Sprint("gets no event for ", parts[name])
					}
					for _, field := range c.empty {
						if m.Fields()[field] != nil {
							wrong = field + " has no value"
						}
					}
					if wrong != "" && !t.Failed() {
						t.Errorf("seed %d: %s %s, but fires on %s\nwith the policy %s\nand the rules\n%s", seed, name, wrong, q.event(deciding, stage), policyText, text.String())
					}
				})
			}
		}
		for name := range firesAtAll {
			switch {
			case claims[name].starved:
				starved++
			case !fired[name]:
				needless++
			}
		}
	}
	t.Logf("of the rules that fire on all events, %d are reported and do not fire, and %d others do not", starved, needless)
	if starved == 0 {
		t.Error("no rule is reported")
	}
}

// hasLabel reports whether a request is one of those with a label.
func (q auditRequest) hasLabel(l lint.AuditLabel) bool {
	if l.Verb != "" && l.Verb != q.verb || l.Namespace != "" && l.Namespace != q.namespace || l.User != "" && l.User != q.user {
		return false
	}
	resource, subresource, found := strings.Cut(l.Resource, "/")
	switch {
	case l.Resource == "":
		return true
	case l.Resource == "other paths":
		return q.path != ""
	case resource != "*" && resource != q.resource:
		return false
	}
	return q.subresource == subresource || !found && q.resource == "widgets"
}

func hasNames(r *auditRule) bool {
	return slices.ContainsFunc(r.Resources, func(g auditGroups) bool { return len(g.ResourceNames) > 0 })
}

// claim is what the findings say about a rule.
type claim struct {
	starved, narrow bool
	empty           []string // fields without a value
}

func claimsOf(findings diag.List) map[string]claim {
	out := map[string]claim{}
	for _, d := range findings {
		if d.Code != "audit-policy" {
			continue
		}
		name := d.Within[0].Name
		c := out[name]
		switch {
		case strings.HasPrefix(d.Message, "the rule never fires:"), strings.HasPrefix(d.Message, "the rule gets no events:"):
			c.starved = true
		case strings.HasPrefix(d.Message, "the rule fires only on"):
			c.narrow = true
		case strings.Contains(d.Message, " has no value: "):
			field, _, _ := strings.Cut(d.Message, " ")
			c.empty = append(c.empty, field)
		}
		out[name] = c
	}
	return out
}

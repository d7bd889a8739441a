package lint_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/falcorules/falcorules"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/internal/growth"
	"github.com/falcorules/falcorules/lint"
	"github.com/falcorules/falcorules/loader"
)

func readPolicy(t testing.TB, rules string) *lint.AuditPolicy {
	t.Helper()
	policy, err := lint.ReadAuditPolicy(strings.NewReader("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n"+rules), "policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

// auditRuleFor returns a rule with a condition.
func auditRuleFor(name, condition string) string {
	return fmt.Sprintf("- rule: %s\n  desc: d\n  condition: %s\n  output: o\n  priority: INFO\n  source: k8s_audit\n", name, condition)
}

// auditPolicyFindings returns the findings of the analyzer audit-policy.
func auditPolicyFindings(t testing.TB, set *loader.Ruleset, policy *lint.AuditPolicy) diag.List {
	var only []*lint.Analyzer
	for _, a := range lint.Default() {
		if a.ID == "audit-policy" {
			only = append(only, a)
		}
	}
	return lint.Run(t.Context(), set, lint.Options{Analyzers: only, AuditPolicy: policy})
}

func TestReadAuditPolicy(t *testing.T) {
	_, err := lint.ReadAuditPolicy(strings.NewReader("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: metadata\n"), "policy.yaml")
	var list diag.List
	if !errors.As(err, &list) || len(list) != 1 || list[0].Range.String() != "policy.yaml:4:10" {
		t.Errorf("got %v, want one error in line 4", err)
	}
}

// fullEvent has a value for every field.
const fullEvent = `{"kind": "Event", "auditID": "a", "level": "LEVEL", "stage": "ResponseComplete", "verb": "create", "stageTimestamp": "2026-01-02T03:04:05Z",
"requestURI": "/api/v1?limit=1", "userAgent": "kubectl", "sourceIPs": ["10.0.0.1"], "user": {"username": "u", "groups": ["g"]}, "impersonatedUser": {"username": "u"},
"annotations": {"cluster_name": "c", "authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": "r", "authentication.openshift.io/decision": "d",
	"authentication.openshift.io/username": "u", "validation.policy.admission.k8s.io/validation_failure": "f", "pod-security.kubernetes.io/audit-violations": "v"},
"objectRef": {"name": "n", "namespace": "ns", "resource": "pods", "subresource": "SUB"}, "responseStatus": {"code": 200, "reason": "OK"}`

const fullObjects = `, "requestObject": {"subjects": [{"kind": "User", "name": "u"}, {"kind": "Group", "name": "g"}, {"kind": "ServiceAccount", "name": "s", "namespace": "n"}],
"roleRef": {"name": "r"}, "rules": [{"apiGroups": ["a"], "nonResourceURLs": ["/"], "verbs": ["get"], "resources": ["pods"], "sourceIPs": ["10.0.0.1"]}], "data": {"k": "v"},
"spec": {"type": "NodePort", "ports": [{"port": 80}], "hostIPC": true, "hostNetwork": true, "hostPID": true,
	"securityContext": {"runAsUser": 1, "runAsGroup": 1, "fsGroup": 1, "supplementalGroups": [1]},
	"volumes": [{"name": "v", "hostPath": {"path": "/"}, "flexVolume": {"driver": "d"}}], "containers": [C], "initContainers": [C], "ephemeralContainers": [C]}}`

const fullContainer = `{"name": "c", "image": "i:1", "command": ["c"], "args": ["a"], "ports": [{"hostPort": 1}], "securityContext": {"privileged": true,
"allowPrivilegeEscalation": true, "readOnlyRootFilesystem": true, "runAsUser": 1, "runAsGroup": 1, "procMount": "Default", "capabilities": {"add": ["A"]}}}`

// TestAuditPolicyFields compares the level that a field needs with events of each level.
func TestAuditPolicyFields(t *testing.T) {
	objects := strings.ReplaceAll(fullObjects, "C]", fullContainer+"]")
	events := []struct{ level, text string }{
		{"Metadata", strings.Replace(fullEvent, "SUB", "exec", 1) + "}"},
		{"Request", strings.Replace(fullEvent, "SUB", "exec", 1) + objects + "}"},
		{"RequestResponse", strings.Replace(fullEvent, "SUB", "", 1) + objects + `, "responseObject": {"metadata": {"name": "n"}}}`},
	}
	refs := []string{"jevt.value[/requestObject/spec/type]", "json.value[requestObject]", "jevt.value[/responseObject/metadata/name]", "json.value[/responseStatus/code]", "jevt.value[/stage]"}
	for _, f := range k8saudit.NewSource().Fields() {
		switch {
		case !strings.HasPrefix(f.Name, "ka.") || f.Name == "ka.sourceips": // which Falco reads in the rules of roles
		case f.Name == "ka.uri.param":
			refs = append(refs, f.Name+"[limit]")
		case f.Arg == fieldsets.KeyArg:
			refs = append(refs, f.Name+"[/]")
		default:
			refs = append(refs, f.Name)
		}
	}
	var text strings.Builder
	for _, ref := range refs {
		text.WriteString(auditRuleFor(ref, ref+" exists") + auditRuleFor("len "+ref, "len("+ref+") >= 0"))
	}
	rules, err := falcorules.Options{AllMatches: true}.LoadFiles(loader.File{Name: "rules.yaml", Data: []byte(text.String())})
	if err != nil {
		t.Fatal(err)
	}
	fires := map[string]bool{} // at a level or a lower one
	for _, ev := range events {
		matches, err := rules.MatchJSON([]byte(ev.text))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range matches {
			fires[m.Rule().Name] = true
		}
		reported := map[string]bool{}
		for _, d := range auditPolicyFindings(t, rules.Ruleset(), readPolicy(t, "- level: "+ev.level+"\n")) {
			reported[d.Within[0].Name] = true
		}
		for _, r := range rules.Ruleset().Rules {
			if fires[r.Name] == reported[r.Name] {
				t.Errorf("at level %s, %s fires: %v; is reported: %v", ev.level, r.Name, fires[r.Name], reported[r.Name])
			}
		}
	}
}

// TestAuditPolicyGrowth lints large rules with large policies.
func TestAuditPolicyGrowth(t *testing.T) {
	each := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	const few = "- {level: None, users: [a]}\n- {level: Metadata}\n"
	for _, tt := range []struct {
		name          string
		rules, policy func(n int) string
	}{
		{"rules of the policy", func(int) string { return auditRuleFor("R", "ka.verb = get") },
			func(n int) string { return each(n, "- {level: Metadata, users: [u%d], verbs: [list]}\n") }},
		{"users", func(int) string { return auditRuleFor("R", "ka.verb = get") },
			func(n int) string { return "- {level: None, users: [" + each(n, "u%d, ") + "]}\n" }},
		{"alternatives", func(n int) string {
			return auditRuleFor("R", "ka.target.resource = pods and (ka.req.pod.host_ipc = true"+each(n, " or ka.target.name = n%d and ka.resp.name exists")+")")
		}, func(int) string { return few }},
		{"resources", func(n int) string { return auditRuleFor("R", "ka.target.resource in (pods"+each(n, ", r%d")+")") }, func(int) string { return few }},
		{"paths", func(n int) string {
			return auditRuleFor("R", "ka.verb = get and ka.uri in (/b"+each(5*n, ", /b%d")+")")
		},
			func(n int) string { return "- {level: None, nonResourceURLs: [" + each(20*n, "/a%d*, ") + "]}\n" + few }},
		{"excluded names", func(n int) string {
			return auditRuleFor("R", "ka.verb = get"+each(n, " and not ka.target.name startswith n%d"))
		}, func(int) string { return few }},
		{"rules", func(n int) string {
			var b strings.Builder
			for i := range n {
				b.WriteString(auditRuleFor(fmt.Sprint("R", i), "ka.verb = get and ka.req.pod.host_ipc = true"))
			}
			return b.String()
		}, func(int) string { return few }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sets, policies := map[int]*loader.Ruleset{}, map[int]*lint.AuditPolicy{}
			growth.Linear(t, 100, func(n int) {
				if sets[n] == nil {
					rules, err := falcorules.Parse("rules.yaml", []byte(tt.rules(n)))
					if err != nil {
						t.Fatal(err)
					}
					sets[n], policies[n] = rules.Ruleset(), readPolicy(t, tt.policy(n))
				}
				auditPolicyFindings(t, sets[n], policies[n])
			})
		})
	}
}

// TestAuditPolicyMuch checks that the work for many large lists on both sides is limited.
func TestAuditPolicyMuch(t *testing.T) {
	var names, verbs strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&names, "n%d, ", i)
		fmt.Fprintf(&verbs, "v%d, ", i)
	}
	var policy strings.Builder
	for range 20 {
		fmt.Fprintf(&policy, "- {level: Metadata, users: [%sx], verbs: [%sx], namespaces: [%sx]}\n", names.String(), verbs.String(), names.String())
	}
	condition := fmt.Sprintf("ka.verb in (%sy) and ka.target.resource in (%sy) and ka.target.namespace in (%sy) and ka.user.name in (%sy)",
		verbs.String(), names.String(), names.String(), names.String())
	rules, err := falcorules.Parse("rules.yaml", []byte(auditRuleFor("R", condition)))
	if err != nil {
		t.Fatal(err)
	}
	auditPolicyFindings(t, rules.Ruleset(), readPolicy(t, policy.String()))
}

// TestAuditPolicySuppression checks that a suppression is not reported as unused if there is
// no policy.
func TestAuditPolicySuppression(t *testing.T) {
	text := "# falcorules ignore:audit-policy we log pods soon\n" + auditRuleFor("R", "ka.stage = ResponseComplete and ka.req.pod.host_ipc = true")
	rules, err := falcorules.Parse("rules.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, policy, want string
	}{
		{"no policy", "", ""},
		{"used", "- {level: Metadata}\n", ""},
		{"unused", "- {level: Request}\n", "there is no finding audit-policy to suppress here"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			options := lint.Options{Levels: map[string]lint.Level{"compat": lint.Off, "output": lint.Off, "style": lint.Off, "unused-suppression": lint.Warning}}
			if tt.policy != "" {
				options.AuditPolicy = readPolicy(t, tt.policy)
			}
			var got []string
			for _, d := range lint.Run(t.Context(), rules.Ruleset(), options) {
				got = append(got, d.Message)
			}
			if strings.Join(got, "\n") != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzAuditPolicy lints any rules with any policy.
func FuzzAuditPolicy(f *testing.F) {
	f.Add(auditRuleFor("R", "ka.verb in (get, list) and ka.target.resource in (secrets, pods) and not ka.target.subresource exists"), "- level: None\n  verbs: [list]\n  resources: [{group: '', resources: [secrets]}]\n- level: Metadata\n")
	f.Add(auditRuleFor("R", "ka.target.subresource in (exec, attach) or ka.req.pod.host_ipc = true or jevt.value[/level] = Request"), "- level: Metadata\n  namespaces: [x]\n- level: Request\n  omitStages: [RequestReceived]\n")
	f.Add(auditRuleFor("R", "not ka.target.resource exists and ka.uri = /healthz"), "- level: None\n  nonResourceURLs: ['/health*']\n")
	f.Fuzz(func(t *testing.T, rules, policy string) {
		if len(rules)+len(policy) > 10_000 {
			t.Skip("long")
		}
		read, err := lint.ReadAuditPolicy(strings.NewReader("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n"+policy), "policy.yaml")
		if err != nil {
			t.Skip("not a policy")
		}
		set, _ := loader.Load([]loader.File{{Name: "f.yaml", Data: []byte(rules)}}, loader.Options{})
		for _, d := range auditPolicyFindings(t, set, read) {
			if d.Code != "audit-policy" || d.Message == "" || d.Range.File == "" {
				t.Fatalf("%+v", d)
			}
		}
	})
}

package k8saudit_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/internal/subtest"
)

// extract returns the values of a field, such as ka.uri.param[limit], in the audit event
// payload.
func extract(t *testing.T, source *fieldsets.Source, payload, name string) []string {
	t.Helper()
	_, x, err := source.Resolve(reference(name))
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{}
	err = k8saudit.NewDecoder(&fieldsets.Stream{}).Decode([]byte(payload), func(ev *fieldsets.Event) error {
		var out fieldsets.Values
		out.AddText("before") // extractors must keep existing values
		x(ev, &out)
		if out.Len() == 0 || out.All()[0].Text() != "before" {
			t.Errorf("%s: the value before is gone", name)
		}
		for _, v := range out.All()[1:] {
			texts = append(texts, strings.Clone(v.Text()))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func readFile(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestFields(t *testing.T) {
	none := []string{}
	tests := map[string][]struct {
		field string
		want  []string
	}{
		"pod.json": {
			{"ka.auditid", []string{"11111111-aaaa-4000-8000-000000000001"}},
			{"ka.stage", []string{"ResponseComplete"}},
			{"ka.verb", []string{"create"}},
			{"ka.uri", []string{"/api/v1/namespaces/shop/pods?fieldManager=kubectl-run&limit=5&limit=6&note=a+b%20c&nul=x%00y"}},
			{"ka.uri.param[limit]", []string{"5"}},
			{"ka.uri.param[note]", []string{"a b c"}},
			{"ka.uri.param[nul]", []string{"x"}},
			{"ka.uri.param[Limit]", none},
			{"ka.useragent", []string{"kubectl/v1.33.1"}},
			{"ka.user.name", []string{"jane"}},
			{"ka.user.groups", []string{"developers", "system:authenticated"}},
			{"ka.impuser.name", []string{"root"}},
			{"ka.auth.decision", []string{"forbid"}},
			{"ka.auth.reason", []string{`no rule for "jane"`}},
			{"ka.auth.openshift.decision", []string{"allow"}},
			{"ka.auth.openshift.username", []string{"jane@example"}},
			{"ka.validations.admission.policy.failure", []string{`[{"message":"no"}]`}},
			{"ka.security.pod.violations", []string{"would violate"}},
			{"ka.cluster.name", []string{"blue"}},
			{"ka.target.name", []string{"till"}},
			{"ka.target.namespace", []string{"shop"}},
			{"ka.target.resource", []string{"pods"}},
			{"ka.target.subresource", none},
			{"ka.target.pod.name", []string{"till-7x"}},
			{"ka.resp.name", []string{"till-7x"}},
			{"ka.response.code", []string{"403"}},
			{"ka.response.reason", []string{"Forbidden"}},
			{"ka.sourceips", none},
			{"ka.sourceips[0]", none},
			{"ka.req.binding.subjects", none},
			{"ka.req.binding.subjects.user_names", none},
			{"ka.req.configmap.name", []string{"till"}},
			{"ka.req.pod.host_ipc", []string{"null"}},
			{"ka.req.pod.host_network", []string{"true"}},
			{"ka.req.container.host_network", []string{"true"}},
			{"ka.req.pod.host_pid", []string{"false"}},
			{"ka.req.pod.run_as_user", []string{"1000"}},
			{"ka.req.pod.run_as_group", none},
			{"ka.req.pod.fs_group", []string{"2000"}},
			{"ka.req.pod.supplemental_groups", []string{"3000", "4000"}},
			{"ka.req.pod.volumes.hostpath", []string{"/", "/var/log"}},
			{"ka.req.pod.volumes.hostpath[1]", []string{"/var/log"}},
			{"ka.req.pod.volumes.hostpath[2]", none},
			{"ka.req.pod.volumes.hostpath[9]", none},
			{"ka.req.pod.volumes.flexvolume_driver", []string{"example/nfs"}},
			{"ka.req.pod.volumes.volume_type", []string{"hostPath", "hostPath", "flexVolume", "secret"}},
			{"ka.req.pod.volumes.volume_type[3]", []string{"secret"}},
			{"ka.req.volume.hostpath[/var/log]", []string{"true"}},
			{"ka.req.volume.hostpath[/var]", []string{"false"}},
			{"ka.req.volume.hostpath[/var*]", []string{"true"}},
			{"ka.req.volume.hostpath[*]", []string{"true"}},
			{"ka.req.volume.hostpath[/etc*]", []string{"false"}},
			{"ka.req.volume.hostpath[]", none},
			{"ka.req.container.image", []string{"registry.example:5000/till:1.4"}},
			{"ka.req.container.image.repository", []string{"registry.example"}},
			{"ka.req.container.privileged", []string{"true"}},
			{"ka.req.pod.containers.name", []string{"till", "side", "third"}},
			{"ka.req.pod.containers.image", []string{"registry.example:5000/till:1.4", "side@sha256:00", "third"}},
			{"ka.req.pod.containers.image[1]", []string{"side@sha256:00"}},
			{"ka.req.pod.containers.image[3]", none},
			{"ka.req.pod.containers.image.repository", []string{"registry.example", "side", "third"}},
			{"ka.req.pod.containers.image.repository[2]", []string{"third"}},
			{"ka.req.pod.containers.command", []string{`sh -c echo "hi"`}},
			{"ka.req.pod.containers.command[1]", none},
			{"ka.req.pod.containers.args", []string{"", "-v x y"}},
			{"ka.req.pod.containers.args[1]", []string{"-v x y"}},
			{"ka.req.pod.containers.host_port", []string{"8080", "443"}},
			{"ka.req.pod.containers.privileged", []string{"true", "false"}},
			{"ka.req.pod.containers.privileged[2]", none},
			{"ka.req.pod.containers.allow_privilege_escalation", []string{"true"}},
			{"ka.req.pod.containers.read_only_fs", []string{"false"}},
			{"ka.req.pod.containers.run_as_user", []string{"7"}},
			{"ka.req.pod.containers.run_as_group", []string{"null"}},
			{"ka.req.pod.containers.proc_mount", []string{"Unmasked"}},
			{"ka.req.pod.containers.eff_run_as_user", []string{"0", "0", "0"}},
			{"ka.req.pod.containers.eff_run_as_user[0]", none},
			{"ka.req.pod.containers.add_capabilities", []string{`["NET_ADMIN","SYS_TIME"]`, `["SYS_PTRACE"]`}},
			{"ka.req.pod.containers.add_capabilities[0]", []string{`["NET_ADMIN","SYS_TIME"]`}},
			{"ka.req.pod.initContainers.name", []string{"init"}},
			{"ka.req.pod.initContainers.host_port", []string{"1"}},
			{"ka.req.pod.ephemeralContainers.image.repository", []string{"debug"}},
			{"ka.req.pod.ephemeralContainers.run_as_user", []string{"0"}},
			{"evt.pluginname", []string{"k8saudit"}},
			{"jevt.value[/user/groups]", []string{`["developers","system:authenticated"]`}},
			{"json.value[/requestObject/spec/containers/1/image]", []string{"side@sha256:00"}},
		},
		"rolebinding.json": {
			{"ka.req.binding.subjects", []string{
				`{"kind":"User","name":"jane"}`, `{"kind":"Group","name":"ops"}`,
				`{"kind":"ServiceAccount","name":"bot","namespace":"ci"}`, `{"kind":"ServiceAccount","name":"lost"}`,
				`{"kind":"ServiceAccount","namespace":"nameless"}`, `{"kind":"User","name":5}`, "User",
			}},
			{"ka.req.binding.subjects.user_names", []string{"jane", "5"}},
			{"ka.req.binding.subjects.group_names", []string{"ops"}},
			{"ka.req.binding.subjects.serviceaccount_names", []string{"bot", "lost"}},
			{"ka.req.binding.subjects.serviceaccount_ns_names", []string{"ci:bot"}},
			{"ka.req.binding.subject.has_name[nobody]", []string{"true"}},
			{"ka.req.binding.role", []string{"cluster-admin"}},
			{"ka.req.container.privileged", none},
			{"ka.target.pod.name", none},
		},
		"role.json": {
			{"ka.uri", none},
			{"ka.uri.param[limit]", none},
			{"ka.req.role.rules", []string{
				`{"apiGroups":[""],"resources":["pods","secrets"],"verbs":["get"]}`, `{"nonResourceURLs":["/metrics"],"verbs":["*"]}`,
			}},
			{"ka.req.role.rules.apiGroups", []string{""}},
			{"ka.req.role.rules.apiGroups[1]", none},
			{"ka.req.role.rules.resources", []string{"pods", "secrets"}},
			{"ka.req.role.rules.nonResourceURLs", []string{"/metrics"}},
			{"ka.req.role.rules.verbs", []string{"get", "*"}},
			{"ka.req.role.rules.verbs[1]", []string{"*"}},
		},
		"service.json": {
			{"ka.req.service.type", []string{"NodePort"}},
			{"ka.req.service.ports", []string{`[{"port":80,"nodePort":30080},{"port":443}]`}},
			{"ka.req.service.ports[1]", []string{`[{"port":80,"nodePort":30080},{"port":443}]`}},
			{"ka.req.configmap.obj", []string{`{"k":"v"}`}},
			{"ka.target.subresource", []string{"status"}},
			{"evt.plugininfo", []string{`{"kind":"Event","auditID":"11111111-aaaa-4000-8000-000000000004","stage":"ResponseComplete","verb":"create","requestURI":"/api/v1/namespaces/shop/services","objectRef":{"resource":"services","namespace":"shop","name":"till","subresource":"status"},"requestObject":{"spec":{"type":"NodePort","ports":[{"port":80,"nodePort":30080},{"port":443}]},"data":{"k":"v"}},"stageTimestamp":"2026-05-04T09:10:11Z"}`}},
		},
	}
	source, documented := k8saudit.NewSource(), k8saudit.NewSource(k8saudit.Documented())
	for file, fields := range tests {
		t.Run(subtest.Name(file), func(t *testing.T) {
			payload := readFile(t, file)
			for _, f := range fields {
				if got := extract(t, source, payload, f.field); !slices.Equal(got, f.want) {
					t.Errorf("%s: %s is %q, want %q", file, f.field, got, f.want)
				}
				if isDefective(f.field) {
					continue
				}
				if got := extract(t, documented, payload, f.field); !slices.Equal(got, f.want) {
					t.Errorf("%s: as documented, %s is %q, want %q", file, f.field, got, f.want)
				}
			}
		})
	}
}

// isDefective reports whether the option Documented changes the field.
func isDefective(field string) bool {
	name, _, _ := strings.Cut(field, "[")
	return name == "ka.sourceips" || strings.HasSuffix(name, ".eff_run_as_user") ||
		strings.HasSuffix(name, ".eff_run_as_group") || strings.HasSuffix(name, ".add_capabilities")
}

func TestDocumented(t *testing.T) {
	source := k8saudit.NewSource(k8saudit.Documented())
	payload := readFile(t, "pod.json")
	for _, c := range []struct {
		field string
		want  []string
	}{
		{"ka.sourceips", []string{"192.0.2.17", "2001:db8::1"}},
		{"ka.sourceips[1]", []string{"2001:db8::1"}},
		{"ka.sourceips[2]", []string{}},
		{"ka.req.pod.containers.eff_run_as_user", []string{"7", "1000", "1000"}},
		{"ka.req.pod.containers.eff_run_as_user[0]", []string{"7"}},
		{"ka.req.pod.containers.eff_run_as_user[2]", []string{"1000"}},
		{"ka.req.pod.containers.eff_run_as_user[3]", []string{}},
		{"ka.req.pod.containers.eff_run_as_group", []string{"0", "0", "0"}},
		{"ka.req.pod.initContainers.eff_run_as_user", []string{"1000"}},
		{"ka.req.pod.ephemeralContainers.eff_run_as_user", []string{"0"}},
		{"ka.req.pod.containers.add_capabilities", []string{"NET_ADMIN", "SYS_TIME", "SYS_PTRACE"}},
		{"ka.req.pod.containers.add_capabilities[0]", []string{"NET_ADMIN", "SYS_TIME"}},
		{"ka.req.pod.containers.add_capabilities[1]", []string{}},
		{"ka.req.pod.initContainers.add_capabilities", []string{}},
	} {
		t.Run(subtest.Name(c.field), func(t *testing.T) {
			if got := extract(t, source, payload, c.field); !slices.Equal(got, c.want) {
				t.Errorf("%s is %q, want %q", c.field, got, c.want)
			}
		})
	}
	if got := extract(t, source, readFile(t, "role.json"), "ka.req.pod.containers.eff_run_as_user"); len(got) > 0 {
		t.Errorf("without a pod: %q", got)
	}
}

// TestOddEvents has events that Kubernetes does not create.
func TestOddEvents(t *testing.T) {
	none := []string{}
	source := k8saudit.NewSource()
	for _, c := range []struct {
		members, field string
		want           []string
	}{
		{`"user":{"groups":[]}`, "ka.user.groups", none},
		{`"user":{"groups":"a"}`, "ka.user.groups", none},
		{`"user":{"groups":[1,null,["a"]]}`, "ka.user.groups", []string{"1", "null", `["a"]`}},
		{`"user":[{"username":"x"}]`, "ka.user.name", none},
		{`"verb":"a\u0000b"`, "ka.verb", []string{"a"}},
		{`"verb":{"a":"\u0000"}`, "ka.verb", []string{`{"a":"\u0000"}`}},
		{`"verb":"a\/\ud83d\ude00"`, "ka.verb", []string{"a/😀"}},
		{`"v\u0065rb":"get"`, "ka.verb", []string{"get"}},
		{`"verb":"get","verb":"list"`, "ka.verb", []string{"get"}},
		{`"verb":NaN`, "ka.verb", []string{"NaN"}},
		// The index applies to every array on the path.
		{`"requestObject":[{"spec":{"containers":[{"image":"a"}]}},{"spec":{"containers":[{"image":"b"}]}}]`, "ka.req.pod.containers.image", []string{"a", "b"}},
		{`"requestObject":[{"spec":{"containers":[{"image":"a"}]}},{"spec":{"containers":[{"image":"b"},{"image":"c"}]}}]`, "ka.req.pod.containers.image[1]", []string{"c"}},
		{`"requestObject":{"spec":{"containers":{"image":"a"}}}`, "ka.req.pod.containers.image", []string{"a"}},
		{`"requestObject":{"spec":{"containers":[[{"image":"a"}],{"image":"b"}]}}`, "ka.req.pod.containers.image", []string{"a", "b"}},
		{`"requestObject":{"spec":{"containers":[[{"image":"a"}]]}}`, "ka.req.pod.containers.image[0]", none},
		// If one container has no image or name, there are no values at all; other
		// fields skip the container.
		{`"requestObject":{"spec":{"containers":[{"image":"a"},{"name":"b"}]}}`, "ka.req.pod.containers.image", none},
		{`"requestObject":{"spec":{"containers":[{"image":"a"},{"name":"b"}]}}`, "ka.req.pod.containers.image[0]", []string{"a"}},
		{`"requestObject":{"spec":{"containers":[{"image":"a"},{"name":"b"}]}}`, "ka.req.pod.containers.name", none},
		{`"requestObject":{"spec":{"containers":[{"image":null}]}}`, "ka.req.container.image", []string{"null"}},
		{`"requestObject":{"spec":{"containers":[{"image":"a\u0000b:c"}]}}`, "ka.req.container.image.repository", []string{"a"}},
		{`"requestObject":{"spec":{"containers":[{"command":["a",1]},{"command":["b"]}]}}`, "ka.req.pod.containers.command", none},
		{`"requestObject":{"spec":{"containers":[{"command":"a"}]}}`, "ka.req.pod.containers.command", none},
		{`"requestObject":{"spec":{"containers":[{"command":["a\u0000b","c"]},{}]}}`, "ka.req.pod.containers.command", []string{"a"}},
		{`"requestObject":{"spec":{"containers":[{"ports":[{"hostPort":1}]},{"ports":{}}]}}`, "ka.req.pod.containers.host_port", none},
		{`"requestObject":{"spec":{"containers":[]}}`, "ka.req.container.privileged", []string{"false"}},
		{`"requestObject":{"spec":{"containers":[{"securityContext":{"privileged":"true"}}]}}`, "ka.req.container.privileged", []string{"false"}},
		{`"requestObject":{"spec":{"runAsUser":5,"containers":[{},{"runAsUser":6}]}}`, "ka.req.pod.containers.eff_run_as_user", []string{"5", "6"}},
		{`"requestObject":{"spec":{"runAsUser":5,"containers":[{},{"runAsUser":6}]}}`, "ka.req.pod.containers.eff_run_as_user[1]", []string{"6"}},
		{`"requestObject":{"rules":{"sourceIPs":["192.0.2.1"]}}`, "ka.sourceips", []string{"192.0.2.1"}},
		{`"requestObject":{"spec":{"volumes":{"name":"a","emptyDir":{},"b":1}}}`, "ka.req.pod.volumes.volume_type", []string{"emptyDir", "b"}},
		{`"requestObject":{"spec":{"volumes":["a",{"n\u0061me":"a","b":1}]}}`, "ka.req.pod.volumes.volume_type", []string{"b"}},
		{`"requestObject":[{"spec":{"volumes":[{"b":1}]}},{}]`, "ka.req.pod.volumes.volume_type", none},
		{`"requestObject":{"spec":{"volumes":[]}}`, "ka.req.volume.hostpath[/]", []string{"false"}},
		{`"requestObject":{"spec":{}}`, "ka.req.volume.hostpath[/]", none},
		{`"requestObject":{"subjects":{"kind":"User","name":"a"}}`, "ka.req.binding.subjects.user_names", none},
		{`"objectRef":{"resource":"pods","subresource":""},"responseObject":{"metadata":{"name":"p"}}`, "ka.target.pod.name", []string{"p"}},
		{`"objectRef":{"resource":"pods","subresource":1},"responseObject":{"metadata":{"name":"p"}}`, "ka.target.pod.name", []string{"p"}},
		{`"objectRef":{"resource":"pods","subresource":"log"},"responseObject":{"metadata":{"name":"p"}}`, "ka.target.pod.name", none},
	} {
		t.Run(subtest.Name(c.field), func(t *testing.T) {
			payload := `{"kind":"Event","auditID":"1","stageTimestamp":"2026-05-04T09:10:11Z",` + c.members + `}`
			if got := extract(t, source, payload, c.field); !slices.Equal(got, c.want) {
				t.Errorf("%s: %s is %q, want %q", c.members, c.field, got, c.want)
			}
		})
	}
}

func TestURIParam(t *testing.T) {
	source := k8saudit.NewSource()
	for _, c := range []struct{ uri, param, want string }{
		{`"/p?a=1&b=2"`, "b", "2"},
		{`"/p?a"`, "a", ""},
		{`"/p?a=x=y"`, "a", "x=y"},
		{`"/p?%61=1"`, "a", "1"},
		{`"/p?=1"`, "", "1"},
		{`"/p?a=1?b=2"`, "a", "1?b=2"},
		{`"?a=1"`, "a", "1"},
		{`"/p%41?a=1"`, "a", "1"},
		{`"http://h:80/p?a=1"`, "a", "1"},
		{`"//h/p?a=1"`, "a", "1"},
		{`"/p?a=1#f"`, "a", "1"},
		// If any parameter or the path is malformed, there is no value.
		{`"/p?a=1&b=%zz"`, "a", "-"},
		{`"/p?a=1&b=%"`, "a", "-"},
		{`"/p?a=1;b=2"`, "a", "-"},
		{`"/p?a=1&;"`, "a", "-"},
		{`"/p%zz?a=1"`, "a", "-"},
		{`"/p#%zz?a=1"`, "a", "-"},
		{`"/p\n?a=1"`, "a", "-"},
		{`"/p?a=1\u0000"`, "a", "-"},
		{`":?a=1"`, "a", "-"},
		{`"/p"`, "a", "-"},
		{`"/p?"`, "", "-"},
		{`"/p?&&"`, "", "-"},
		{`5`, "a", "-"},
	} {
		t.Run(subtest.Name(c.uri), func(t *testing.T) {
			payload := `{"kind":"Event","auditID":"1","stageTimestamp":"2026-05-04T09:10:11Z","requestURI":` + c.uri + `}`
			got := extract(t, source, payload, "ka.uri.param["+c.param+"]")
			if c.want == "-" && len(got) > 0 || c.want != "-" && !slices.Equal(got, []string{c.want}) {
				t.Errorf("%s: parameter %q is %q, want %q", c.uri, c.param, got, c.want)
			}
		})
	}
}

// TestNoAuditID reads an event without auditID, which has no ka fields.
func TestNoAuditID(t *testing.T) {
	source := k8saudit.NewSource()
	payload := strings.Replace(readFile(t, "pod.json"), "auditID", "id", 1)
	for _, f := range source.Fields() {
		name := f.Name
		if f.Arg == fieldsets.KeyArg {
			name += "[/id]"
		}
		got := extract(t, source, payload, name)
		if strings.HasPrefix(name, "ka.") && len(got) > 0 {
			t.Errorf("%s is %q", name, got)
		}
	}
	for _, name := range []string{"evt.pluginname", "evt.plugininfo", "json.value[/id]"} {
		t.Run(subtest.Name(name), func(t *testing.T) {
			if len(extract(t, source, payload, name)) != 1 {
				t.Errorf("%s has no value", name)
			}
		})
	}
}

// TestOtherEvents reads events of other decoders.
func TestOtherEvents(t *testing.T) {
	set := k8saudit.New()
	for _, f := range set.Fields() {
		x, err := set.Extractor(&f, fieldsets.Arg{})
		if err != nil {
			t.Fatal(err)
		}
		for _, data := range []any{nil, "text"} {
			var out fieldsets.Values
			x(&fieldsets.Event{Data: data}, &out)
			if out.Len() > 0 && f.Name != "evt.pluginname" {
				t.Errorf("%s has a value", f.Name)
			}
		}
	}
}

func TestFieldList(t *testing.T) {
	fields := k8saudit.New().Fields()
	if len(fields) != 102 {
		t.Errorf("%d fields, not the plugin's 100 and two of evt", len(fields))
	}
	seen := map[string]bool{}
	for _, f := range fields {
		if seen[f.Name] || f.Type != fieldsets.CharBuf || f.ArgRequired != (f.Arg == fieldsets.KeyArg) ||
			f.Arg == fieldsets.IndexArg && !f.List || !strings.HasSuffix(f.Desc, ".") {
			t.Errorf("%+v", f)
		}
		seen[f.Name] = true
	}
}

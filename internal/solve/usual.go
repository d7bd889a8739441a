package solve

import (
	"strings"
	"sync"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
)

// usual returns common values of an operand, starting with the most common one. There is at
// least one.
func (o operand) usual(x ast.Node) []string {
	if f, ok := x.(*ast.Field); ok {
		name := f.Name
		if f.Arg != nil && lineage[name] {
			name += "[]"
		}
		for _, name := range []string{name, o.name} {
			if values := usual[name]; values != nil {
				return append(values[:len(values):len(values)], knownValues(name)...)
			}
		}
		if values := knownValues(f.Name); values != nil {
			return values
		}
		if param, ok := strings.CutPrefix(name, "evt.arg."); ok {
			if values := flags(param); values != nil {
				return values
			}
		}
	}
	switch kind := o.typ.Kind(); {
	case o.typ == fieldsets.Bool:
		return []string{"true", "false"}
	case o.typ == fieldsets.Double:
		return []string{"1.5", "0.5"}
	case o.typ == fieldsets.Port:
		return []string{"8443", "50000", "22"}
	case kind == ast.KindNumber:
		return []string{"1", "0", "1000"}
	case kind == ast.KindAddress:
		return []string{"192.0.2.10", "198.51.100.20", "203.0.113.30", "10.1.2.3", "127.0.0.1", "2001:db8::1"}
	case strings.HasSuffix(o.name, "path") || strings.HasPrefix(o.name, "fs.path.") || strings.HasPrefix(o.name, "evt.abspath") || isPath(o.name):
		return []string{"/srv/example", "/opt/other"}
	}
	return []string{"example", "other"}
}

// knownValues returns all values of a field that has only a few.
func knownValues(field string) []string {
	switch field {
	case eventType:
		return eventTypes()
	default:
		return append(fixtures.PossibleValues(field), k8saudit.PossibleValues(field)...)
	}
}

// isPath reports whether a field is an event parameter that is a path.
func isPath(field string) bool {
	name, ok := strings.CutPrefix(field, "evt.arg.")
	p, known := syscall.EventParam(name)
	return ok && known && (p.Type == fieldsets.FSPath || p.Type == fieldsets.FSRelPath)
}

var eventTypes = sync.OnceValue(func() []string {
	var names []string
	for _, t := range syscall.EventTypes() {
		names = append(names, t.Name)
	}
	return names
})

// maxFlags limits the flags of a parameter that are tried, for each set of events.
const maxFlags = 8

// flags returns names of flags of a parameter, or nil if it has none.
func flags(param string) []string {
	var out []string
	for _, set := range syscall.ParamFlags(param) {
		for _, f := range set.Flags[:min(len(set.Flags), maxFlags)] {
			out = append(out, f.Name)
		}
	}
	return out
}

// lineage are the fields of ancestors.
var lineage = map[string]bool{
	"proc.aname": true, "proc.aexe": true, "proc.aexepath": true, "proc.acmdline": true, "proc.apid": true, "proc.aenv": true, "proc.aargs": true,
}

// usual are common values of fields. The names of fields of an ancestor end in [].
var usual = map[string][]string{
	"evt.type":                   {"openat", "execve", "connect", "accept4", "unlinkat", "renameat2", "close"},
	"evt.res":                    {"SUCCESS", "EACCES"},
	"evt.category":               {"file", "net", "process", "memory"},
	"proc.cwd":                   {"/srv/example/", "/opt/other/"},
	"evt.rawres":                 {"3", "0", "-13"},
	"proc.name":                  {"cat", "example", "python3", "bash", "curl", "nginx"},
	"proc.pname":                 {"bash", "containerd-shim", "example", "nginx"},
	"proc.aname":                 {"systemd", "example"},
	"proc.aname[]":               {"systemd", "example"},
	"proc.exe":                   {"/usr/bin/cat", "/opt/example"},
	"proc.pexe":                  {"/usr/bin/bash", "/opt/example"},
	"proc.exepath":               {"/usr/bin/cat", "/opt/example"},
	"proc.pexepath":              {"/usr/bin/bash", "/opt/example"},
	"proc.cmdline":               {"cat example.txt", "example"},
	"proc.pcmdline":              {"bash -i", "example"},
	"proc.args":                  {"example.txt", "--example"},
	"proc.tty":                   {"34816", "0"},
	"proc.vpid":                  {"1", "42"},
	"proc.pid":                   {"4242"},
	"proc.duration":              {"3600000000000", "1000000"},
	"user.name":                  {"alice", "root"},
	"user.uid":                   {"1000", "0"},
	"user.loginuid":              {"1000", "-1", "0"},
	"user.loginname":             {"alice", "root"},
	"fd.name":                    {"/tmp/example", "/srv/other"},
	"fd.nameraw":                 {"/tmp/example"},
	"fd.directory":               {"/tmp", "/srv"},
	"fd.filename":                {"example", "other"},
	"fd.num":                     {"3", "-1"},
	"fd.type":                    {"file", "ipv4", "unix"},
	"fd.typechar":                {"f", "4"},
	"fd.l4proto":                 {"tcp", "udp"},
	"evt.arg.path":               {"/tmp/example"},
	"evt.arg.name":               {"/tmp/example"},
	"evt.arg.newpath":            {"/tmp/example"},
	"evt.arg.oldpath":            {"/tmp/example"},
	"container.id":               {"3ad7b26ded6d", "host"},
	"container.name":             {"web", "other"},
	"container.type":             {"containerd", "docker"},
	"container.image":            {"docker.io/library/nginx:1.29", "docker.io/example/other:1"},
	"container.image.repository": {"docker.io/library/nginx", "docker.io/example/other"},
	"container.image.tag":        {"1.29", "latest"},
	"k8s.ns.name":                {"default", "shop"},
	"k8s.pod.name":               {"web-0", "other-0"},

	"ka.verb":                                {"get", "create", "delete"},
	"ka.user.name":                           {"alice@shop.example", "system:serviceaccount:default:example"},
	"ka.uri":                                 {"/api/v1/namespaces/shop/pods", "/other"},
	"ka.target.name":                         {"example", "other"},
	"ka.target.namespace":                    {"shop", "kube-system"},
	"ka.target.resource":                     {"pods", "services", "events"},
	"ka.target.subresource":                  {"log", "status"},
	"ka.response.code":                       {"200", "403"},
	"ka.auth.decision":                       {"allow", "forbid"},
	"ka.req.binding.role":                    {"view", "other"},
	"ka.req.pod.containers.image.repository": {"registry.shop.example/cart", "registry.shop.example/other"},
	"ka.req.pod.containers.image":            {"registry.shop.example/cart:2", "registry.shop.example/other:1"},
	"ka.req.container.image.repository":      {"registry.shop.example/cart", "registry.shop.example/other"},
	"ka.req.pod.volumes.hostpath":            {"/srv/data", "/opt"},
	"ka.req.role.rules.verbs":                {"get", "list"},
	"ka.req.role.rules.resources":            {"pods", "services"},
	"ka.req.service.type":                    {"ClusterIP", "NodePort"},
	"jevt.value[/stage]":                     {"ResponseComplete", "RequestReceived"},
}

// named are the names that people would include in an event, even if the condition only
// says what they are not.
var named = map[string]bool{
	"proc.name": true, "proc.pname": true, "user.name": true, "fd.name": true, "container.image.repository": true,
	"ka.req.pod.containers.image.repository": true, "ka.req.container.image.repository": true,
	"ka.user.name": true, "ka.target.name": true, "ka.target.namespace": true, "ka.uri": true,
}

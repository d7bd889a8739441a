package solve_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
	"github.com/falcorules/falcorules/internal/golden"
	"github.com/falcorules/falcorules/internal/solve"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/parser"
)

// rule is a condition with its event source.
type rule struct {
	source    *fixture.Source
	condition ast.Expr
	compiled  *eval.Condition
	decoder   *fixture.Decoder
}

// load parses and compiles a condition.
func load(source, condition string) (*rule, error) {
	sources := fixtures.Sources(all.Sources())
	i := slices.IndexFunc(sources, func(s *fixture.Source) bool { return s.Name() == source })
	r := &rule{source: sources[i], decoder: fixture.NewDecoder(&fieldsets.Stream{}, sources[i])}
	var err error
	if r.condition, err = parser.Condition(condition); err == nil {
		r.compiled, err = eval.NewCompiler(r.source.Source).Condition(r.condition)
	}
	return r, err
}

// fires reports whether the condition is true of an event, which must be valid.
func (r *rule) fires(t *testing.T, e solve.Event) bool {
	t.Helper()
	ev, err := r.decoder.DecodeNode(e.Fixture(r.source.Name()))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.decoder.Conflicts() {
		t.Error(c)
	}
	ev.Stream.Restart() // each event is the first one
	var evaluator eval.Evaluator
	evaluator.SetEvent(ev)
	return evaluator.Holds(r.compiled)
}

// check finds events for the condition and evaluates the condition on them.
func (r *rule) check(t *testing.T) *solve.Solution {
	t.Helper()
	solver := solve.NewSolver()
	s, err := solver.Solve(t.Context(), r.source, r.condition)
	if err != nil {
		t.Fatal(err)
	}
	// The near miss takes some more trials.
	if work := solver.Work(); work > 2*solve.MaxWork {
		t.Errorf("the search cost %d, want at most %d", work, solve.MaxWork)
	}
	if s.Found() != r.fires(t, s.Event) {
		t.Errorf("Found is %v, but the condition is not", s.Found())
	}
	if s.Miss != nil && r.fires(t, s.Miss) {
		t.Error("the condition is true of the near miss")
	}
	return s
}

// TestSolve writes each condition and, below it, what was found.
func TestSolve(t *testing.T) {
	var b strings.Builder
	for line := range strings.SplitSeq(conditions, "\n") {
		source, condition, ok := strings.Cut(line, ": ")
		if !ok {
			continue
		}
		r, err := load(source, condition)
		if err != nil {
			t.Errorf("%s: %v", condition, err)
			continue
		}
		s := r.check(t)
		fmt.Fprintf(&b, "%s\n", condition)
		switch {
		case !s.Found():
			fmt.Fprintf(&b, "    not      %s\n    nearest  %s\n", ast.String(s.Unmet[0]), show(s.Event))
			for _, reason := range s.Reasons {
				fmt.Fprintf(&b, "    since    %s (proven is %v)\n", reason, s.Proven)
			}
		case s.Miss == nil:
			fmt.Fprintf(&b, "    event    %s\n", show(s.Event))
		default:
			missed := solve.Event{s.Missed: s.Miss[s.Missed]}
			fmt.Fprintf(&b, "    event    %s\n    miss     %s, not %s\n", show(s.Event), show(missed), ast.String(s.Flipped))
		}
	}
	golden.Check(t, "testdata/events.txt", b.String())
}

// show returns an event in one line.
func show(e solve.Event) string {
	n := &yamlfile.Node{Kind: yamlfile.Mapping, Style: yamlfile.Flow}
	for _, name := range e.Names() {
		value := e[name]
		if value == nil {
			value = &yamlfile.Node{Kind: yamlfile.Scalar, Tag: "!!null", Value: "null"}
		}
		n.Content = append(n.Content, &yamlfile.Node{Kind: yamlfile.Scalar, Value: name}, value)
	}
	text, err := yamlfile.Encode(n)
	if err != nil {
		return err.Error()
	}
	return strings.Join(strings.Fields(string(text)), " ")
}

// conditions use every operator, transformer and way of comparing.
const conditions = `
syscall: proc.name = bash
syscall: proc.name != bash
syscall: not proc.name in (cat, example)
syscall: proc.name exists
syscall: not proc.name exists
syscall: fd.name startswith /etc and fd.name endswith .conf and fd.name contains "nginx"
syscall: fd.name glob /home/*/.ssh/id_[er]?? and not fd.name contains example
syscall: proc.cmdline regex "^(curl|wget) .*-[a-z]+ https?://[0-9]{1,3}\\.x$"
syscall: fd.name pmatch (/var/log/*/old, /srv)
syscall: proc.name icontains "NC" and proc.name iglob "*CAT"
syscall: fd.num >= 3 and fd.num < 5 and fd.num != 3
syscall: proc.pid > 100 and proc.pid <= 101
syscall: fd.sport in (https, 8443) and fd.sport != 443
syscall: fd.sip = 10.0.0.1 and fd.snet in (10.0.0.0/8)
syscall: fd.snet = 10.1.0.0/16 and not fd.sip in (10.1.0.1)
syscall: fd.ip = 127.0.0.1 and fd.port = 53
syscall: evt.type = openat and evt.is_open_write = true and fd.typechar = f
syscall: evt.is_open_read = true and evt.is_open_write = true
syscall: evt.type = execve and proc.is_exe_upper_layer = true
syscall: evt.type in (open, openat) and evt.arg.flags contains O_TRUNC and evt.arg.flags contains O_CREAT
syscall: evt.failed = true and evt.type = connect
syscall: fd.directory = /dev and fd.filename startswith tty
syscall: proc.aname = sshd and proc.aname = sudo
syscall: proc.aname[2] = cron and not proc.aname in (sshd)
syscall: container.id != host and container.privileged = true
syscall: container.id = host
syscall: proc.duration <= 5000000000
syscall: proc.args contains "-e" and proc.args endswith "/bin/sh"
syscall: evt.type = execve and proc.name in (nc, ncat) and proc.cmdline contains "kubernetes.default.svc" and proc.cmdline contains "443"
syscall: evt.type = execve and proc.pname = bash and proc.pcmdline contains "kubernetes.default.svc" and proc.pcmdline contains " -x "
syscall: evt.type = execve and fd.name contains example
syscall: proc.env[LD_PRELOAD] exists
syscall: proc.name = val(proc.pname)
syscall: proc.name != val(proc.pname)
syscall: thread.tid = val(proc.pid) and proc.pid = 5
syscall: thread.tid < val(proc.pid) and proc.pid = 5
syscall: thread.tid = 7 and thread.tid > val(proc.pid)
syscall: proc.name = val(proc.pname) and proc.pname = zsh
syscall: proc.pname = zsh and proc.name = val(proc.pname) and proc.name != bash
syscall: len(proc.name) = 5 and proc.name startswith ab and proc.name endswith z
syscall: proc.name startswith ab and proc.name endswith z and len(proc.name) >= 8
syscall: len(proc.name) = 6 and proc.name startswith ab and proc.name contains k and proc.name endswith z
syscall: evt.buffer contains ab and evt.buffer startswith zz
syscall: evt.buffer bcontains cafe and evt.buffer contains ab and evt.buffer bstartswith 00ff
syscall: proc.name contains tolower(proc.pname)
syscall: tolower(proc.name) = bash and toupper(proc.pname) = "SH"
syscall: basename(proc.exepath) = nc
syscall: len(proc.args) > 20
syscall: b64(proc.args) = "hello"
syscall: concat(proc.name, "-", proc.pname) = "a-b"
syscall: join("/", (proc.name, proc.pname)) = "a/b"
syscall: getopt((proc.name, proc.args), "e:")[e] exists
syscall: proc.name startswith anyof (ba, z) and proc.name endswith oneof (sh, zz)
syscall: fd.name contains allof (etc, ssh)
syscall: evt.buffer bcontains cafebabe
syscall: (proc.name = a and fd.name = /a) or (proc.name = b and fd.name = /b and not user.name = root)
syscall: not (proc.name = a or (fd.name = /a and not user.name = root))
syscall: (proc.name = a or proc.name = b) and (proc.name = b or proc.name = c)
syscall: proc.name = a and proc.name = b
syscall: evt.num = 0
syscall: evt.num > 0
syscall: syscall.type = kexec_load
syscall: evt.rawres < 0 and evt.type = openat
k8s_audit: jevt.value[/stage] = ResponseComplete and ka.target.resource = pods and ka.req.pod.containers.image intersects ("a:1", "b:1")
k8s_audit: ka.req.role.rules.verbs in (get, list) and ka.req.role.rules.resources intersects (pods) and ka.req.role.rules.resources intersects (secrets)
k8s_audit: ka.req.pod.host_network = true and not ka.user.name startswith "system:"
k8s_audit: not jevt.rawtime exists
syscall: evt.type = openat and evt.dir = ">" and fd.name startswith /etc/cron
syscall: evt.type = connect and evt.count > 10
syscall: evt.type = execve and proc.pname = docker-entrypoint.sh
syscall: evt.type = connect and evt.res = -104
syscall: evt.type = openat and fd.directory = /var/local/
syscall: evt.type = execve and fd.name startswith /tmp
syscall: evt.type = openat and evt.arg.path = /x
syscall: evt.type = openat and fd.name = postgresql.conf
syscall: evt.type = openat and fd.name startswith /var/lib/mysql/ and fd.directory != /var/lib/mysql
syscall: evt.type = openat and evt.failed = true and evt.res = SUCCESS
syscall: evt.type = execve and proc.name != sh and proc.cmdline startswith s
syscall: evt.type = execve and proc.name = bash and proc.cmdline = "sh -c x"
syscall: evt.type = open and container.id = host and container.image.repository startswith nginx
syscall: evt.type = execve and proc.name = /bin/bash
syscall: evt.type = open and evt.type = execve
syscall: evt.type = connect and fd.type = ip4 and fd.l4proto = TCP
syscall: evt.type = execve and proc.name = sh and k8s.deployment.name = web
syscall: evt.type = execve and k8s.ns.label[team] = blue
syscall: fd.directory = /srv/part and evt.type in (rename, unlink) and user.name in (root, ann)
syscall: evt.type in (rename, unlink, unlinkat) and fs.path.name startswith /srv/part/
syscall: evt.category = process
syscall: evt.category = net and fd.type = ipv4
syscall: evt.category in (ipc, memory) and evt.type != mmap
syscall: evt.category = network
syscall: proc.name = rm and not proc.cmdline != "rm -r /x"
syscall: proc.name in (bash, rm) and proc.cmdline = "rm -r /x"
syscall: proc.name = bash and proc.cmdline startswith "rm "
syscall: proc.cmdline startswith "/usr/bin/python3 "
syscall: proc.name in (a, b) and proc.name = c and user.name = root
syscall: proc.pid > 5 and proc.pid < 6
syscall: proc.pid > 5000000
syscall: evt.type in (execve, openat, unlink) and fd.name startswith /tmp
syscall: evt.type startswith mkdir and evt.type != mkdir
syscall: evt.dir = ">"
syscall: evt.res = 0
syscall: container.id = host and container.image.repository = nginx
syscall: evt.type = connect and fd.name startswith /var/run
syscall: evt.type = openat and fd.sport = 443
syscall: evt.type = unlink and evt.res = ENOENT and fs.path.name = /etc/passwd
syscall: proc.cwd = /root
syscall: proc.cwd startswith /root
syscall: fd.name contains /../ and evt.type = openat
syscall: fd.filename = etc/passwd
syscall: evt.type = chmod and evt.arg.filename = passwd
syscall: proc.exepath = bash
syscall: fd.num > 3 and not fd.num != 7
syscall: evt.hostname = web
k8s_audit: ka.verb = CREATE and ka.target.resource = pods
k8s_audit: ka.verb = create and jevt.value[/stage] = Complete
k8s_audit: ka.req.pod.host_network = yes
k8s_audit: ka.response.code = 999
okta: okta.evt.type = "user.session.start" and okta.result != SUCCESS
`

// FuzzSolve evaluates any condition on the events that are found for it.
func FuzzSolve(f *testing.F) {
	for line := range strings.SplitSeq(conditions, "\n") {
		if source, condition, ok := strings.Cut(line, ": "); ok {
			f.Add(source, condition)
		}
	}
	f.Fuzz(func(t *testing.T, source, condition string) {
		if len(condition) > 2000 {
			return
		}
		switch source {
		case "syscall", "k8s_audit", "okta":
		default:
			source = "syscall"
		}
		if r, err := load(source, condition); err == nil {
			r.check(t)
		}
	})
}

// TestBounded searches events for conditions that are large or have none, and that could keep
// a search busy.
func TestBounded(t *testing.T) {
	join := func(n int, sep, format string) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = strings.ReplaceAll(format, "#", strconv.Itoa(i))
		}
		return strings.Join(parts, sep)
	}
	for _, c := range []struct{ name, condition string }{
		{"choices that all fail", join(40, " and ", "(proc.name = a# or fd.name = b# or user.name = c#)")},
		{"pairs that exclude each other", join(60, " and ", "(proc.name = a# or not proc.name = b#) and (fd.name = b# or proc.pname != a#)") + " and proc.name = x and proc.name = y"},
		{"a long or", join(3000, " or ", "(proc.name = a# and evt.num = 0)")},
		{"a long and", join(3000, " and ", "not fd.name contains a#") + " and evt.num = 0"},
		{"long lists", "proc.name in (" + join(5000, ", ", "a#") + ") and not proc.name in (" + join(5000, ", ", "a#") + ")"},
		{"one text with many parts", join(150, " and ", "proc.cmdline contains part#")},
		{"patterns", join(40, " and ", "proc.cmdline regex \".*(a#|b#)+.*\"")},
		{"nested transformers", strings.Repeat("tolower(basename(toupper(", 100) + "proc.name" + strings.Repeat(")))", 100) + " = x"},
		{"nested b64", strings.Repeat("b64(", 100) + "proc.name" + strings.Repeat(")", 100) + " = x"},
		{"two sides", strings.Repeat("tolower(basename(", 100) + "proc.name" + strings.Repeat("))", 100) + " = " + strings.Repeat("toupper(basename(", 100) + "proc.pname" + strings.Repeat("))", 100)},
		{"depth", strings.Repeat("not(proc.name = a or not(", 90) + "proc.name = b" + strings.Repeat("))", 90)},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := load("syscall", c.condition)
			if err != nil {
				t.Fatal(err)
			}
			r.check(t)
		})
	}
}

// TestComplete completes events with given values.
func TestComplete(t *testing.T) {
	null := &yamlfile.Node{Kind: yamlfile.Scalar, Tag: "!!null", Value: "null"}
	word := func(s string) *yamlfile.Node { return &yamlfile.Node{Kind: yamlfile.Scalar, Tag: "!!str", Value: s} }
	for _, c := range []struct {
		name, condition string
		given           solve.Event
		want            string // empty if there is no event
	}{
		{"the rest", "evt.type = execve and proc.name in (bash, sh)", solve.Event{"proc.name": word("sh")}, "{evt.type: execve, proc.name: sh}"},
		{"a command line tells the name", "proc.name in (bash, sh)", solve.Event{"proc.cmdline": word("/bin/sh -c id")}, "{proc.cmdline: /bin/sh -c id, proc.name: sh}"},
		{"given values decide between alternatives", "(proc.name = a and fd.name = /a) or (proc.name = b and fd.name = /b)", solve.Event{"fd.name": word("/b")}, "{fd.name: /b, proc.name: b}"},
		{"a missing value is given", "not proc.name = a and not user.name exists", solve.Event{"user.name": null}, "{user.name: null}"},
		{"given values stay", "proc.name = a", solve.Event{"proc.name": word("b")}, ""},
		{"given values contradict each other", "evt.type = connect", solve.Event{"evt.res": word("SUCCESS"), "evt.failed": word("true")}, `{evt.type: connect, evt.failed: "true", evt.res: SUCCESS}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := load("syscall", c.condition)
			if err != nil {
				t.Fatal(err)
			}
			s, err := solve.NewSolver().Complete(t.Context(), r.source, r.condition, c.given)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if s.Found() {
				got = show(s.Event)
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestEveryField finds a possible event for each field, or the reason that Falco has no value
// for it.
func TestEveryField(t *testing.T) {
	arguments := map[string]string{"evt.arg": ".flags", "evt.rawarg": ".flags", "evt.type.is": ".open", "evt.around": "[100]", "thread.cgroup": ".cpuset", "jevt.value": "[/stage]"}
	for _, source := range []*fieldsets.Source{syscall.NewSource(), k8saudit.NewSource()} {
		for _, f := range source.Fields() {
			name := f.Name
			if argument := arguments[name]; argument != "" {
				name += argument
			} else if f.ArgRequired {
				name += "[x]"
			}
			r, err := load(source.Name(), name+" exists")
			if err != nil || f.Name == "evt.pluginname" { // only events of plugins have it
				continue
			}
			s := r.check(t)
			if s.Proven && !strings.Contains(s.Reasons[0], "Falco no longer has values for") || !s.Found() && !s.Proven {
				t.Errorf("%s: found is %v, reasons %v", name, s.Found(), s.Reasons)
			}
		}
	}
}

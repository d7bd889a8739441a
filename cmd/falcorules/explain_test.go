package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/golden"
)

// explainPairs are rules and events to explain. The cause is the first line after the name of
// the rule.
var explainPairs = []struct {
	name, rule, event string
	args              []string
	cause             string
}{
	{name: "missing-value", rule: "Terminal shell in a container",
		event: `{"evt": {"type": "execve"}, "proc": {"name": "bash"}, "container": {"id": "3ad7b26ded6d", "name": "web"}}`,
		cause: `did not fire: proc.tty has no value, so proc.tty != 0 is false (rules.yaml:3)`},
	{name: "shadowed", rule: "Shell in a container",
		event: `{"evt": {"type": "execve"}, "proc": {"name": "bash", "tty": 34816}, "container": {"id": "3ad7b26ded6d", "name": "web"}}`,
		cause: `did not fire: an earlier rule, Terminal shell in a container (rules.yaml:1), fired first; with all matches, both fire`},
	{name: "not-shadowed-with-all-matches", rule: "Shell in a container", args: []string{"--all-matches"},
		event: `{"evt": {"type": "execve"}, "proc": {"name": "bash", "tty": 34816}, "container": {"id": "3ad7b26ded6d", "name": "web"}}`,
		cause: `fired: evt.type is execve, so evt.type in (execve, execveat) is true (macro spawned_process, base.yaml:15); proc.name is bash, so proc.name in (shell_binaries) is true (macro shell_started, base.yaml:27); container.id is 3ad7b26ded6d, so container.id != host is true (macro container, base.yaml:18)`},
	{name: "exception-row", rule: "Sensitive file read",
		event: `{"evt": {"type": "openat", "arg": {"flags": "O_RDONLY"}}, "fd": {"name": "/etc/shadow", "num": 3}, "proc": {"name": "rsync", "parent": {"name": "cron"}}}`,
		cause: `did not fire: exception backup_job (rules.yaml:22) matches: proc.name = rsync and proc.pname in (cron, crond) (proc.pname is cron)`},
	{name: "exception-of-one-field", rule: "Sensitive file read",
		event: `{"evt": {"type": "openat", "arg": {"flags": "O_RDONLY"}}, "fd": {"name": "/etc/shadow", "num": 3}, "proc": {"name": "unix_chkpwd", "cmdline": "unix_chkpwd root", "parent": {"name": "sudo"}}}`,
		cause: `did not fire: exception known_commands (rules.yaml:27) matches: proc.cmdline in ("unix_chkpwd root") (proc.cmdline is "unix_chkpwd root")`},
	{name: "exception-of-another-file", rule: "Sensitive file read",
		event: `{"evt": {"type": "openat", "arg": {"flags": "O_RDONLY"}}, "fd": {"name": "/etc/shadow", "num": 3}, "proc": {"name": "restic", "parent": {"name": "systemd"}}}`,
		cause: `did not fire: exception backup_job (rules.yaml:22) matches: proc.name = restic and proc.pname in (systemd) (proc.pname is systemd), appended at local.yaml:9`},
	{name: "any-ancestor", rule: "Sensitive file read",
		event: `{"evt": {"type": "openat", "arg": {"flags": "O_RDONLY"}}, "fd": {"name": "/etc/sudoers", "num": 3}, "proc": {"name": "cat", "parent": {"name": "bash", "parent": {"name": "sshd"}}}}`,
		cause: `did not fire: proc.aname is any of bash, sshd, so proc.aname in (sshd, login, su) is true inside a not (macro from_login, base.yaml:30)`},
	{name: "missing-under-not", rule: "Sensitive file read",
		event: `{"evt": {"type": "openat", "arg": {"flags": "O_RDONLY"}}, "fd": {"name": "/root/.ssh/id_ed25519", "num": 3}, "proc": {"name": "cat"}}`,
		cause: `fired: proc.aname has no value, so proc.aname in (sshd, login, su) is false inside a not (macro from_login, base.yaml:30); evt.type is openat, so evt.type in (open, openat, openat2) is true (macro open_read, base.yaml:22); evt.is_open_read is true, so evt.is_open_read = true is true (macro open_read, base.yaml:23); and 5 more checks`},
	{name: "none-of-several", rule: "Sensitive file read",
		event: `{"evt": {"type": "openat", "arg": {"flags": "O_RDONLY"}}, "fd": {"name": "/home/tom/notes", "num": 3}, "proc": {"name": "cat"}}`,
		cause: `did not fire: fd.name is /home/tom/notes, so fd.name in (sensitive_files) is false (rules.yaml:17), and so is fd.name pmatch (secret_dirs) (rules.yaml:17)`},
	{name: "failed-open", rule: "Sensitive file read",
		event: `{"evt": {"type": "openat", "arg": {"flags": "O_RDONLY"}}, "fd": {"name": "/etc/shadow", "num": -13}, "proc": {"name": "cat"}}`,
		cause: `did not fire: fd.num is -13, so fd.num >= 0 is false (macro open_read, base.yaml:24)`},
	{name: "macro-of-another-file", rule: "Package manager in a container",
		event: `{"evt": {"type": "execve"}, "proc": {"name": "apt-get"}, "container": {"id": "3ad7b26ded6d", "image": {"repository": "registry.shop.example/base"}}}`,
		cause: `did not fire: container.image.repository is registry.shop.example/base, so container.image.repository startswith registry.shop.example/ is true inside a not (macro trusted_image, base.yaml:34)`},
	{name: "value-with-its-folder", rule: "Package manager in a container",
		event: `{"evt": {"type": "execve"}, "proc": {"name": "/usr/bin/apt-get"}, "container": {"id": "3ad7b26ded6d", "image": {"repository": "debian"}}}`,
		cause: `did not fire: proc.name is /usr/bin/apt-get, so proc.name in (package_managers) is false (rules.yaml:36; apt-get (base.yaml:6) lacks the directory)`},
	{name: "on-the-host", rule: "Package manager in a container",
		event: `{"evt": {"type": "execve"}, "proc": {"name": "apt"}}`,
		cause: `did not fire: container.id is host, so container.id != host is false (macro container, base.yaml:18)`},
	{name: "letter-case", rule: "Script from a download",
		event: `{"evt": {"type": "execve"}, "proc": {"cmdline": "sh /home/tom/downloads/x.sh", "exepath": "/bin/sh"}}`,
		cause: `did not fire: proc.cmdline is "sh /home/tom/downloads/x.sh", so proc.cmdline contains /Downloads/ is false (rules.yaml:55; /Downloads/ differs only in case)`},
	{name: "disabled", rule: "Binary replaced",
		event: `{"evt": {"type": "rename"}, "fd": {"name": "/usr/bin/ls", "type": "file"}}`,
		cause: `did not fire: it is disabled (enabled: false at rules.yaml:64); its condition is true`},
	{name: "disabled-by-another-file", rule: "Script from a download",
		event: `{"evt": {"type": "execve"}, "proc": {"cmdline": "sh /home/tom/Downloads/x.sh", "exepath": "/bin/sh"}}`,
		cause: `did not fire: a later item disables it (enabled: false at local.yaml:2; the rule is at rules.yaml:53); its condition is true`},
	{name: "other-source", rule: "Secret read by a person",
		event: `{"evt": {"type": "execve"}, "proc": {"name": "kubectl"}}`,
		cause: `did not fire: the rule is for source k8s_audit, but the event is from source syscall`},
	{name: "unknown-source", rule: "Somebody signs in",
		event: `{"evt": {"type": "execve"}, "proc": {"name": "login"}}`,
		cause: `did not fire: the rule is skipped: unknown source "shopid" (audit.yaml:28)`},
	{name: "not-in-a-macro", rule: "Secret read by a person",
		event: `{"kind":"Event","auditID":"1","verb":"get","user":{"username":"system:node:n1"},"objectRef":{"resource":"secrets","name":"db"},"stageTimestamp":"2026-03-01T10:20:30Z"}`,
		cause: `did not fire: ka.user.name is system:node:n1, so not ka.user.name startswith system: is false (macro by_a_person, audit.yaml:5)`},
	{name: "list-field", rule: "Image from elsewhere",
		event: `{"kind":"Event","auditID":"1","verb":"create","user":{"username":"tom"},"objectRef":{"resource":"pods"},"requestObject":{"spec":{"containers":[{"image":"registry.shop.example/web:1"},{"image":"busybox:1"}]}},"stageTimestamp":"2026-03-01T10:20:30Z"}`,
		cause: `fired: ka.req.pod.containers.image.repository is (registry.shop.example/web, busybox), so not ka.req.pod.containers.image.repository in (registry.shop.example/web, registry.shop.example/job) is true (audit.yaml:18; busybox is not in the list); ka.verb is create, so ka.verb = create is true (audit.yaml:17); ka.target.resource is pods, so ka.target.resource = pods is true (audit.yaml:17)`},
	{name: "network", rule: "Connection out of the networks",
		event: `{"evt": {"type": "connect"}, "fd": {"sip": "10.7.0.1", "sport": 443}}`,
		cause: `did not fire: fd.snet is 10.7.0.1, so not fd.snet in (10.0.0.0/8, 127.0.0.0/8) is false (rules.yaml:49)`},
	{name: "port", rule: "Connection to the metadata service",
		event: `{"evt": {"type": "connect"}, "fd": {"sip": "169.254.169.254", "sport": 53}, "container": {"id": "3ad7b26ded6d"}}`,
		cause: `did not fire: fd.sport is 53, so not fd.sport in (53, 123) is false (rules.yaml:43)`},
}

func TestExplainPairs(t *testing.T) {
	t.Chdir("testdata/explain")
	for _, p := range explainPairs {
		t.Run(p.name, func(t *testing.T) {
			args := []string{"explain", "-r", "base.yaml", "-r", "rules.yaml", "-r", "local.yaml", "-r", "audit.yaml", "--rule", p.rule, "--event", p.event}
			args = append(args, p.args...)
			if p.name == "letter-case" { // of a rule that local.yaml disables
				args = append(args[:5], args[7:]...)
			}
			var out, problems bytes.Buffer
			if status := execute(context.Background(), args, strings.NewReader(""), &out, &problems); status != exitOK || problems.Len() > 0 {
				t.Errorf("%s: status %d, %s", p.name, status, problems.String())
				return
			}
			first, _, _ := strings.Cut(out.String(), "\n")
			if want := p.rule + " " + p.cause; first != want {
				t.Errorf("%s:\n got %s\nwant %s", p.name, first, want)
			}
			golden.Check(t, p.name+".golden", out.String())
		})
	}
}

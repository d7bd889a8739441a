package corpus

import (
	"fmt"
	"io"
	"time"
)

// Syscalls writes n system-call events as fixtures, one a line, as on a busy node with a few
// web applications. A few of them fire rules.
func Syscalls(w io.Writer, n int) error {
	g := &syscalls{dice: newDice(), at: start}
	return writeLines(w, n, func() any { return g.next() })
}

type object map[string]any

type syscalls struct {
	dice
	at time.Time
}

// next returns the next event.
func (g *syscalls) next() object {
	g.at = g.at.Add(time.Duration(1+g.IntN(90_000)) * time.Nanosecond)
	event := pick(g.dice, []share[func() object]{
		{30, g.readsFile}, {10, g.writesFile}, {12, g.connects}, {6, g.accepts}, {10, g.closes}, {12, g.spawns}, {6, g.clones},
		{4, g.removes}, {3, g.renames}, {3, g.changesMode}, {1, g.readsShadow}, {1, g.opensShell}, {1, g.runsFromMemory}, {1, g.linksSecret},
	})()
	event["time"] = g.at.Format(time.RFC3339Nano)
	return event
}

// event returns an event of a type with its parameters and its process.
func event(name string, result int, args, process object) object {
	return object{"source": "syscall", "evt": object{"type": name, "rawres": result, "arg": args}, "proc": process}
}

// service adds a long-running process, on the node or in a container.
func (g *syscalls) service(e object) object {
	type program struct{ name, path, user, image string }
	programs := []program{
		{"nginx", "/usr/sbin/nginx", "www-data", "docker.io/library/nginx"},
		{"java", "/opt/java/openjdk/bin/java", "app", "registry.shop.example/catalog"},
		{"python3", "/usr/local/bin/python3.12", "app", "registry.shop.example/cart"},
		{"postgres", "/usr/lib/postgresql/16/bin/postgres", "postgres", "docker.io/library/postgres"},
		{"kubelet", "/usr/bin/kubelet", "root", ""},
		{"containerd", "/usr/bin/containerd", "root", ""},
	}
	p := programs[g.IntN(len(programs))]
	parent := object{"name": "systemd", "pid": 1}
	if p.image != "" {
		parent = object{"name": "containerd-shim", "exepath": "/usr/bin/containerd-shim-runc-v2", "pid": 800 + g.IntN(90), "parent": parent}
	}
	proc := process(p.name, p.path, []string{"--config", "/etc/" + p.name + ".conf"}, parent)
	proc["pid"], proc["duration"] = 1000+g.IntN(60_000), 7_200_000_000_000
	return g.owned(e, proc, p.user, p.image)
}

// owned adds the process, its user and its container to an event.
func (g *syscalls) owned(e, proc object, user, image string) object {
	uid := map[string]int{"root": 0, "www-data": 33, "postgres": 70}[user]
	if user == "app" {
		uid = 1000
	}
	e["proc"], e["user"] = proc, object{"name": user, "uid": uid, "loginuid": -1}
	e["container"] = object{"id": "host", "name": "host"}
	if image != "" {
		e["container"] = object{"id": g.letters(12), "name": g.letters(8), "image.repository": image, "image.tag": "1.4.2", "privileged": false}
	}
	return e
}

func process(name, path string, args []string, parent object) object {
	return object{"name": name, "exe": path, "exepath": path, "args": args, "cwd": "/", "tty": 0, "sid": 1, "parent": parent}
}

func (g *syscalls) readsFile() object {
	name := g.one("/etc/ld.so.cache", "/proc/self/stat", "/usr/lib/locale/locale-archive", "/srv/app/templates/index.html", "/var/lib/postgresql/data/base/5/2619", "/etc/hosts")
	e := event("openat", 7, object{"flags": "O_RDONLY|O_CLOEXEC", "mode": "0", "name": name}, nil)
	e["fd"] = object{"num": 7, "name": name, "type": "file"}
	return g.service(e)
}

func (g *syscalls) writesFile() object {
	name := g.one("/var/log/nginx/access.log", "/tmp/upload-"+g.letters(6), "/var/lib/kubelet/pods/state", "/srv/app/cache/"+g.letters(8))
	e := event("openat", 9, object{"flags": "O_WRONLY|O_CREAT|O_APPEND", "mode": "0644", "name": name}, nil)
	e["fd"] = object{"num": 9, "name": name, "type": "file"}
	return g.service(e)
}

// socket returns an IPv4 connection.
func (g *syscalls) socket(server bool, port int) object {
	client, remote := fmt.Sprintf("10.20.%d.%d", g.IntN(4), 1+g.IntN(250)), fmt.Sprintf("10.30.%d.%d", g.IntN(4), 1+g.IntN(250))
	from := 32768 + g.IntN(28_000)
	fd := object{
		"num": 12, "type": "ipv4", "l4proto": "tcp", "name": fmt.Sprintf("%s:%d->%s:%d", client, from, remote, port),
		"cip": client, "sip": remote, "cport": from, "sport": port, "is_server": server,
	}
	return fd
}

func (g *syscalls) connects() object {
	e := event("connect", 0, object{}, nil)
	e["fd"] = g.socket(false, []int{443, 5432, 6379, 8080}[g.IntN(4)])
	return g.service(e)
}

func (g *syscalls) accepts() object {
	e := event("accept4", 12, object{"flags": "0"}, nil)
	e["fd"] = g.socket(true, []int{80, 443, 8080}[g.IntN(3)])
	return g.service(e)
}

func (g *syscalls) closes() object {
	e := event("close", 0, object{"fd": "<f>/srv/app/templates/index.html"}, nil)
	e["fd"] = object{"num": 7, "name": "/srv/app/templates/index.html", "type": "file"}
	return g.service(e)
}

// spawns returns a health check or a job of the node, which fire no rules.
func (g *syscalls) spawns() object {
	cron := object{"name": "cron", "pid": 611, "parent": object{"name": "systemd", "pid": 1}}
	name := g.one("date", "find", "sort", "gzip")
	return g.owned(event("execve", 0, object{"flags": "EXE_LOWER_LAYER"}, nil), process(name, "/usr/bin/"+name, []string{"-u"}, cron), "root", "")
}

func (g *syscalls) clones() object {
	return g.service(event("clone", 4000+g.IntN(1000), object{}, nil))
}

func (g *syscalls) removes() object {
	return g.service(event("unlinkat", 0, object{"dirfd": "AT_FDCWD", "name": "/tmp/upload-" + g.letters(6), "flags": "0"}, nil))
}

func (g *syscalls) renames() object {
	name := "/srv/app/cache/" + g.letters(8)
	return g.service(event("renameat2", 0, object{"olddirfd": "AT_FDCWD", "oldpath": name + ".new", "newdirfd": "AT_FDCWD", "newpath": name}, nil))
}

func (g *syscalls) changesMode() object {
	return g.service(event("fchmodat", 0, object{"dirfd": "AT_FDCWD", "filename": "/srv/app/cache/" + g.letters(8), "mode": "S_IRUSR|S_IWUSR"}, nil))
}

// person adds a process of a user who is logged in.
func (g *syscalls) person(e object, name, path string, args ...string) object {
	shell := object{"name": "bash", "exepath": "/usr/bin/bash", "args": []string{"-l"}, "pid": 3011, "parent": object{"name": "sshd", "pid": 2990}}
	proc := process(name, path, args, shell)
	proc["tty"] = 34817
	return g.owned(e, proc, "root", "")
}

// readsShadow fires the rule Read sensitive file untrusted of Falco's rules.
func (g *syscalls) readsShadow() object {
	e := event("openat", 3, object{"flags": "O_RDONLY", "mode": "0", "name": "/etc/shadow"}, nil)
	e["fd"] = object{"num": 3, "name": "/etc/shadow", "type": "file"}
	return g.person(e, "cat", "/usr/bin/cat", "/etc/shadow")
}

// opensShell fires the rule Terminal shell in container.
func (g *syscalls) opensShell() object {
	runc := object{"name": "runc", "exepath": "/usr/bin/runc", "pid": 4107, "parent": object{"name": "containerd-shim", "pid": 801}}
	proc := process("bash", "/usr/bin/bash", []string{"-i"}, runc)
	proc["tty"], proc["vpid"] = 34816, 1
	return g.owned(event("execve", 0, object{"flags": "EXE_LOWER_LAYER"}, nil), proc, "root", "registry.shop.example/cart")
}

// runsFromMemory fires the rule Execution from /dev/shm.
func (g *syscalls) runsFromMemory() object {
	return g.person(event("execve", 0, object{"flags": "EXE_WRITABLE"}, nil), "."+g.letters(5), "/dev/shm/."+g.letters(5), "-d")
}

// linksSecret fires the rule Create Symlink Over Sensitive Files.
func (g *syscalls) linksSecret() object {
	return g.person(event("symlinkat", 0, object{"target": "/etc/shadow", "linkdirfd": "AT_FDCWD", "linkpath": "/srv/app/public/" + g.letters(4)}, nil), "ln", "/usr/bin/ln", "-s")
}

package syscall

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/quote"
)

// Impossible says why no event of Falco has some values together, given as texts by
// the names of their fields, several of a list. It returns the reasons by those names,
// each a clause such as "execve uses no file descriptor, so there is no fd.name", and
// nothing where it knows of none. That a value differs from the one that is derived, the
// decoder of fixtures tells.
func Impossible(values map[string][]string) map[string]string {
	v := given{values: values, info: noEvent}
	v.evtType, _ = v.text("evt.type")
	if info, ok := infoOf(v.evtType); ok && v.evtType != "" {
		v.info = info
	}
	reasons := map[string]string{}
	for name, texts := range values {
		for _, text := range texts {
			if reason := v.reason(name, text); reason != "" {
				reasons[name] = reason
				break
			}
		}
	}
	return reasons
}

// given are the values of an event and what there is to know of its type.
type given struct {
	values  map[string][]string
	evtType string // empty where it is not given
	info    *eventInfo
}

// text returns the text of a field, or the first of several.
func (v *given) text(ref string) (string, bool) {
	if texts := v.values[ref]; len(texts) > 0 {
		return texts[0], true
	}
	return "", false
}

// noEvent is what there is to know of an event without a type: it may be any.
var noEvent = &eventInfo{hasFD: true}

// reason returns why no event has a value beside the others.
func (v *given) reason(ref, text string) string {
	field, _, _ := strings.Cut(ref, "[")
	if strings.HasPrefix(field, "evt.arg.") {
		field = "evt.arg"
	}
	for _, reason := range []func(ref, field, text string) string{v.removed, v.ofHost, v.outOfRange, v.processName, v.path, v.descriptor, v.callPath} {
		if r := reason(ref, field, text); r != "" {
			return r
		}
	}
	return ""
}

// removed is about fields that Falco still knows and never has a value of.
func (v *given) removed(ref, field, _ string) string {
	for _, prefix := range []string{"k8s.deployment.", "k8s.rc.", "k8s.rs.", "k8s.svc.", "k8s.ns.id", "k8s.ns.label"} {
		if strings.HasPrefix(field, prefix) {
			return fmt.Sprintf("Falco has no values of %s any more; the plugin k8smeta has fields of its own for them", ref)
		}
	}
	return ""
}

const hostContainer = "host"

// ofHost is about containers.
func (v *given) ofHost(ref, field, text string) string {
	const digits = 12
	id, _ := v.text("container.id")
	switch {
	case field == "container.id" && len(text) > digits && strings.Trim(text, "0123456789abcdef") == "":
		return fmt.Sprintf("container.id has %d digits, and %s has %d; the whole id is container.full_id", digits, quote.Text(text), len(text))
	case id != hostContainer || field == "container.id":
		return ""
	case field == "container.name" && text != hostContainer || strings.HasPrefix(field, "container.image"), strings.HasPrefix(field, "container.mount"), strings.HasPrefix(field, "container.label"), strings.HasPrefix(field, "k8s."):
		return fmt.Sprintf("a process outside of containers, with container.id = host, has no %s", ref)
	}
	return ""
}

// maxPID is the greatest process id that the kernel gives out.
const maxPID = 1 << 22

// ranges are the least and the greatest number of fields where they are not those of
// the type.
var ranges = map[string][2]int64{
	"proc.pid": {-1, maxPID}, "proc.ppid": {-1, maxPID}, "proc.vpid": {-1, maxPID}, "proc.pvpid": {-1, maxPID}, "proc.apid": {-1, maxPID},
	"proc.pgid": {-1, maxPID}, "proc.vpgid": {-1, maxPID}, "proc.sid": {-1, maxPID}, "thread.tid": {-1, maxPID}, "thread.vtid": {-1, maxPID},
	"evt.cpu": {0, 1 << 14}, "fd.num": {-1, 1 << 31}, "evt.count": {1, 1},
	"evt.latency": {0, 0}, "evt.latency.s": {0, 0}, "evt.latency.ns": {0, 0}, "evt.wait_latency": {0, 0},
}

// enumerations are the only texts of fields.
var enumerations = sync.OnceValue(func() map[string][]string {
	return map[string][]string{
		"fd.l4proto": {"tcp", "udp", "icmp", "raw", "<NA>"}, "fd.sockfamily": {"ip", "unix"}, "evt.io_dir": {"read", "write"},
		"fd.typechar": append(slices.Sorted(maps.Values(typeChars)), "o", "?"), "fd.types": slices.Sorted(maps.Keys(typeChars)),
		"proc.stdin.type": slices.Sorted(maps.Keys(typeChars)), "proc.stdout.type": slices.Sorted(maps.Keys(typeChars)), "proc.stderr.type": slices.Sorted(maps.Keys(typeChars)),
		"evt.category": categories(),
	}
})

// Texts returns the only texts that a field has, sorted; nil where there are many. Values
// of evt.type are those of [EventTypes].
func Texts(field string) []string {
	switch field {
	case "fd.type":
		return slices.Sorted(maps.Keys(typeChars))
	case "evt.dir":
		return []string{"<", ">"}
	}
	return slices.Clone(enumerations()[field])
}

// categories returns the categories of events. Those of input and output are known by
// what is read and written.
func categories() []string {
	names := map[string]bool{"ipc": true, unknownCategory: true}
	for _, info := range eventInfos() {
		names[info.category] = info.category != "io"
	}
	maps.DeleteFunc(names, func(_ string, known bool) bool { return !known })
	return slices.Sorted(maps.Keys(names))
}

// outOfRange is about numbers and texts that a field never has.
func (v *given) outOfRange(ref, field, text string) string {
	if r, ok := ranges[field]; ok {
		n, err := strconv.ParseInt(text, 0, 64)
		switch {
		case err != nil || r[0] <= n && n <= r[1]:
		case r[0] == r[1]:
			return fmt.Sprintf("%s is always %d, and never %d", ref, r[0], n)
		default:
			return fmt.Sprintf("%s is a number from %d to %d, and never %d", ref, r[0], r[1], n)
		}
	}
	if texts := enumerations()[field]; texts != nil && !slices.Contains(texts, text) {
		return fmt.Sprintf("%s is one of %s, and never %s", ref, strings.Join(slices.Compact(slices.Clone(texts)), ", "), quote.Text(text))
	}
	switch {
	case field == "evt.dir" && text == ">" && v.info.direction != ">":
		return "evt.dir is always <, and never >: Falco has no events of the entry of calls any more"
	case field == "evt.res" && isWhole(text):
		n, _ := strconv.ParseInt(text, 10, 64)
		if name, ok := errnos().byNumber[-n]; ok {
			return fmt.Sprintf("evt.res is the name of an error, here %s, and never %s; evt.rawres is its number", name, quote.Text(text))
		}
		if n >= 0 {
			return fmt.Sprintf("evt.res is SUCCESS or the name of an error, and never %s; evt.rawres is the number", quote.Text(text))
		}
	}
	return ""
}

// maxName is how many bytes of a process's name the kernel keeps.
const maxName = 15

// processName is about the names of processes and their command lines, which begin
// with them.
func (v *given) processName(ref, field, text string) string {
	switch field {
	case "proc.name", "proc.pname", "proc.aname":
		if ref != "proc.aname" || !strings.Contains(text, " ") { // several names, as outputs join them
			return badName(ref, text)
		}
	case "evt.arg":
		if ref == "evt.arg.comm" {
			return badName(ref, text)
		}
	case "proc.cmdline", "proc.pcmdline", "proc.acmdline":
		if ref != "proc.acmdline" {
			return v.commandLine(ref, text)
		}
	}
	return ""
}

// badName returns why no process has a name.
func badName(ref, name string) string {
	switch {
	case strings.HasPrefix(name, "/"):
		return fmt.Sprintf("%s is the name of a program without its folder, and never %s", ref, quote.Text(name))
	case len(name) > maxName:
		return fmt.Sprintf("the kernel keeps %d bytes of the name of a process, so %s is never %s, but may be %s", maxName, ref, quote.Text(name), quote.Text(name[:maxName]))
	}
	return ""
}

// commandLine is about a command line and the name of its process.
func (v *given) commandLine(ref, line string) string {
	name, given := v.text(nameOf.Replace(ref))
	first, _, _ := strings.Cut(line, " ")
	switch {
	case given && line != name && !strings.HasPrefix(line, name+" ") && path.Base(first) != name:
		return fmt.Sprintf("%s begins with the name of the process, so it is not %s where %s is %s", ref, quote.Text(line), nameOf.Replace(ref), quote.Text(name))
	case strings.HasPrefix(first, "/"):
		return fmt.Sprintf("%s begins with the name of the process, which has no folder, and never with %s", ref, quote.Text(first))
	case !given && len(first) > maxName && !strings.HasPrefix(first, "container:"):
		return fmt.Sprintf("%s begins with the name of the process, of which the kernel keeps %d bytes, and never with %s", ref, maxName, quote.Text(first))
	}
	return ""
}

// nameOf makes the field of a command line that of the name.
var nameOf = strings.NewReplacer("cmdline", "name")

// path is about paths that Falco makes absolute, and without parts such as "..".
func (v *given) path(ref, field, text string) string {
	switch field {
	case "proc.cwd":
		if text != "" && text != "./" && (!strings.HasPrefix(text, "/") || !strings.HasSuffix(text, "/")) {
			return fmt.Sprintf("proc.cwd is a path from / on that ends in a slash, and never %s", quote.Text(text))
		}
	case "proc.exepath", "proc.pexepath", "proc.aexepath":
		if text != "" && !strings.HasPrefix(text, "memfd:") && text != "<NA>" {
			return badPath(ref, text)
		}
	case "fd.directory", "fs.path.name", "fs.path.source", "fs.path.target", "evt.abspath":
		return badPath(ref, text)
	case "fd.filename":
		if strings.Contains(text, "/") && text != "/" {
			return fmt.Sprintf("fd.filename is the last part of a path, and never %s", quote.Text(text))
		}
	case "fd.name":
		return v.fdName(text)
	}
	return ""
}

// badPath returns why no path is a text.
func badPath(ref, text string) string {
	switch {
	case strings.HasPrefix(text, "<UNKNOWN>") || text == "/":
		return ""
	case !strings.HasPrefix(text, "/"):
		return fmt.Sprintf("%s is a path from / on, and never %s", ref, quote.Text(text))
	case strings.HasSuffix(text, "/"):
		return fmt.Sprintf("%s is a path without a slash at its end, and never %s", ref, quote.Text(text))
	case path.Clean(text) != text:
		return fmt.Sprintf("%s is a path that was cleaned, so it is never %s, but may be %s", ref, quote.Text(text), quote.Text(path.Clean(text)))
	}
	return ""
}

// fdName is about the names of file descriptors, which those that are no files have in
// other forms.
func (v *given) fdName(text string) string {
	kind := v.kind()
	fdType, _ := v.text("fd.type")
	switch {
	case (fdType == "ipv4" || fdType == "ipv6") && strings.HasPrefix(text, "/"):
		return fmt.Sprintf("%s is about a socket, and fd.name is never %s", v.subject(), quote.Text(text))
	case kind == "file", kind == "" && !strings.ContainsAny(text, ":[>"):
		if text != "" {
			return badPath("fd.name", text)
		}
	}
	return ""
}

// subject is what says of what kind the file descriptor is.
func (v *given) subject() string {
	if v.evtType != "" {
		return v.evtType
	}
	fdType, _ := v.text("fd.type")
	return "an event with fd.type = " + fdType
}

// kind returns whether the file descriptor is a file or a socket; nothing where it may be
// either, or something else.
func (v *given) kind() string {
	switch fdType, _ := v.text("fd.type"); fdType {
	case "file", "directory":
		return "file"
	case "ipv4", "ipv6", "unix", "netlink":
		return "socket"
	case "":
	default:
		return "other"
	}
	switch v.evtType {
	case "creat", "fchdir", "getdents", "getdents64":
		return "file"
	}
	switch {
	case isOpen(v.evtType) || v.info.hasFD && slices.ContainsFunc(v.info.Params, func(p Param) bool { return p.Type == fieldsets.FSRelPath }):
		return "file" // that is opened, or the directory in which the path is
	case v.info.category == "net":
		return "socket"
	}
	return ""
}

// socketFields are the fields that only sockets have.
var socketFields = []string{
	"fd.ip", "fd.net", "fd.port", "fd.proto", "fd.l4proto", "fd.sockfamily",
	"fd.cip", "fd.sip", "fd.lip", "fd.rip", "fd.cnet", "fd.snet", "fd.lnet", "fd.rnet",
	"fd.cport", "fd.sport", "fd.lport", "fd.rport", "fd.cproto", "fd.sproto", "fd.lproto", "fd.rproto",
	"fd.cip.name", "fd.sip.name", "fd.lip.name", "fd.rip.name",
}

// descriptor is about fields of the file descriptor of events that have none, or one of
// another kind.
func (v *given) descriptor(ref, field, text string) string {
	switch {
	case strings.HasPrefix(field, "fdlist.") && v.evtType != "" && v.evtType != "poll" && v.evtType != "ppoll":
		return fmt.Sprintf("%s has no list of file descriptors, so there is no %s", v.evtType, ref)
	case !strings.HasPrefix(field, "fd."):
		return ""
	case !v.info.hasFD:
		return fmt.Sprintf("%s uses no file descriptor, so there is no %s", v.evtType, ref)
	}
	switch own := v.ownKind(); {
	case field == "fd.type" && own == "file" && text != "file" && text != "directory", field == "fd.type" && own == "socket" && (text == "file" || text == "directory"):
		return fmt.Sprintf("%s is about a %s, so fd.type is never %s", v.evtType, own, quote.Text(text))
	}
	switch kind := v.kind(); {
	case kind == "file" && slices.Contains(socketFields, field) && text != "<NA>":
		return fmt.Sprintf("%s is about a file, so there is no %s", v.subject(), ref)
	case kind == "socket" && (field == "fd.directory" || field == "fd.filename") && text != "/": // which it is where nothing is known
		return fmt.Sprintf("%s is about a socket, so there is no %s", v.subject(), ref)
	}
	return ""
}

// ownKind is the kind that the event type alone says.
func (v *given) ownKind() string {
	alone := given{evtType: v.evtType, info: v.info}
	return alone.kind()
}

// callPaths are the event types that the fields fs.path have a value of: of one path, or
// of two.
var callPaths = map[string][]string{
	"fs.path.name": {
		"open", "openat", "openat2", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "chmod", "fchmod", "fchmodat", "chown", "lchown", "fchown", "fchownat",
		"quotactl", "umount", "umount2",
	},
	"fs.path.source": {"rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "mount"},
}

// callPath is about fs.path, which calls have that name paths and succeed.
func (v *given) callPath(ref, field, _ string) string {
	calls := callPaths[strings.TrimSuffix(field, "raw")]
	if strings.HasPrefix(field, "fs.path.target") {
		calls = callPaths["fs.path.source"]
	}
	switch {
	case calls == nil:
	case v.evtType != "" && !slices.Contains(calls, v.evtType):
		return fmt.Sprintf("%s has a value for %s, and not for %s", ref, strings.Join(calls, ", "), v.evtType)
	case v.failed() && !isOpen(v.evtType): // of which it is the path that was not opened
		return fmt.Sprintf("a call that fails has no %s", ref)
	}
	return ""
}

// failed reports whether the call is said to have failed.
func (v *given) failed() bool {
	res, _ := v.text("evt.res")
	rawres, _ := v.text("evt.rawres")
	failed, _ := v.text("evt.failed")
	return res != "" && res != success && !isWhole(res) || strings.HasPrefix(rawres, "-") || failed == "true"
}

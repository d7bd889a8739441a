package solve

import (
	"cmp"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// onlyProduced are fields that are set through others if possible: those with several
// values, and two that follow from fd.type.
var onlyProduced = map[string]bool{
	"proc.aname": true, "proc.aexe": true, "proc.aexepath": true, "proc.acmdline": true, "proc.apid": true, "proc.aenv": true,
	"fd.typechar": true, "fd.sockfamily": true, "fd.ip": true, "fd.net": true, "fd.port": true, "fd.proto": true,
}

// derivedFrom are the fields that can be set to set another one.
var derivedFrom = map[string][]string{
	"proc.aname":    {"proc.aname[2]", "proc.aname[3]", "proc.aname[4]", "proc.pname"},
	"proc.aexe":     {"proc.aexe[2]", "proc.aexe[3]"},
	"proc.aexepath": {"proc.aexepath[2]", "proc.aexepath[3]"},
	"proc.acmdline": {"proc.acmdline[2]", "proc.acmdline[3]"},
	"proc.apid":     {"proc.apid[2]", "proc.apid[3]"},
	"proc.aenv":     {"proc.aenv[1]", "proc.aenv[2]"},
	"proc.aname[0]": {"proc.name"},
	"proc.aname[1]": {"proc.pname"},
	"fd.ip":         {"fd.sip", "fd.cip"},
	"fd.net":        {"fd.sip", "fd.cip"},
	"fd.port":       {"fd.sport", "fd.cport"},
	"fd.proto":      {"fd.sport", "fd.cport"},
	"fd.cnet":       {"fd.cip"},
	"fd.snet":       {"fd.sip"},
	"fd.lnet":       {"fd.lip"},
	"fd.rnet":       {"fd.rip"},
	"fd.cproto":     {"fd.cport"},
	"fd.sproto":     {"fd.sport"},
	"fd.lproto":     {"fd.lport"},
	"fd.rproto":     {"fd.rport"},
	"syscall.type":  {"evt.type"},
	"evt.type.is":   {"evt.type"},
	"evt.category":  {"evt.type", "fd.type"},
}

// bases returns the fields that a field is derived from.
func bases(f *ast.Field) []string {
	switch f.Name {
	case "fd.directory", "fd.filename":
		return []string{"fd.name"}
	case "fd.typechar", "fd.sockfamily":
		return []string{"fd.type"}
	case "evt.failed":
		return []string{"evt.res"}
	}
	if strings.HasPrefix(f.Name, "evt.is_open_") || strings.HasPrefix(f.Name, "proc.is_exe_") {
		return []string{"evt.arg.flags"}
	}
	return derivedFrom[reference(f)]
}

// fileTypes are the most common types of file descriptors by fd.typechar.
var fileTypes = map[string]string{
	"f": "file", "d": "directory", "4": "ipv4", "6": "ipv6", "u": "unix", "p": "pipe", "e": "event", "s": "signalfd", "l": "eventpoll",
	"i": "inotify", "t": "timerfd", "n": "netlink", "b": "bpf", "r": "io_uring", "m": "memfd", "P": "pidfd",
}

// openFlags are flags of open system calls that make fields true.
var openFlags = map[string][]string{
	"evt.is_open_read":   {"O_RDONLY", "O_RDWR"},
	"evt.is_open_write":  {"O_WRONLY", "O_RDWR", "O_WRONLY|O_CREAT"},
	"evt.is_open_create": {"O_CREAT|O_F_CREATED", "O_RDWR|O_CREAT|O_F_CREATED"},
	"evt.is_open_exec":   {"O_CREAT", "O_WRONLY|O_CREAT"},
}

// exeFlags are flags of execve that make fields true.
var exeFlags = map[string]string{
	"proc.is_exe_writable": "EXE_WRITABLE", "proc.is_exe_upper_layer": "EXE_UPPER_LAYER",
	"proc.is_exe_lower_layer": "EXE_LOWER_LAYER", "proc.is_exe_from_memfd": "EXE_FROM_MEMFD",
}

// produce returns edits that may set a field by setting the fields it is derived from.
func produce(f *ast.Field, v *yamlfile.Node, e Event) []edit {
	set := func(field, value string) edit { return edit{{field, text(value)}} }
	switch f.Name {
	case "fd.directory":
		name := "example"
		if now := e.text("fd.name"); now != "" {
			name = now[strings.LastIndexByte(now, '/')+1:]
		}
		return []edit{set("fd.name", strings.TrimSuffix(v.Value, "/")+"/"+name), set("fd.name", v.Value)}
	case "fd.filename":
		directory := "/tmp/"
		if now := e.text("fd.name"); strings.Contains(now, "/") {
			directory = now[:strings.LastIndexByte(now, '/')+1]
		}
		return []edit{set("fd.name", directory+v.Value)}
	case "fd.typechar":
		if t := fileTypes[v.Value]; t != "" {
			return []edit{set("fd.type", t)}
		}
	case "fd.sockfamily":
		return []edit{set("fd.type", map[string]string{"ip": "ipv4", "unix": "unix"}[v.Value])}
	case "evt.failed":
		return []edit{set("evt.res", map[string]string{"true": "EACCES", "false": "SUCCESS"}[v.Value])}
	case "proc.cmdline":
		var edits []edit
		if _, rest, ok := strings.Cut(v.Value, " "); ok && rest != "" {
			edits = append(edits, set("proc.args", rest))
		}
		edits = append(edits, set("proc.args", v.Value))
		if now := e.text("proc.args"); now != "" { // other checks may need it
			edits = append(edits, set("proc.args", now+" "+v.Value))
		}
		return edits
	case "proc.pcmdline": // begins with the name
		if now := cmp.Or(e.text(f.Name), e.text("proc.pname")); now != "" {
			return []edit{set(f.Name, now+" "+v.Value)}
		}
		return nil
	case "proc.cwd": // ends in a slash
		return []edit{set("proc.cwd", strings.TrimSuffix(v.Value, "/")+"/")}
	case "evt.category":
		return produceCategory(v.Value)
	case "evt.io_dir", "evt.is_io_read", "evt.is_io_write", "evt.is_io":
		return []edit{set(eventType, "read"), set(eventType, "write")}
	case "evt.is_wait":
		return []edit{set(eventType, "poll")}
	}
	if v.Value == "true" || v.Value == "false" {
		if edits := produceFlags(f.Name, v.Value == "true", e); edits != nil {
			return edits
		}
	}
	var edits []edit
	for _, base := range derivedFrom[reference(f)] {
		if f.Name == "fd.proto" || strings.HasSuffix(f.Name, "proto") && f.Name != "fd.l4proto" {
			if startsDigit(v.Value) {
				edits = append(edits, edit{{base, number(v.Value)}})
			}
			continue
		}
		edits = append(edits, edit{{base, v}})
	}
	return edits
}

// maxTypes limits the event types that are tried for a category.
const maxTypes = 100

// produceCategory returns edits that set evt.category by the event type, starting with
// common ones, and by fd.type.
func produceCategory(category string) []edit {
	types := syscall.TypesOfCategory(category)
	slices.SortStableFunc(types, func(a, b string) int { return cmp.Compare(rarity(a), rarity(b)) })
	var edits []edit
	for _, t := range types[:min(len(types), maxTypes)] {
		edits = append(edits, edit{{eventType, text(t)}})
	}
	if fdType := ioTypes[category]; fdType != "" {
		edits = append(edits, edit{{eventType, text("read")}, {"fd.type", text(fdType)}}, edit{{eventType, text("write")}, {"fd.type", text(fdType)}}, edit{{"fd.type", text(fdType)}})
	}
	return edits
}

// withEventType returns the edits with event types that have a parameter, starting with
// common ones, and without.
func withEventType(param string, edits []edit) []edit {
	types := syscall.TypesWithParam(param)
	slices.SortStableFunc(types, func(a, b string) int { return cmp.Compare(rarity(a), rarity(b)) })
	var out []edit
	for _, e := range edits {
		for _, t := range types[:min(len(types), maxTypesOfParam)] {
			out = append(out, append(edit{{eventType, text(t)}}, e...))
		}
	}
	return append(out, edits...)
}

// maxTypesOfParam limits the event types that are tried for a parameter.
const maxTypesOfParam = 5

// ioTypes are values of fd.type by the category of reads and writes.
var ioTypes = map[string]string{"file": "file", "net": "ipv4", "ipc": "pipe"}

// rarity is greater for event types that fewer rules are about.
func rarity(evtType string) int {
	for i, t := range usual[eventType] {
		if t == evtType {
			return i
		}
	}
	return len(usual[eventType])
}

// produceFlags returns edits of the flags that a field is derived from.
func produceFlags(field string, want bool, e Event) []edit {
	flags, event := openFlags[field], "openat"
	if exe := exeFlags[field]; exe != "" {
		flags, event = []string{exe}, "execve"
	}
	if flags == nil {
		return nil
	}
	if !want { // set other flags
		flags = []string{"O_WRONLY", "O_RDONLY"}
		if event == "execve" {
			flags = []string{"EXE_WRITABLE", "EXE_LOWER_LAYER"}
		}
	} else if now := e.text("evt.arg.flags"); now != "" {
		for _, more := range flags[:len(flags):len(flags)] {
			flags = append(flags, now+"|"+more)
		}
	}
	var edits []edit
	for _, f := range flags {
		to := edit{{"evt.arg.flags", text(f)}}
		if e[eventType] == nil {
			to = append(to, change{eventType, text(event)})
		}
		if field == "evt.is_open_exec" && want {
			to = append(to, change{"evt.arg.mode", text("0755")})
		}
		edits = append(edits, to)
	}
	return edits
}

package syscall

import (
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
)

// kin are the fields of a process, of its parent and of any ancestor that say the
// same of each.
var kin = []struct{ own, parent, list string }{
	{"proc.name", "proc.pname", "proc.aname"},
	{"proc.exe", "proc.pexe", "proc.aexe"},
	{"proc.exepath", "proc.pexepath", "proc.aexepath"},
	{"proc.cmdline", "proc.pcmdline", "proc.acmdline"},
	{"proc.pid", "proc.ppid", "proc.apid"},
	{"proc.args", "", "proc.aargs"},
	{"proc.env", "", "proc.aenv"},
}

func processDerivations() []derivation {
	var all []derivation
	for _, k := range kin {
		switch k.own {
		case "proc.cmdline", "proc.args", "proc.env": // below, from more
		default:
			all = append(all, derive(k.own, "`"+k.list+"[0]`", same(k.list+"[0]")))
		}
		if k.parent != "" {
			all = append(all, derive(k.parent, "`"+k.list+"[1]`, the first parent", same(k.list+"[1]")))
		}
		from := "`" + k.own + "` for [0]"
		if k.parent != "" {
			from += ", `" + k.parent + "` for [1]"
		}
		switch k.list {
		case "proc.acmdline":
			from += ", or `proc.aname` and `proc.aargs` of the same number; without argument all ancestors': conditions compare each, outputs join them"
		case "proc.apid":
			from += "; without argument conditions take the numbers of all ancestors, and outputs that of the process"
		case "proc.aenv":
			from += "; [NAME] is the first ancestor's that has one; without argument conditions take the variables of all ancestors, and outputs those of the process"
		case "proc.aargs":
			from += "; without argument all ancestors' joined"
		default:
			from += "; without argument all ancestors': conditions compare each, outputs join them"
		}
		all = append(all, derive(k.list, from, ancestors(k.own, k.parent, k.list)))
	}
	return append(all,
		derive("proc.cmdline", "`proc.acmdline[0]`, or `proc.name` and `proc.args`", either(same("proc.acmdline[0]"), plain(commandLine))),
		derive("proc.exeline", "`proc.exe` and `proc.args`", plain(exeLine)),
		derive("proc.args", "the arguments joined, `proc.aargs[0]`; [N] is one of them, where blanks divide them if they are not given one by one", arguments),
		derive("proc.cmdnargs", "`proc.args`", plain(func(in *fixture.Scope) fieldsets.Extractor {
			words := wordsOf(in)
			return func(ev *fieldsets.Event, out *fieldsets.Values) {
				n := out.Len()
				if words(ev, out) {
					count := out.Len() - n
					out.Truncate(n)
					out.Add(fieldsets.NumberValue(uint64(count)))
				}
			}
		})),
		derive("proc.cmdlenargs", "`proc.args`, without the blanks between them", plain(func(in *fixture.Scope) fieldsets.Extractor {
			words := wordsOf(in)
			return func(ev *fieldsets.Event, out *fieldsets.Values) {
				n := out.Len()
				if words(ev, out) {
					size := 0
					for _, v := range out.All()[n:] {
						size += len(v.Text())
					}
					out.Truncate(n)
					out.Add(fieldsets.NumberValue(uint64(size)))
				}
			}
		})),
		derive("proc.env", "the variables that are given, joined, `proc.aenv[0]`; [NAME] is looked up in them", environmentOf),
		derive("proc.is_sid_leader", "`proc.sid` is `proc.vpid`", equal("proc.sid", "proc.vpid")),
		derive("proc.is_vpgid_leader", "`proc.vpgid` is `proc.vpid`", equal("proc.vpgid", "proc.vpid")),
		derive("proc.is_pgid_leader", "`proc.pgid` is `proc.pid`", equal("proc.pgid", "proc.pid")),
		derive("thread.ismain", "`thread.tid` is `proc.pid`", equal("thread.tid", "proc.pid")),
		derive("thread.tid", "`proc.pid`", same("proc.pid")),
		derive("thread.nametid", "`proc.name` and `thread.tid`", plain(func(in *fixture.Scope) fieldsets.Extractor {
			name, tid := in.Value("proc.name"), in.Value("thread.tid")
			return func(ev *fieldsets.Event, out *fieldsets.Values) {
				comm, ok := take(name, ev, out)
				id, both := take(tid, ev, out)
				if ok && both {
					out.AddBuilt(func(buf []byte) []byte { return strconv.AppendInt(append(buf, comm.Text()...), id.Int(), 10) })
				}
			}
		})),
		derive("proc.is_exe_writable", "the parameter `flags` of execve and execveat, if they do not fail", executableFlag(exeWritable)),
		derive("proc.is_exe_upper_layer", "the parameter `flags` of execve and execveat, if they do not fail", executableFlag(exeUpperLayer)),
		derive("proc.is_exe_lower_layer", "the parameter `flags` of execve and execveat, if they do not fail", executableFlag(exeLowerLayer)),
		derive("proc.is_exe_from_memfd", "the parameter `flags` of execve and execveat, if they do not fail", executableFlag(exeFromMemfd)),
		derive("proc.duration", "the event's time and `proc.pid.ts`", since("proc.pid.ts")),
		derive("proc.ppid.duration", "the event's time and `proc.ppid.ts`", since("proc.ppid.ts")),
		derive("proc.loginshellid", "the names and numbers of the process and its ancestors: the last shell among them", plain(loginShell)),
		derive("thread.cgroup", "`thread.cgroups`", func(in *fixture.Scope, arg fieldsets.Arg) fieldsets.Extractor {
			name := arg.Key + "="
			return ofText("thread.cgroups", func(text string, out *fieldsets.Values) {
				for group := range strings.SplitSeq(text, " ") {
					if path, ok := strings.CutPrefix(group, name); ok {
						out.AddText(path)
						return
					}
				}
			})(in, arg)
		}),
	)
}

// either takes the first derivation that has a value.
func either(all ...func(*fixture.Scope, fieldsets.Arg) fieldsets.Extractor) func(*fixture.Scope, fieldsets.Arg) fieldsets.Extractor {
	return func(in *fixture.Scope, arg fieldsets.Arg) fieldsets.Extractor {
		var xs []fieldsets.Extractor
		for _, d := range all {
			xs = append(xs, d(in, arg))
		}
		return func(ev *fieldsets.Event, out *fieldsets.Values) {
			n := out.Len()
			for _, x := range xs {
				if x(ev, out); out.Len() > n {
					return
				}
			}
		}
	}
}

// lineage reads a field of all ancestors: the first parent's, which may be given
// in two ways, and the others'.
func lineage(in *fixture.Scope, parent, list string) fieldsets.Extractor {
	first := in.Given(list + "[1]")
	if parent != "" {
		first = either(same(list+"[1]"), same(parent))(in, fieldsets.Arg{})
	}
	others := olderOnes(in, list)
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		first(ev, out)
		others(ev, out)
	}
}

// olderOnes reads a field of the ancestors before the first parent.
func olderOnes(in *fixture.Scope, list string) fieldsets.Extractor {
	each := in.Each(list)
	if list == "proc.acmdline" {
		return olderCommandLines(each, in.Each("proc.aname"), in.Each("proc.aargs"))
	}
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		for c := each.Indexed(ev); ; {
			index, ok := c.Index()
			if !ok {
				return
			}
			if v, _ := c.Take(index); isOlder(index) {
				out.Add(v)
			}
		}
	}
}

// isOlder reports whether a number is that of an ancestor before the first parent.
func isOlder(index uint64) bool { return int64(index) > 1 }

// olderCommandLines is olderOnes for command lines, which names and arguments
// stand for.
func olderCommandLines(lines, names, args fixture.Each) fieldsets.Extractor {
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		line, name, arg := lines.Indexed(ev), names.Indexed(ev), args.Indexed(ev)
		for {
			index, ok := line.Index()
			if other, both := name.Index(); both && (!ok || other < index) {
				index, ok = other, true
			}
			if !ok {
				return
			}
			whole, given := line.Take(index)
			first, named := name.Take(index)
			rest, _ := arg.Take(index)
			switch {
			case !isOlder(index):
			case given:
				out.Add(whole)
			case named:
				addCommandLine(first.Text(), rest.Text(), rest.Text() != "", out)
			}
		}
	}
}

// addCommandLine adds a name and its arguments, if there are any.
func addCommandLine(name, args string, any bool, out *fieldsets.Values) {
	if !any {
		out.AddText(name)
		return
	}
	out.AddBuilt(func(buf []byte) []byte { return append(append(append(buf, name...), ' '), args...) })
}

// ancestors derives a field of ancestors from those that say the same.
func ancestors(own, parent, list string) func(*fixture.Scope, fieldsets.Arg) fieldsets.Extractor {
	return func(in *fixture.Scope, arg fieldsets.Arg) fieldsets.Extractor {
		switch {
		case arg.IsIndex && arg.Index == 0:
			return in.Value(own)
		case arg.IsIndex && list == "proc.acmdline":
			return ancestorCommandLine(in, arg)
		case arg.IsIndex && arg.Index == 1 && parent != "":
			return in.Value(parent)
		case arg.IsIndex:
			return nil
		case arg.Present:
			return ancestorVariable(in, arg.Key)
		case list == "proc.apid" || list == "proc.aenv":
			return in.Value(own)
		}
		all := lineage(in, parent, list)
		return func(ev *fieldsets.Event, out *fieldsets.Values) {
			n := out.Len()
			all(ev, out)
			if out.Len() > n {
				joinFrom(out, n, " ")
			}
		}
	}
}

// ancestorCommandLine derives the command line of one ancestor.
func ancestorCommandLine(in *fixture.Scope, arg fieldsets.Arg) fieldsets.Extractor {
	number := "[" + arg.Key + "]"
	name, args := in.Value("proc.aname"+number), in.Value("proc.aargs"+number)
	made := func(ev *fieldsets.Event, out *fieldsets.Values) {
		if v, ok := take(name, ev, out); ok {
			rest := takeText(args, ev, out)
			addCommandLine(v.Text(), rest, rest != "", out)
		}
	}
	if arg.Index != 1 {
		return made
	}
	parent := in.Value("proc.pcmdline")
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		n := out.Len()
		if parent(ev, out); out.Len() == n {
			made(ev, out)
		}
	}
}

// commandLine derives the command line of the process. An argument that is empty
// has its blank.
func commandLine(in *fixture.Scope) fieldsets.Extractor {
	name, args, each := in.Value("proc.name"), in.Value("proc.args"), in.Each("proc.args")
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		v, ok := take(name, ev, out)
		if !ok {
			return
		}
		rest, known := take(args, ev, out)
		c := each.Indexed(ev)
		if _, any := c.Index(); known || !any {
			addCommandLine(v.Text(), rest.Text(), any || rest.Text() != "", out)
		}
	}
}

// wordsOf adds the arguments of the process, as texts, and returns whether they
// are known. Blanks divide those that are not given one by one.
func wordsOf(in *fixture.Scope) func(ev *fieldsets.Event, out *fieldsets.Values) bool {
	each, joined, older, count := in.Each("proc.args"), in.Given("proc.args"), in.Value("proc.aargs[0]"), in.Given("proc.cmdnargs")
	return func(ev *fieldsets.Event, out *fieldsets.Values) bool {
		text, ok := take(joined, ev, out)
		if !ok {
			text, ok = take(older, ev, out)
		}
		total, counted := take(count, ev, out)
		c, rest, at, n := each.Indexed(ev), text.Text(), uint64(0), out.Len()
		for ; ; at++ {
			if v, given := c.Take(at); given {
				out.Add(v)
				rest = strings.TrimPrefix(strings.TrimPrefix(rest, v.Text()), " ")
				continue
			}
			if rest = strings.TrimLeft(rest, " "); rest == "" {
				break
			}
			word, behind, _ := strings.Cut(rest, " ")
			if counted && at+1 == total.Number() {
				word, behind = rest, "" // all that is left
			}
			out.AddText(word)
			rest = behind
		}
		if _, gap := c.Index(); !ok && (at == 0 || gap) {
			out.Truncate(n)
			return false
		}
		return true
	}
}

// arguments derives proc.args. An argument that the process does not have is
// empty.
func arguments(in *fixture.Scope, arg fieldsets.Arg) fieldsets.Extractor {
	words := wordsOf(in)
	if !arg.Present {
		each, older := in.Each("proc.args"), in.Value("proc.aargs[0]")
		return func(ev *fieldsets.Event, out *fieldsets.Values) {
			c, n := each.Indexed(ev), out.Len()
			if _, any := c.Index(); !any {
				older(ev, out)
			} else if words(ev, out) {
				joinFrom(out, n, " ")
			}
		}
	}
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		n := out.Len()
		known := words(ev, out)
		count := uint64(out.Len() - n)
		if known && arg.Index < count {
			v := out.All()[n+int(arg.Index)]
			out.Truncate(n)
			out.Add(v)
			return
		}
		out.Truncate(n)
		if known {
			out.AddText("")
		}
	}
}

// The flags of execve as Falco has them.
const (
	exeWritable   = 1
	exeUpperLayer = 2
	exeFromMemfd  = 4
	exeLowerLayer = 8
)

// executableFlag derives what a call that starts a program says of its file.
func executableFlag(bit uint64) func(*fixture.Scope, fieldsets.Arg) fieldsets.Extractor {
	return plain(func(in *fixture.Scope) fieldsets.Extractor {
		evtType, flags, result := in.Value("evt.type"), in.Value("evt.rawarg.flags"), failure(in)
		return func(ev *fieldsets.Event, out *fieldsets.Values) {
			name := takeText(evtType, ev, out)
			failed, _ := result(ev, out)
			v, ok := take(flags, ev, out)
			if ok && !failed && (name == "execve" || name == "execveat") {
				out.Add(fieldsets.BoolValue(v.Number()&bit != 0))
			}
		}
	})
}

func exeLine(in *fixture.Scope) fieldsets.Extractor {
	exe, args := in.Value("proc.exe"), in.Value("proc.args")
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		first, ok := take(exe, ev, out)
		rest, both := take(args, ev, out)
		if ok && both {
			out.AddBuilt(func(buf []byte) []byte { // with the blank also where nothing follows
				return append(append(append(buf, first.Text()...), ' '), rest.Text()...)
			})
		}
	}
}

// environmentOf derives proc.env and proc.env[NAME].
func environmentOf(in *fixture.Scope, arg fieldsets.Arg) fieldsets.Extractor {
	if arg.Present {
		if arg.IsIndex {
			return nil
		}
		key := arg.Key
		return ofText("proc.env", func(text string, out *fieldsets.Values) { out.AddText(variable(text, key)) })(in, arg)
	}
	each, older := in.Each("proc.env"), in.Value("proc.aenv[0]")
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		n := out.Len()
		for arg, v := range each.Of(ev) {
			if arg.IsIndex { // the environment of an ancestor
				continue
			}
			out.AddBuilt(func(buf []byte) []byte { return append(append(append(buf, arg.Key...), '='), v.Text()...) })
		}
		if out.Len() == n {
			older(ev, out)
			return
		}
		joinFrom(out, n, " ")
	}
}

// variable finds a variable in an environment as it is printed: the values, which
// can have blanks, end where the next word has a =.
func variable(env, name string) string {
	words := strings.Split(env, " ")
	for i, w := range words {
		if value, ok := strings.CutPrefix(w, name+"="); ok {
			for _, next := range words[i+1:] {
				if strings.Contains(next, "=") {
					break
				}
				value += " " + next
			}
			return value
		}
	}
	return ""
}

// ancestorVariable finds a variable in the environments of the ancestors.
func ancestorVariable(in *fixture.Scope, name string) fieldsets.Extractor {
	all := lineage(in, "", "proc.aenv")
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		n := out.Len()
		all(ev, out)
		if out.Len() == n {
			return
		}
		found := ""
		for _, v := range out.All()[n:] {
			if found = variable(v.Text(), name); found != "" {
				break
			}
		}
		out.Truncate(n)
		out.AddText(found)
	}
}

// since derives a duration from the time at which it began.
func since(ref string) func(*fixture.Scope, fieldsets.Arg) fieldsets.Extractor {
	return plain(func(in *fixture.Scope) fieldsets.Extractor {
		begin := in.Value(ref)
		return func(ev *fieldsets.Event, out *fieldsets.Values) {
			if v, ok := take(begin, ev, out); ok && v.Number() != 0 && v.Number() <= uint64(ev.Time) {
				out.Add(fieldsets.NumberValue(uint64(ev.Time) - v.Number()))
			}
		}
	})
}

// loginShell derives the number of the last shell among a process and its
// ancestors.
func loginShell(in *fixture.Scope) fieldsets.Extractor {
	name, pid := in.Value("proc.name"), in.Value("proc.pid")
	pname, ppid := in.Value("proc.pname"), in.Value("proc.ppid")
	names, pids := in.Each("proc.aname"), in.Each("proc.apid")
	isShell := func(name string) bool { return strings.HasSuffix(name, "sh") }
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		n := out.Len()
		if isShell(takeText(name, ev, out)) {
			pid(ev, out)
		}
		if isShell(takeText(pname, ev, out)) {
			ppid(ev, out)
		}
		ids := pids.Indexed(ev)
		for at, v := range names.Of(ev) {
			if !at.IsIndex || !isOlder(at.Index) || !isShell(v.Text()) {
				continue
			}
			if id, ok := ids.Take(at.Index); ok {
				out.Add(id)
			}
		}
		if out.Len() > n {
			last := out.All()[out.Len()-1]
			out.Truncate(n)
			out.Add(last)
		}
	}
}

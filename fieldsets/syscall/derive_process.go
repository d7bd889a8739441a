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
		derive("proc.cmdline", "`proc.acmdline[0]`, or `proc.name` and `proc.args`", either(same("proc.acmdline[0]"), joinedTexts(" ", "proc.name", "proc.args"))),
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
	each := in.Each(list)
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		first(ev, out)
		for arg, v := range each.Of(ev) {
			if arg.IsIndex && int64(arg.Index) > 1 {
				out.Add(v)
			}
		}
	}
}

// ancestors derives a field of ancestors from those that say the same.
func ancestors(own, parent, list string) func(*fixture.Scope, fieldsets.Arg) fieldsets.Extractor {
	return func(in *fixture.Scope, arg fieldsets.Arg) fieldsets.Extractor {
		switch {
		case arg.IsIndex && arg.Index == 0:
			return in.Value(own)
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
				joinFrom(out, n, " ", true)
			}
		}
	}
}

// wordsOf adds the arguments of the process, as texts, and returns whether they
// are known.
func wordsOf(in *fixture.Scope) func(ev *fieldsets.Event, out *fieldsets.Values) bool {
	each, joined := in.Each("proc.args"), in.Given("proc.args")
	return func(ev *fieldsets.Event, out *fieldsets.Values) bool {
		v, ok := take(joined, ev, out)
		rest := v.Text()
		for arg, v := range each.Of(ev) {
			if arg.IsIndex {
				out.Add(v)
				rest = strings.TrimPrefix(strings.TrimPrefix(rest, v.Text()), " ")
				ok = true
			}
		}
		for word := range strings.FieldsSeq(rest) {
			out.AddText(word)
		}
		return ok
	}
}

// arguments derives proc.args. An argument that the process does not have is
// empty.
func arguments(in *fixture.Scope, arg fieldsets.Arg) fieldsets.Extractor {
	each := in.Each("proc.args")
	if !arg.Present {
		older := in.Value("proc.aargs[0]")
		return func(ev *fieldsets.Event, out *fieldsets.Values) {
			n := out.Len()
			for arg, v := range each.Of(ev) {
				if arg.IsIndex {
					out.Add(v)
				}
			}
			if out.Len() == n {
				older(ev, out)
				return
			}
			joinFrom(out, n, " ", true)
		}
	}
	joined, count := in.Value("proc.args"), in.Given("proc.cmdnargs")
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		all, ok := take(joined, ev, out)
		if !ok {
			return
		}
		rest, at := all.Text(), uint64(0)
		for other, v := range each.Of(ev) {
			if other.IsIndex && other.Index == arg.Index {
				out.Add(v)
				return
			}
			// What is given stands at the beginning of the joined text.
			if other.IsIndex && other.Index == at {
				rest = strings.TrimPrefix(strings.TrimPrefix(rest, v.Text()), " ")
				at++
			}
		}
		if n, ok := take(count, ev, out); ok && arg.Index+1 == n.Number() && arg.Index == at {
			out.AddText(rest) // all that is left
			return
		}
		for word := range strings.FieldsSeq(rest) {
			if at == arg.Index {
				out.AddText(word)
				return
			}
			at++
		}
		out.AddText("")
	}
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
			out.AddBuilt(func(buf []byte) []byte { return append(append(append(buf, arg.Key...), '='), v.Text()...) })
		}
		if out.Len() == n {
			older(ev, out)
			return
		}
		joinFrom(out, n, " ", true)
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
			if v, ok := take(begin, ev, out); ok && v.Number() != 0 {
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
		for at, v := range names.Of(ev) {
			if !at.IsIndex || int64(at.Index) < 2 || !isShell(v.Text()) {
				continue
			}
			for other, id := range pids.Of(ev) {
				if other.IsIndex && other.Index == at.Index {
					out.Add(id)
				}
			}
		}
		if out.Len() > n {
			last := out.All()[out.Len()-1]
			out.Truncate(n)
			out.Add(last)
		}
	}
}

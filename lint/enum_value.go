package lint

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
)

var enumValue = &Analyzer{
	ID:       "enum-value",
	Category: Dead,
	Level:    Warning,
	Summary:  "A field is compared with a value that it never has.",
	Fix:      SafeFix,
	Run:      runEnumValue,
}

// enums are the fields whose values Falco and its plugins choose, and these values. Those of
// container.type are what version 0.7 of the container plugin prints.
var enums = map[string][]string{
	"fd.type": {
		"file", "directory", "ipv4", "ipv6", "unix", "pipe", "event", "signalfd", "eventpoll", "inotify", "timerfd", "netlink", "bpf",
		"userfaultfd", "io_uring", "memfd", "pidfd",
	},
	"fd.typechar":    strings.Split("f46dpueolXsitnbrmP", ""),
	"fd.l4proto":     {"tcp", "udp", "icmp", "raw"},
	"container.type": {"docker", "lxc", "libvirt-lxc", "mesos", "cri", "containerd", "cri-o", "rkt", "bpm", "podman", "host"},
	"evt.category": {
		"unknown", "other", "file", "net", "IPC", "ipc", "memory", "process", "sleep", "system", "signal", "user", "time", "processing",
		"wait", "scheduler", "internal", "syscall", "tracepoint", "plugin", "meta",
	},
	"evt.res":            syscall.Results(),
	"ka.stage":           {"RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"},
	"jevt.value[/stage]": {"RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"},
	"jevt.value[/level]": {"Metadata", "Request", "RequestResponse"},
	"ka.auth.decision":   {"allow", "forbid"},
}

func runEnumValue(p *Pass) {
	for _, c := range p.Conditions() {
		for l := range c.Literals() {
			if l.Operand == "evt.count" {
				p.eventCount(l)
				continue
			}
			known := enums[l.Operand]
			if l.Operand == "evt.source" && c.Rule != nil {
				known = []string{c.Source.Name()}
			}
			for _, v := range l.Check.Values() {
				switch {
				case !comparesWhole(l.Check.Op) || v.Text == noValue || slices.Contains(known, v.Text):
				case known == nil:
					if reason := l.impossible(v.Text); reason != "" {
						d := p.ReportNode(l, v, "%s", reason)
						if l.Operand == "proc.cwd" && isPath(v.Text) {
							p.suggestValue(d, l, v, v.Text+"/", true)
						}
					}
				case l.Operand == "evt.res" && isNumber(v.Text):
					if reason := l.impossible(v.Text); reason != "" && l.hasResult() {
						d := p.ReportNode(l, v, "%s", reason)
						fixResult(d, l)
					}
				default:
					p.enumValue(l, v, known)
				}
			}
		}
	}
}

// enumValue reports a value that is not a known one.
func (p *Pass) enumValue(l *Literal, v *ast.Value, known []string) {
	d := p.ReportNode(l, v, "%s is never %q", l.Operand, v.Text)
	if i := slices.IndexFunc(known, func(k string) bool { return letters(k) == letters(v.Text) }); i >= 0 {
		p.suggestValue(d, l, v, known[i], true)
	} else if near := nearest(v.Text, known); near != "" {
		p.suggestValue(d, l, v, near, false)
	} else if mayNameList(l) {
		d.Hint = "if this is the name of a list, load the file that defines it first"
	} else if len(known) <= 5 {
		d.Hint = "its possible values are " + strings.Join(known, ", ")
		if len(known) == 1 {
			d.Hint = "it is always " + known[0] + " here"
		}
	}
}

// letters returns the letters and digits of a word in lower case: crio for cri-o.
func letters(word string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' || r == ' ' {
			return -1
		}
		return unicode.ToLower(r)
	}, word)
}

// eventCount reports a check of evt.count, which is 1 in all events.
func (p *Pass) eventCount(l *Literal) {
	values := l.Check.Values()
	if len(values) != 1 {
		return
	}
	n, err := strconv.ParseInt(values[0].Text, 10, 64)
	if err != nil {
		return
	}
	var holds bool
	switch l.Check.Op {
	case ast.OpEq, ast.OpEqEq, ast.OpIn:
		holds = n == 1
	case ast.OpNe:
		holds = n != 1
	case ast.OpLt:
		holds = 1 < n
	case ast.OpLe:
		holds = 1 <= n
	case ast.OpGt:
		holds = 1 > n
	case ast.OpGe:
		holds = 1 >= n
	default:
		return
	}
	result := "never"
	if holds != l.Negated {
		result = "always"
	}
	p.ReportLiteral(l, "evt.count is 1 in every event, so this is %s true", result).Hint = "Falco does not count events: count alerts where they are collected"
}

// strictFields are other fields with values that no event has.
var strictFields = []string{
	"container.id", "evt.io_dir", "fd.sockfamily", "fs.path.name", "fs.path.source", "fs.path.target", "proc.cwd",
	"proc.stderr.type", "proc.stdin.type", "proc.stdout.type",
}

// impossible returns why no event has a value in the field of the literal, or "".
func (l *Literal) impossible(text string) string {
	switch {
	case l.Operand == "evt.dir":
		// A few event types, such as procexit, have enter events only.
		reason := ""
		types := l.Branch.ValueSet(typeField).Texts()
		if len(types) == 0 {
			types = l.Branch.typesOfFields()
		}
		for _, t := range types {
			if reason = fixtures.ImpossibleValues(map[string][]string{typeField: {t}, l.Operand: {text}})[l.Operand]; reason == "" {
				break
			}
		}
		return reason
	case l.Operand == "evt.res" || slices.Contains(strictFields, l.Operand):
		return fixtures.ImpossibleValues(map[string][]string{l.Operand: {text}})[l.Operand]
	}
	return ""
}

// typesOfFields returns the event types that have all fields that the branch requires.
func (b *Branch) typesOfFields() []string {
	var with []func(eventType string) bool
	for l := range b.Context() {
		if has := l.eventsWith(); has != nil && l.RequiresValue() {
			with = append(with, has)
		}
	}
	var types []string
	for _, t := range syscall.EventTypes() {
		if !slices.ContainsFunc(with, func(has func(string) bool) bool { return !has(t.Name) }) {
			types = append(types, t.Name)
		}
	}
	return types
}

// hasResult reports whether the events of the branch have an error or a file descriptor as the
// result, which evt.res names. Otherwise evt.res can be a number.
func (l *Literal) hasResult() bool {
	types := l.Branch.ValueSet(typeField).Texts()
	for _, name := range types {
		t, ok := syscall.LookupEventType(name)
		if !ok || len(t.Params) == 0 || t.Params[0].Type != fieldsets.Errno && t.Params[0].Type != fieldsets.FD {
			return false
		}
	}
	return len(types) > 0
}

// fixResult adds edits to a finding that compare the number of the result instead of its name.
func fixResult(d *diag.Diagnostic, l *Literal) {
	edits, err := l.Replace(l.Check.Left, "evt.rawres")
	fix(d, false, edits, err)
}

func isNumber(text string) bool {
	_, err := strconv.ParseInt(text, 10, 64)
	return err == nil
}

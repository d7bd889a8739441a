package eval_test

import (
	"errors"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/parser"
)

// TestCompileHints looks at what is said beside an error to write instead.
func TestCompileHints(t *testing.T) {
	builder := eval.NewBuilder(syscall.NewSource())
	for condition, want := range map[string]string{
		"evt.num == evt.num":                 "val(evt.num) is the field's value",
		"evt.num = %evt.num":                 "val(evt.num) is the field's value",
		"proc.pid in (proc.ppid, 1)":         "proc.pid = val(proc.ppid) is the field's value",
		"proc.pid = proc.name":               "the two fields cannot be compared: proc.pid is INT64 and proc.name is CHARBUF: only like can be compared with like",
		"proc.pid = one":                     "",
		`fd.rip startswith "10."`:            "the beginning of an address is a network: fd.rnet = 10.0.0.0/8",
		"fd.cip contains 127":                "the beginning of an address is a network: fd.cnet = 10.0.0.0/8",
		"fd.snet glob '10.*'":                "the beginning of an address is a network: fd.snet = 10.0.0.0/8",
		"fd.lip pmatch (10)":                 "the beginning of an address is a network: fd.lnet = 10.0.0.0/8",
		`fd.cip in ("169.254.0.0/24")`:       "networks are compared with fd.cnet, as in fd.cnet = 10.0.0.0/8",
		"fd.ip = fe80::/10":                  "",
		"fd.ip = 10.0.0.0/8":                 "networks are compared with fd.net, as in fd.net = 10.0.0.0/8",
		"fd.sip != 10.*":                     "networks are compared with fd.snet, as in fd.snet = 10.0.0.0/8",
		"fd.sip = localhost":                 "this host is the network 127.0.0.0/8: fd.snet = 127.0.0.0/8",
		"fd.sip = example.com":               "domain names are compared with fd.sip.name",
		"fd.cip in (allowed_addresses)":      "",
		"fd.cnet = 10.0.0.1":                 "a single address is compared with fd.cip, or written 10.0.0.1/32",
		"fd.net in (10.0.0.0/8, fe80::1)":    "a single address is compared with fd.ip, or written fe80::1/128",
		"fd.num startswith 1":                "",
		"proc.name = a and nosuch.field = b": "",
		"proc.nmae = a":                      "did you mean proc.name?",
		"evt.type = opne":                    "did you mean open?",
	} {
		t.Run(condition, func(t *testing.T) {
			x, err := parser.Condition(condition)
			if err != nil {
				t.Fatal(err)
			}
			var errs diag.List
			if !errors.As(builder.Check("syscall", x), &errs) {
				t.Fatal("the condition compiles")
			}
			if errs[0].Hint != want {
				t.Errorf("got %q, want %q", errs[0].Hint, want)
			}
		})
	}
}

// TestWarningHints looks at what is said of names of fields among constants.
func TestWarningHints(t *testing.T) {
	builder := eval.NewBuilder(syscall.NewSource())
	for condition, want := range map[string]string{
		"proc.exe = evt.arg.path":       "val(evt.arg.path) is the field's value",
		"proc.name in (proc.pname)":     "proc.name = val(proc.pname) is the field's value",
		"proc.name startswith proc.exe": "val(proc.exe) is the field's value",
		"evt.arg.uid = user.uid":        "the two fields cannot be compared: evt.arg.uid is CHARBUF and user.uid is UINT32: only like can be compared with like",
		"tolower(proc.name) = proc.exe": "val(proc.exe) is the field's value",
	} {
		t.Run(condition, func(t *testing.T) {
			x, err := parser.Condition(condition)
			if err != nil {
				t.Fatal(err)
			}
			warnings := builder.Warnings("syscall", x)
			if len(warnings) != 1 {
				t.Fatalf("got %d warnings", len(warnings))
			}
			if got := warnings[0].Hint; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

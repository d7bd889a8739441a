package eval_test

import (
	"errors"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/parser"
)

// TestCompileHints checks the hints of errors.
func TestCompileHints(t *testing.T) {
	builder := eval.NewBuilder(syscall.NewSource())
	for condition, want := range map[string]string{
		"evt.num == evt.num":                 "use val(evt.num) to compare with the value of the field",
		"evt.num = %evt.num":                 "use val(evt.num) to compare with the value of the field",
		"proc.pid in (proc.ppid, 1)":         "use proc.pid = val(proc.ppid) to compare with the value of the field",
		"proc.pid = proc.name":               "proc.pid (INT64) and proc.name (CHARBUF) cannot be compared: their types differ",
		"proc.pid = one":                     "",
		`fd.rip startswith "10."`:            "use a network to match the start of an address: fd.rnet = 10.0.0.0/8",
		"fd.cip contains 127":                "use a network to match the start of an address: fd.cnet = 10.0.0.0/8",
		"fd.snet glob '10.*'":                "use a network to match the start of an address: fd.snet = 10.0.0.0/8",
		"fd.lip pmatch (10)":                 "use a network to match the start of an address: fd.lnet = 10.0.0.0/8",
		`fd.cip in ("169.254.0.0/24")`:       "use fd.cnet to match a network: fd.cnet = 10.0.0.0/8",
		"fd.ip = fe80::/10":                  "",
		"fd.ip = 10.0.0.0/8":                 "use fd.net to match a network: fd.net = 10.0.0.0/8",
		"fd.sip != 10.*":                     "use fd.snet to match a network: fd.snet = 10.0.0.0/8",
		"fd.sip = localhost":                 "use fd.snet to match the local host: fd.snet = 127.0.0.0/8",
		"fd.sip = example.com":               "use fd.sip.name to match a domain name",
		"fd.cip in (allowed_addresses)":      "",
		"fd.cnet = 10.0.0.1":                 "write 10.0.0.1/32 to match a single address, or use fd.cip",
		"fd.net in (10.0.0.0/8, fe80::1)":    "write fe80::1/128 to match a single address, or use fd.ip",
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

// TestWarningHints checks the hints about names of fields that are used as values.
func TestWarningHints(t *testing.T) {
	builder := eval.NewBuilder(syscall.NewSource())
	for condition, want := range map[string]string{
		"proc.exe = evt.arg.path":       "use val(evt.arg.path) to compare with the value of the field",
		"proc.name in (proc.pname)":     "use proc.name = val(proc.pname) to compare with the value of the field",
		"proc.name startswith proc.exe": "use val(proc.exe) to compare with the value of the field",
		"evt.arg.uid = user.uid":        "evt.arg.uid (CHARBUF) and user.uid (UINT32) cannot be compared: their types differ",
		"tolower(proc.name) = proc.exe": "use val(proc.exe) to compare with the value of the field",
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

package loader_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

// TestNotices looks at what Falco does not say.
func TestNotices(t *testing.T) {
	lists := "- list: shell_binaries\n  items: [bash]\n"
	macros := "- macro: m\n  condition: fd.num > 1\n- macro: curl\n  condition: proc.name in (curl, wget)\n- macro: rename\n  condition: evt.type in (rename, renameat)\n"
	for _, test := range []struct{ name, yaml, want string }{
		{"a misspelled list", lists + fmt.Sprintf(syscallRule, "r", "evt.type = open and proc.name in (shell_binares)"), "f0.yaml:6:48 list-name did you mean shell_binaries?"},
		{"a misspelled list alone", lists + fmt.Sprintf(syscallRule, "r", "evt.type = open and proc.name in shell_binary"), "f0.yaml:6:47 list-name did you mean shell_binaries?"},
		{"the shape of a list", fmt.Sprintf(syscallRule, "r", "evt.type = open and proc.name in (a, editor_binaries)"), "f0.yaml:4:51 list-name if another file defines it, load that first"},
		{"the name of a list in a longer word", lists + fmt.Sprintf(syscallRule, "r", "evt.type = open and fd.name in (file_shell_binaries, my-shell_binaries_files)"), ""},
		{"paths and patterns that end like lists", lists + fmt.Sprintf(syscallRule, "r", "evt.type = open and fd.name in (/etc/user_list, /x/shell_binaries, x.user_list, a:port_list, *_files, /shell_binary)"), ""},
		{"event types that end like lists", fmt.Sprintf(syscallRule, "r", "evt.type in (set_robust_list, get_robust_list) and syscall.type in (set_robust_list)"), ""},
		{"a macro as a list", macros + fmt.Sprintf(syscallRule, "r", "evt.type = open and m and proc.name in (m)"), "f0.yaml:10:54 list-name a macro stands alone, without a field: and m"},
		{"a macro as a list without parentheses", macros + fmt.Sprintf(syscallRule, "r", "evt.type = open and m and proc.pname in m"), "f0.yaml:10:54 list-name a macro stands alone, without a field: and m"},
		{"macros named as values", macros + fmt.Sprintf(syscallRule, "r", "evt.type in (rename, open) and curl and rename and proc.name in (curl, rename)"), ""},
		{"a truncated name of a process", lists + fmt.Sprintf(syscallRule, "r", "evt.type = open and proc.name in (shell-binarie, systemd-udevd, shell_sort)"), ""},
		{"quotes", lists + fmt.Sprintf(syscallRule, "r", `evt.type = open and proc.name in ("shell_binares")`), ""},
		{"in a list", lists + "- list: all\n  items: [shell_binares]\n" + fmt.Sprintf(syscallRule, "r", "evt.type = open and proc.name in (all) and not proc.pname in (all)"), "f0.yaml:4:11 list-name did you mean shell_binaries?"},
		{"a macro's name among the items of a list", macros + "- list: l\n  items: [m]\n" + fmt.Sprintf(syscallRule, "r", "evt.type = open and m and proc.name in (l)"), ""},
		{"a macro for another source", "- macro: node\n  condition: ka.target.resource = nodes\n" + fmt.Sprintf(syscallRule, "r", "evt.type = open and proc.name in (node, npm)"), ""},
		{"a field as in an output", fmt.Sprintf(syscallRule, "r", "evt.type = open and proc.exe = %evt.arg.path"), "f0.yaml:4:45 value the value of another field is written val(field)"},
		{"a key twice", "- list: l\n  items: [a]\n  items: [b]\n", "f0.yaml:3:3 duplicate-key "},
		{"a definition twice", "- list: l\n  items: [a]\n- list: l\n  items: [b]\n", "f0.yaml:3:9 redefined "},
		{"CRLF", "- list: l\r\n  items: [a]\r\n", "f0.yaml:1:10 crlf "},
		{"not UTF-8", "- list: l\n  items: [a\xff]\n", "f0.yaml:2:12 encoding "},
		{"a control character", "- list: l\n  items: [a\x01]\n", "f0.yaml:2:12 encoding "},
		{"what is read in another way", fmt.Sprintf(syscallRule, "r", "evt.type = open and fd.name inx"), "f0.yaml:4:44 value "},
	} {
		t.Run(test.name, func(t *testing.T) {
			set, err := loader.Load(files(test.yaml), allSources())
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
				return
			}
			var got []string
			for _, d := range set.Notices {
				got = append(got, fmt.Sprintf("%s %s %s", d.Range, d.Code, d.Hint))
			}
			if strings.Join(got, "\n") != test.want || len(set.Results[0].Notices) != len(got) {
				t.Errorf("%s: got %q, want %q", test.name, got, test.want)
			}
		})
	}
}

// TestOddBytes looks at what becomes of bytes that are no text.
func TestOddBytes(t *testing.T) {
	set, err := loader.Load(files("- list: l\n  items: [\"a\xffb\", 'c\x01', \"\u0085d\"]\n"), allSources())
	if err != nil {
		t.Fatal(err)
	}
	if got := set.Lists[0].Items; !slices.Equal(got, []string{"a\xffb", "c\x01", "\u0085d"}) {
		t.Errorf("got %q", got)
	}
	_, err = loader.Load(files("- macro: \"\xff\xff\"\n  condition: [a]\n- macro: \xffm\n  condition: nosuch\n"), allSources())
	var ds diag.List
	if !errors.As(err, &ds) || ds[0].Range.String() != "f0.yaml:2:14" || ds[1].Range.String() != "f0.yaml:4:14" {
		t.Errorf("got %v", ds)
	}
}

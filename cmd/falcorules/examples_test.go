package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRoutesExample runs the example of docs/routes.md: with serve on the audit events, and
// with run on those and on system calls.
func TestRoutesExample(t *testing.T) {
	const (
		podExec = "Exec into a pod: user=root pod=falco-8mqj7 namespace=falco command=cat"
		pod     = "Pod created: pod=web-7d4b9-x2x8k namespace=shop"
		shell   = "Interactive shell in a container: user=root command=bash terminal=34816"
		command = "Command in an interactive shell: command=cat /etc/passwd shell=bash"
		file    = "File access in an interactive shell: file=/etc/passwd command=cat /etc/passwd"
	)
	const dir = "examples/routes/"
	tests := []struct {
		name, args        string
		sensitive, others []string
		stderr            string
	}{
		{"serve", "serve -c " + dir + "serve.yaml", []string{podExec}, []string{pod}, ""},
		{"run", "run -r " + dir + "rules.yaml --routes " + dir + "serve.yaml " + dir + "audit.log " + dir + "events.yaml",
			[]string{podExec, shell}, []string{pod, command, file}, "falcorules: route sensitive: 2 passed\nfalcorules: route others: 3 passed\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			work := t.TempDir()
			if err := os.CopyFS(filepath.Join(work, dir), os.DirFS("../../"+dir)); err != nil {
				t.Fatal(err)
			}
			exe, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(exe, strings.Fields(test.args)...)
			cmd.Dir, cmd.Env = work, append(os.Environ(), runAsCommand+"=1")
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if err := cmd.Run(); err != nil || stdout.Len() > 0 || stderr.String() != test.stderr {
				t.Errorf("%v\n%s%s", err, &stdout, &stderr)
			}
			for name, want := range map[string][]string{"sensitive": test.sensitive, "others": test.others} {
				if got := alertsIn(t, filepath.Join(work, name+".jsonl")); got != strings.Join(want, "\n") {
					t.Errorf("%s: got\n%s\nwant\n%s", name, got, strings.Join(want, "\n"))
				}
			}
		})
	}
}

// alertsIn returns rule and output of the alerts in a file.
func alertsIn(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range bytes.Lines(data) {
		var a struct{ Rule, Output string }
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatal(err)
		}
		_, fields, _ := strings.Cut(a.Output, " | ")
		out = append(out, a.Rule+": "+fields)
	}
	return strings.Join(out, "\n")
}

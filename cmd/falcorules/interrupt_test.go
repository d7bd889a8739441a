//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestSignals checks that the first signal ends the process.
func TestSignals(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "fifo")
			if err := syscall.Mkfifo(path, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(os.Args[0], "check", path)
			cmd.Env = append(os.Environ(), runAsCommand+"=1")
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			f, err := os.OpenFile(path, os.O_WRONLY, 0) // waits for the command
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			cmd.Wait()
			if got := cmd.ProcessState.ExitCode(); got != exitInterrupted || stderr.String() != "falcorules: interrupted\n" {
				t.Errorf("exit status %d, standard error has %q", got, stderr.String())
			}
		})
	}
}

// TestInterrupt checks that an interrupt ends every command that is blocked in reading,
// whatever it reads.
func TestInterrupt(t *testing.T) {
	dir := t.TempDir()
	rules, suite := filepath.Join(dir, "rules.yaml"), filepath.Join(dir, "rules_test.yaml")
	for name, text := range map[string]string{rules: feedRules, suite: "rules: rules.yaml\ntests: [{name: t, event: {proc: {pid: 1}}, expect: [Everything]}]\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const fifo = "FIFO"
	for _, test := range []struct{ name, args, want string }{
		{"check", "check FIFO", ""},
		{"check stdin", "check -", ""},
		{"check context", "check --context FIFO RULES", ""},
		{"check fields", "check --fields FIFO RULES", ""},
		{"describe", "describe FIFO", ""},
		{"run rules", "run -r FIFO", ""},
		{"run events", "run -r RULES FIFO", "Events detected: 0\n"},
		{"run stdin", "run -r RULES", "Events detected: 0\n"},
		{"run json", "run -o json -r RULES FIFO", ""},
		{"filter macros", "filter --macros FIFO ka.verb=get", ""},
		{"filter events", "filter ka.verb=get FIFO", ""},
		{"explain rules", "explain --rule Everything -r FIFO", ""},
		{"explain events", "explain --rule Everything -r RULES FIFO", ""},
		{"test suite", "test --jobs 1 SUITE FIFO", "1 passed, 0 failed, 0 skipped in 1 suite, interrupted\n"},
		{"test init", "test init FIFO", ""},
		{"fixture alerts", "fixture FIFO", ""},
		{"fixture stdin", "fixture -o json", ""},
		{"fixture rules", "fixture -r FIFO", ""},
		{"parse", "parse -", ""},
		{"parse lines", "parse --jsonl", ""},
		{"parse fields", "parse --fields FIFO evt.num=1", ""},
		{"fields", "fields --fields FIFO", ""},
		{"convert", "convert psp --psp-path FIFO", ""},
		{"convert stdin", "convert psp", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), fifo)
			args := strings.Fields(strings.NewReplacer("FIFO", path, "RULES", rules, "SUITE", suite).Replace(test.args))
			stdin, input := io.Pipe()
			defer input.Close()
			if strings.Contains(test.args, fifo) {
				if err := syscall.Mkfifo(path, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			ctx, interrupt := context.WithCancel(t.Context())
			var stdout, stderr bytes.Buffer
			status := make(chan int)
			go func() { status <- execute(ctx, args, stdin, &stdout, &stderr) }()
			if strings.Contains(test.args, fifo) {
				f, err := os.OpenFile(path, os.O_WRONLY, 0) // waits for the command
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
			} else if _, err := io.WriteString(input, " "); err != nil {
				t.Fatal(err)
			}
			interrupt()
			if got := <-status; got != exitInterrupted {
				t.Errorf("exit status %d", got)
			}
			if !strings.HasSuffix(stderr.String(), "falcorules: interrupted\n") {
				t.Errorf("standard error has %q", stderr.String())
			}
			if !strings.Contains(stdout.String(), test.want) || test.want == "" && stdout.Len() > 0 {
				t.Errorf("standard output has %q, want %q", stdout.String(), test.want)
			}
		})
	}
}

// TestInterruptCoverage checks that an interrupt ends a command that is blocked in opening a
// named pipe for writing.
func TestInterruptCoverage(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	// The command may open the file after the test has left the folder.
	fifo := filepath.Join(dir, "fifo.json")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"rules.yaml": feedRules, "x_test.yaml": "rules: rules.yaml\ntests: [{name: t, event: {proc: {pid: 1}}, expect: [Everything]}]\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, interrupt := context.WithCancel(t.Context())
	var out bytes.Buffer
	stdout := writerFunc(func(p []byte) (int, error) {
		interrupt() // the results are printed, and the file is next
		return out.Write(p)
	})
	status := execute(ctx, []string{"test", "--coverage-out", fifo, "x_test.yaml"}, strings.NewReader(""), stdout, io.Discard)
	if want := "1 passed, 0 failed"; status != exitInterrupted || !strings.Contains(out.String(), want) {
		t.Errorf("exit status %d: %s", status, out.String())
	}
	// Let the command end before the working directory changes back: otherwise it would
	// write its file there.
	if _, err := os.ReadFile("fifo.json"); err != nil {
		t.Error(err)
	}
}

// TestInterruptBlockedOutput checks that one interrupt ends a command that is blocked in
// writing its output.
func TestInterruptBlockedOutput(t *testing.T) {
	patience = 10 * time.Millisecond
	defer func() { patience = time.Second }()
	dir := t.TempDir()
	rules, suite := filepath.Join(dir, "rules.yaml"), filepath.Join(dir, "rules_test.yaml")
	for name, text := range map[string]string{rules: feedRules, suite: "rules: rules.yaml\ntests: [{name: t, event: {proc: {pid: 1}}, expect: [Everything]}]\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		args           string
		stdout, stderr bool // which of them are blocked
	}{
		{"run -r RULES", true, false},
		{"run -r RULES", true, true},
		{"run -r RULES", false, true},
		{"filter proc.pid=1 -s syscall", true, false},
		{"explain -r RULES", true, false},
		{"fixture -o json", true, false},
		{"test SUITE", true, false},
		{"check RULES", true, false},
	} {
		t.Run(fmt.Sprint(test.args, test.stdout, test.stderr), func(t *testing.T) {
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			unblock, ended := make(chan struct{}), make(chan struct{})
			open := func(blocked bool, w io.Writer) io.Writer {
				return writerFunc(func(p []byte) (int, error) {
					select {
					case <-ended:
						return 0, io.ErrClosedPipe
					default:
					}
					if blocked && len(p) > 0 {
						interrupt()
						<-unblock
						return 0, io.ErrClosedPipe
					}
					return w.Write(p)
				})
			}
			args := strings.Fields(strings.NewReplacer("RULES", rules, "SUITE", suite).Replace(test.args))
			stdin := strings.NewReader(`{"proc": {"pid": 1}} {"rule": "r", "output_fields": {"proc.pid": 1}, "source": "syscall"}`)
			var stdout, stderr bytes.Buffer
			status := execute(ctx, args, stdin, open(test.stdout, &stdout), open(test.stderr, &stderr))
			close(ended)
			close(unblock)
			if status != exitInterrupted {
				t.Errorf("exit status %d", status)
			}
			if !test.stderr && !strings.HasSuffix(stderr.String(), "falcorules: interrupted\n") {
				t.Errorf("standard error has %q", stderr.String())
			}
		})
	}
}

// TestSameWrite checks that a blocked write is distinguished from several short ones.
func TestSameWrite(t *testing.T) {
	var o output
	writes := make([]int64, 1)
	for i, step := range []struct {
		current int64
		want    bool
	}{{0, false}, {0, false}, {1, false}, {2, false}, {0, false}, {3, false}, {3, true}} {
		o.current.Store(step.current)
		if got := sameWrite(writes, []*output{&o}); got != step.want {
			t.Errorf("step %d: got %t", i, got)
		}
	}
}

// TestInterruptKeepsError checks that an interrupt does not hide the error of the function
// that handled it.
func TestInterruptKeepsError(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	blocked := make(chan struct{})
	defer close(blocked)
	err := untilInterrupted(ctx, func(ctx context.Context) error {
		err := handleInterrupt(ctx, func() error {
			interrupt()
			return io.ErrShortWrite
		})
		<-blocked
		return err
	})
	if !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("got %v", err)
	}
}

// TestSuiteNamesFIFO checks that a suite which names a named pipe does not block its run.
func TestSuiteNamesFIFO(t *testing.T) {
	for _, suite := range []string{
		"rules: fifo.yaml\ntests: [{name: t, event: {proc: {pid: 1}}, expect: []}]\n",
		"rules: rules.yaml\ntests: [{name: t, events: {file: fifo.yaml}, expect: []}]\n",
		"rules: rules.yaml\nfields: [fifo.yaml]\ntests: [{name: t, event: {proc: {pid: 1}}, expect: []}]\n",
		"rules: rules.yaml\ntests: [{name: t, files: [fifo.yaml], event: {proc: {pid: 1}}, expect: []}]\n",
	} {
		t.Run(suite, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := syscall.Mkfifo("fifo.yaml", 0o600); err != nil {
				t.Fatal(err)
			}
			for name, text := range map[string]string{"rules.yaml": feedRules, "x_test.yaml": suite} {
				if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var out bytes.Buffer
			status := execute(t.Context(), []string{"test", "x_test.yaml"}, strings.NewReader(""), &out, &out)
			if status != exitCall || !strings.Contains(out.String(), "fifo.yaml: not a regular file") {
				t.Errorf("exit status %d: %s", status, out.String())
			}
		})
	}
}

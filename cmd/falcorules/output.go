package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
)

// output is standard output or standard error of a command.
type output struct {
	w  io.Writer
	mu sync.Mutex
	// err is the first error of a write. Some callers, such as cobra's help, ignore
	// errors.
	err error
	// abandoned makes writes of an interrupted command fail.
	abandoned atomic.Bool
	// current is the number of the current write, or 0. writes counts all writes.
	current atomic.Int64
	writes  int64
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.abandoned.Load() {
		return 0, errInterrupted
	}
	o.writes++
	o.current.Store(o.writes)
	defer o.current.Store(0)
	n, err := o.w.Write(p)
	if err != nil && o.err == nil {
		o.err = err
	}
	return n, err
}

// abandon makes later writes fail. It does not wait for a write that is blocked.
func (o *output) abandon() { o.abandoned.Store(true) }

// printLine writes one line. It replaces characters that could control a terminal.
func printLine(w io.Writer, format string, args ...any) {
	fmt.Fprintln(w, quote.Line(fmt.Sprintf(format, args...)))
}

// reportDiagnostics writes diagnostics to standard error and returns the error to exit
// with.
func reportDiagnostics(cmd *cobra.Command, status int, list diag.List) error {
	stderr := cmd.ErrOrStderr()
	_ = diag.WriteText(stderr, list, diag.TextOptions{Color: colored(stderr)}) // an error cannot be reported anywhere
	return &exitError{status, nil}
}

// asFile returns the file that a stream reads from or writes to, or nil.
func asFile(stream any) *os.File {
	if o, ok := stream.(*output); ok {
		stream = o.w
	}
	f, _ := stream.(*os.File)
	return f
}

// utf8Locale reports whether the locale uses UTF-8.
func utf8Locale() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToLower(os.Getenv(name)); value != "" {
			return strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")
		}
	}
	return runtime.GOOS == "windows" // these variables are not used there
}

func isTerminal(stream any) bool {
	f := asFile(stream)
	return f != nil && term.IsTerminal(int(f.Fd()))
}

// colored reports whether to use colours on w.
func colored(w io.Writer) bool {
	term := os.Getenv("TERM")
	if term == "" && runtime.GOOS == "windows" { // which does not use it
		term = runtime.GOOS
	}
	return os.Getenv("NO_COLOR") == "" && term != "" && term != "dumb" && isTerminal(w)
}

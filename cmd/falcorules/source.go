package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/loader"
)

// sourceFlags are the flags that say what events are read and how.
type sourceFlags struct {
	source       string
	k8saudit     string
	maxEventSize int
	strict       bool
}

func (f *sourceFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVarP(&f.source, "source", "s", k8saudit.SourceName, "`source` of the events")
	flags.StringVar(&f.k8saudit, "k8saudit", "plugin", "what the k8s_audit fields that the plugin extracts wrongly mean: `plugin|documented`")
	flags.IntVar(&f.maxEventSize, "max-event-size", k8saudit.DefaultMaxEventSize, "skip events of more than this many `bytes`, white space not counted")
	flags.BoolVar(&f.strict, "strict", false, "exit with 2 if an event could not be read")
}

// eventSource returns the source that the flags name.
func (f *sourceFlags) eventSource() (*fieldsets.Source, error) {
	if f.maxEventSize <= 0 {
		return nil, callError("--max-event-size is a number of bytes, not %d", f.maxEventSize)
	}
	var opts []k8saudit.Option
	switch f.k8saudit {
	case "plugin":
	case "documented":
		opts = append(opts, k8saudit.Documented())
	default:
		return nil, callError("--k8saudit is plugin or documented, not %q", f.k8saudit)
	}
	if f.source != k8saudit.SourceName {
		return nil, callError("events of source %q cannot be read; the source that can is %s", f.source, k8saudit.SourceName)
	}
	return k8saudit.NewSource(opts...), nil
}

// sourcesWith returns every source that is known, the given one as it is.
func sourcesWith(source *fieldsets.Source) []*fieldsets.Source {
	sources := allSources()
	for i, s := range sources {
		if s.Name() == source.Name() {
			sources[i] = source
		}
	}
	return sources
}

// stream returns what the events of this run have in common.
func stream() *fieldsets.Stream {
	hostname := os.Getenv("FALCO_HOSTNAME") // as in Falco
	if hostname == "" {
		hostname, _ = os.Hostname() // without a name it stays empty, as alerts allow
	}
	return &fieldsets.Stream{Hostname: hostname, Location: time.Local}
}

// rulesError prints what is wrong with rules, or with a condition, and returns
// the error to exit with.
func rulesError(stderr io.Writer, err error) error {
	switch err := err.(type) {
	case loader.Diagnostics:
		printDiagnostics(stderr, err)
		return &exitError{exitRules, fmt.Errorf("%s, so no event was read", count(int64(len(err)), "error"))}
	case *loader.Diagnostic: // a file that cannot be read
		printDiagnostics(stderr, loader.Diagnostics{err})
		return &exitError{status: exitCall}
	}
	return &exitError{exitCall, err}
}

func printDiagnostics(w io.Writer, ds loader.Diagnostics) {
	var b strings.Builder
	for _, d := range ds {
		b.WriteString(d.Text())
	}
	io.WriteString(w, b.String())
}

package main

import (
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
	"github.com/falcorules/falcorules/internal/quote"
)

// sourceFlags are the flags of commands that read events.
type sourceFlags struct {
	cmd          *cobra.Command
	source       string
	k8saudit     string
	wrapper      string
	maxEventSize int
	strict       bool
	fields       fieldsFiles
	jobs         int
	safeOutput   bool
}

func (f *sourceFlags) add(cmd *cobra.Command) {
	f.cmd = cmd
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVarP(&f.source, "source", "s", k8saudit.SourceName, "assume this `source` for events that do not name one; without -s, fixtures that do not name one are syscall events")
	flags.StringVar(&f.k8saudit, "k8saudit", "plugin", "use these `values` for k8s_audit fields that the plugin extracts wrongly: plugin or documented")
	addEventsFrom(cmd, &f.wrapper)
	flags.IntVar(&f.maxEventSize, "max-event-size", k8saudit.DefaultMaxEventSize, "skip events of more than this many `bytes`, not counting white space")
	flags.BoolVar(&f.strict, "strict", false, "treat fixtures whose values contradict each other as unreadable, and exit with 2 if an event cannot be read")
	f.fields.add(cmd)
}

// addEventsFrom adds the flag that says which log records can wrap audit events.
func addEventsFrom(cmd *cobra.Command, wrapper *string) {
	cmd.Flags().StringVar(wrapper, "events-from", string(k8saudit.AnyWrapper), "find audit events in the log records of this `provider`: eks, gke, aks, or auto for any of them")
}

func checkEventsFrom(wrapper string) error {
	if slices.Contains(k8saudit.Wrappers(), k8saudit.Wrapper(wrapper)) {
		return nil
	}
	return callError("invalid --events-from %q: want auto, eks, gke or aks", wrapper)
}

// addJobs adds the flag of commands that use several goroutines.
func (f *sourceFlags) addJobs(cmd *cobra.Command) {
	cmd.Flags().IntVar(&f.jobs, "jobs", 0, "match events on `N` goroutines; 0 means one per processor; with rules that use evt.num or evt.reltime, it is always one")
}

// addSafeOutput adds the flag of commands that print text from events.
func (f *sourceFlags) addSafeOutput(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.safeOutput, "safe-output", false, "replace characters in the output that could control a terminal or a CI system")
}

// endLine ends the line of out that begins at an offset.
func (f *sourceFlags) endLine(out []byte, start int) []byte {
	if f.safeOutput {
		out = append(out[:start], quote.Line(string(out[start:]))...)
	}
	return append(out, '\n')
}

// maxJobs limits the memory that goroutines take.
const maxJobs = 256

// eventSources are the sources of rules and events.
type eventSources struct {
	rules    []*fieldsets.Source
	fixtures []*fixture.Source // the same sources
	main     *fieldsets.Source // the source named by --source
}

// hasRules reports whether a rule of any source is enabled.
func (s *eventSources) hasRules(engine *eval.Engine) bool {
	return slices.ContainsFunc(s.rules, func(source *fieldsets.Source) bool { return engine.Has(source.Name()) })
}

// eventSources validates the flags and returns the sources.
func (f *sourceFlags) eventSources(stdin io.Reader) (*eventSources, error) {
	if f.maxEventSize <= 0 {
		return nil, callError("invalid --max-event-size %d: want a positive number of bytes", f.maxEventSize)
	}
	if f.jobs < 0 || f.jobs > maxJobs {
		return nil, callError("invalid --jobs %d: want a number from 0 to %d", f.jobs, maxJobs)
	}
	if err := checkEventsFrom(f.wrapper); err != nil {
		return nil, err
	}
	var opts []k8saudit.Option
	switch f.k8saudit {
	case "plugin":
	case "documented":
		opts = append(opts, k8saudit.Documented())
	default:
		return nil, callError("invalid --k8saudit %q: want plugin or documented", f.k8saudit)
	}
	sources, err := f.fields.extend(stdin, all.Sources(opts...))
	if err != nil {
		return nil, err
	}
	s := &eventSources{fixtures: fixtures.Sources(sources)}
	var names []string
	for _, with := range s.fixtures {
		s.rules = append(s.rules, with.Source)
		names = append(names, with.Name())
		if with.Name() == f.source {
			s.main = with.Source
		}
	}
	if s.main == nil {
		return nil, callError("unknown source %q: want %s", f.source, orList(names))
	}
	return s, nil
}

// orList returns "a, b or c".
func orList(words []string) string {
	n := len(words) - 1
	if n < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:n], ", ") + " or " + words[n]
}

// fixtureSource returns the source of fixtures that do not name one: the value of --source, or
// else syscall, as for rules.
func (f *sourceFlags) fixtureSource() string {
	if f.cmd.Flags().Changed("source") {
		return f.source
	}
	return syscall.SourceName
}

// stream returns the stream of the events of this run.
func stream() *fieldsets.Stream {
	hostname := os.Getenv("FALCO_HOSTNAME") // as in Falco
	if hostname == "" {
		hostname, _ = os.Hostname() // alerts may have an empty hostname
	}
	return &fieldsets.Stream{Hostname: hostname, Location: time.Local}
}

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

// sourceFlags are the flags that say what events are read and how.
type sourceFlags struct {
	cmd          *cobra.Command
	source       string
	k8saudit     string
	maxEventSize int
	strict       bool
	strictGiven  bool
	fields       fieldsFiles
	jobs         int
	safeOutput   bool
}

func (f *sourceFlags) add(cmd *cobra.Command) {
	f.cmd = cmd
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVarP(&f.source, "source", "s", k8saudit.SourceName, "`source` of the events, and of fixtures that do not name one; without -s, such fixtures are of syscall")
	flags.StringVar(&f.k8saudit, "k8saudit", "plugin", "choose the values of k8s_audit fields that the plugin extracts wrongly: `plugin|documented`")
	flags.IntVar(&f.maxEventSize, "max-event-size", k8saudit.DefaultMaxEventSize, "skip events of more than this many `bytes`, not counting white space")
	flags.BoolVar(&f.strict, "strict", false, "exit with 2 if an event cannot be read")
	f.fields.add(cmd)
	flags.BoolVar(&f.strictGiven, "strict-fixtures", false, "treat fixtures whose values contradict each other as unreadable; implies --strict")
}

// addJobs adds the flag of commands that match events on several goroutines.
func (f *sourceFlags) addJobs(cmd *cobra.Command) {
	cmd.Flags().IntVar(&f.jobs, "jobs", 0, "match events on `N` goroutines, 0 for one per processor; always one if rules use evt.num or evt.reltime")
}

// addSafeOutput adds the flag of commands that print what events say.
func (f *sourceFlags) addSafeOutput(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.safeOutput, "safe-output", false, "replace characters in the output that could control a terminal or a CI system")
}

// endLine ends the line that begins at an offset of out.
func (f *sourceFlags) endLine(out []byte, start int) []byte {
	if f.safeOutput {
		out = append(out[:start], quote.Line(string(out[start:]))...)
	}
	return append(out, '\n')
}

// maxJobs bounds the memory that goroutines take.
const maxJobs = 256

// eventSources are the sources whose events are read.
type eventSources struct {
	// rules are all sources, for the rules.
	rules []*fieldsets.Source
	// fixtures are the same, the one that is asked for first.
	fixtures []*fixture.Source
	// main is the source that is asked for.
	main *fieldsets.Source
}

// hasRules reports whether a rule of any source is enabled.
func (s *eventSources) hasRules(engine *eval.Engine) bool {
	return slices.ContainsFunc(s.rules, func(source *fieldsets.Source) bool { return engine.Has(source.Name()) })
}

// eventSources returns the sources, with the one that the flags name.
func (f *sourceFlags) eventSources(stdin io.Reader) (*eventSources, error) {
	if f.maxEventSize <= 0 {
		return nil, callError("--max-event-size is a number of bytes, not %d", f.maxEventSize)
	}
	if f.jobs < 0 || f.jobs > maxJobs {
		return nil, callError("--jobs is a number from 0 to %d, not %d", maxJobs, f.jobs)
	}
	var opts []k8saudit.Option
	switch f.k8saudit {
	case "plugin":
	case "documented":
		opts = append(opts, k8saudit.Documented())
	default:
		return nil, callError("--k8saudit is plugin or documented, not %q", f.k8saudit)
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
		return nil, callError("there is no source %q; there are %s", f.source, strings.Join(names, ", "))
	}
	return s, nil
}

// fixtureSource is the source of fixtures that name none: the one that is asked
// for, or that of rules which name none.
func (f *sourceFlags) fixtureSource() string {
	if f.cmd.Flags().Changed("source") {
		return f.source
	}
	return syscall.SourceName
}

// stream returns what the events of this run have in common.
func stream() *fieldsets.Stream {
	hostname := os.Getenv("FALCO_HOSTNAME") // as in Falco
	if hostname == "" {
		hostname, _ = os.Hostname() // without a name it stays empty, as alerts allow
	}
	return &fieldsets.Stream{Hostname: hostname, Location: time.Local}
}

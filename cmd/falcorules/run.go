package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/quote"
)

func newRunCommand() *cobra.Command {
	var (
		flags      sourceFlags
		loading    rulesFlags
		rules      []string
		output     string
		routes     string
		allMatches bool
	)
	cmd := &cobra.Command{
		Use:   "run -r RULES [-r RULES...] [flags] [INPUT...]",
		Short: "Run rules over events and print the alerts",
		Long: `Runs rules over events and prints the alerts that Falco would print. In text
mode, Falco's summary follows.

RULES are rules files, folders of them, or - for standard input, in load order.

INPUT is a file, a folder, or - for standard input, which is the default. It may
be compressed with gzip. It contains Kubernetes audit events as JSON lines, JSON
documents or EventLists, or fixtures: events of any source, given as fields and
values, as in {"source": "syscall", "fields": {"evt.type": "open"}}. Files that
end in .yaml or .yml contain fixtures as YAML. Audit events can be wrapped in
the log records of EKS, GKE and AKS. Captures of system calls, the .scap files
of Falco and sysdig, are recognized by their content.

Unreadable events are reported with file, line and column, and skipped. With
--strict, or if nothing could be read, the exit status is 2. If a file cannot be
read, the others are still processed and the exit status is 2. Ctrl-C stops
reading and prints the summary; the exit status is 130.

With --routes, alerts go to the outputs of their routes instead of standard
output. FILE has the keys outputs and routes of a falcorules serve
configuration; other keys of such a configuration are ignored.

If the rules do not load, no event is read and the exit status is 1.`,
		Example: `  falcorules run -r k8s_audit_rules.yaml audit.log
  falcorules run -r falco_rules.yaml fixtures.yaml
  kubectl logs -f kube-apiserver | falcorules run -r rules/ -o json -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(rules) == 0 {
				return callError("no rules: name a rules file or folder with -r")
			}
			if output != "text" && output != "json" {
				return callError("invalid --output %q: want text or json", output)
			}
			if routes != "" && cmd.Flags().Changed("output") {
				return callError("--routes cannot be combined with --output: the outputs have formats")
			}
			if err := shareStdin(flags.fields.paths, rules, orStdin(args)); err != nil {
				return err
			}
			sources, err := flags.eventSources(cmd.InOrStdin())
			if err != nil {
				return err
			}
			set, err := loading.load(cmd, rules, sources.rules)
			var routing *routing
			if err == nil && routes != "" {
				routing, err = newRouting(cmd, routes, set)
			}
			switch {
			case routing != nil:
				printDiagnostics(cmd.ErrOrStderr(), routing.router.Warnings(set.Warnings))
			case set != nil:
				printDiagnostics(cmd.ErrOrStderr(), set.Warnings)
			}
			if err != nil {
				return err
			}
			if !sources.hasRules(set.Engine) {
				printLine(cmd.ErrOrStderr(), "falcorules: no rule is enabled, so none can fire")
			}
			inputs, err := inputFiles(args, cmd.InOrStdin())
			if err != nil {
				return err
			}
			mode := eval.FirstMatch
			if allMatches {
				mode = eval.AllMatches
			}
			r := &runner{cmd: cmd, flags: &flags, sources: sources, engine: set.Engine, mode: mode, json: output == "json", routing: routing}
			err = r.run(inputs)
			if routing != nil {
				if closeErr := routing.close(); err == nil && closeErr != nil {
					err = writeError(closeErr)
				}
			}
			return err
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringArrayVarP(&rules, "rules", "r", nil, "load the rules `file` or folder; may be given several times")
	loading.add(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "text", "print alerts in this `format`: text or json")
	cmd.Flags().StringVar(&routes, "routes", "", "write alerts to the outputs of their routes, as this `file` says")
	cmd.Flags().BoolVar(&allMatches, "all-matches", false, "let an event fire every rule that it matches, not only the first")
	flags.add(cmd)
	flags.addJobs(cmd)
	flags.addSafeOutput(cmd)
	return cmd
}

// runner runs an engine over inputs and prints the alerts.
type runner struct {
	cmd     *cobra.Command
	flags   *sourceFlags
	sources *eventSources
	engine  *eval.Engine
	mode    eval.Mode
	json    bool
	routing *routing // or nil

	mu      sync.Mutex
	tallies []*tally
	total   *tally
}

// tally counts the alerts and events of one goroutine, or of all.
type tally struct {
	fired map[*eval.Rule]int
	idle  map[string]int64 // events of sources without rules, by source
}

// newTally returns a tally for one goroutine.
func (r *runner) newTally() *tally {
	t := &tally{map[*eval.Rule]int{}, map[string]int64{}}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tallies = append(r.tallies, t)
	return t
}

// sum adds up the tallies of all goroutines.
func (r *runner) sum() {
	r.total = &tally{map[*eval.Rule]int{}, map[string]int64{}}
	for _, t := range r.tallies {
		for rule, n := range t.fired {
			r.total.fired[rule] += n
		}
		for source, n := range t.idle {
			r.total.idle[source] += n
		}
	}
}

func (r *runner) run(inputs []string) error {
	f := &feed{cmd: r.cmd, flags: r.flags, sources: r.sources, sequential: r.engine.Sequential(), newVisitor: r.newVisitor}
	f.end = func(w io.Writer) {
		r.sum()
		switch {
		case r.routing != nil:
			r.routing.summary(r.cmd.ErrOrStderr())
		case !r.json:
			r.summary(w)
		}
		r.reportIdle()
	}
	if r.routing != nil {
		f.sequential, f.output = true, r.routing
	}
	return f.run(inputs)
}

// newVisitor returns a visitor for one goroutine, which matches events.
func (r *runner) newVisitor() events.Visitor {
	matcher, t, write := r.engine.NewMatcher(r.mode), r.newTally(), r.print
	if r.routing != nil {
		write = r.routing.writer()
	}
	return func(ev *fieldsets.Event, out []byte) (_ []byte, err error) {
		if !r.engine.Has(ev.Source) {
			t.idle[ev.Source]++
		}
		for _, m := range matcher.Match(ev) {
			t.fired[m.Rule]++
			if out, err = write(m, out); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
}

// print appends an alert to the output.
func (r *runner) print(m eval.Match, out []byte) ([]byte, error) {
	start := len(out)
	if r.json {
		out = m.AppendJSON(out)
	} else {
		out = m.AppendText(out)
	}
	return r.flags.endLine(out, start), nil
}

// reportIdle reports events of sources without rules. If no rule is enabled at all, this
// has been reported before.
func (r *runner) reportIdle() {
	if !r.sources.hasRules(r.engine) {
		return
	}
	for _, source := range slices.Sorted(maps.Keys(r.total.idle)) {
		printLine(r.cmd.ErrOrStderr(), "falcorules: no rule of source %s is enabled, so none could fire on its %s", source, quote.Count(r.total.idle[source], "event"))
	}
}

// summary prints how often each rule fired, as Falco does when it ends.
func (r *runner) summary(w io.Writer) {
	total := 0
	byPriority := map[eval.Priority]int{}
	for rule, n := range r.total.fired {
		total += n
		byPriority[rule.Priority] += n
	}
	fmt.Fprintf(w, "Events detected: %d\n", total)
	fmt.Fprintln(w, "Rule counts by severity:")
	for _, p := range eval.Priorities() {
		if n := byPriority[p]; n > 0 {
			name := strings.ToUpper(p.String())
			if p == eval.PriorityInformational {
				name = "INFO"
			}
			fmt.Fprintf(w, "   %s: %d\n", name, n)
		}
	}
	fmt.Fprintln(w, "Triggered rules by rule name:")
	for _, rule := range r.engine.Rules() {
		if n := r.total.fired[rule]; n > 0 {
			printLine(w, "   %s: %d", rule.Name, n)
		}
	}
}

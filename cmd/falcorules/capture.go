package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/loader"
)

func newCaptureCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "capture",
		Short: "Look into captures of system calls",
		Long: `Shows what is in captures: the .scap files that Falco and sysdig write, also
compressed with gzip. Other commands read captures like other events.`,
		Args: cobra.NoArgs,
	}
	cmd.AddCommand(newCaptureInfoCommand(), newCaptureEventsCommand())
	return cmd
}

func newCaptureInfoCommand() *cobra.Command {
	var form string
	cmd := &cobra.Command{
		Use:   "info [flags] FILE",
		Short: "Print a summary of a capture",
		Long: `Reads a capture to its end and prints a summary: the machine, the times of the
events, what was running at the start, the containers and the types of events.
FILE may be - for standard input.

If the capture is truncated or corrupt, the summary covers what comes before the
error, and the exit status is 2.`,
		Example: "  falcorules capture info attack.scap",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return callError("want one capture, not %d: falcorules capture info FILE", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if form != "text" && form != "json" {
				return callError("invalid --output %q: want text or json", form)
			}
			return handleInterrupt(cmd.Context(), func() error { return captureInfo(cmd, args[0], form == "json") })
		},
	}
	cmd.Flags().StringVarP(&form, "output", "o", "text", "print the summary in this `format`: text or json")
	return cmd
}

// captureInfo prints the summary of a capture.
func captureInfo(cmd *cobra.Command, name string, asJSON bool) error {
	in := cmd.InOrStdin()
	if name != stdinName {
		file, err := os.Open(name)
		if err != nil {
			return callError("%s", fileError(name, err))
		}
		defer file.Close()
		in = file
	}
	summary, err := capture.Summarize(&contextReader{cmd.Context().Err, in})
	if cmd.Context().Err() != nil {
		return errInterrupted
	}
	if err != nil && summary.Sections == 0 {
		return callError("%s: %v", name, err)
	}
	if asJSON {
		text, _ := json.MarshalIndent(summary, "", "  ") // never fails for strings and numbers
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\n", text); err != nil {
			return writeError(err)
		}
	} else if err := printSummary(cmd.OutOrStdout(), summary); err != nil {
		return writeError(err)
	}
	if err != nil {
		return callError("%s: %v", name, err)
	}
	return nil
}

// contextReader reads until an error occurs elsewhere.
type contextReader struct {
	err func() error
	in  io.Reader
}

func (r *contextReader) Read(p []byte) (int, error) {
	if err := r.err(); err != nil {
		return 0, err
	}
	return r.in.Read(p)
}

func printSummary(out io.Writer, s *capture.Summary) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%s\t%s\n", name, quote.Line(fmt.Sprintf(format, args...)))
	}
	if s.CPUs > 0 { // otherwise the capture ends before it names the machine
		line("Machine", "%s, %s", s.Hostname, quote.Count(int64(s.CPUs), "CPU"))
	}
	line("At the start", "%s, %s, %s, %s, %s", quote.Count(int64(s.Threads), "thread"), quote.Count(int64(s.Files), "file descriptor"),
		quote.Count(int64(s.Interfaces), "interface"), quote.Count(int64(s.Users), "user"), quote.Count(int64(s.Groups), "group"))
	if s.Sections > 1 {
		line("Sections", "%d: captures that were joined", s.Sections)
	}
	if s.First != nil && s.Last != nil {
		line("Time", "%s to %s (%s)", s.First.Format(time.RFC3339Nano), s.Last.Format(time.RFC3339Nano), s.Last.Sub(*s.First))
	}
	line("Events", "%d", s.Events)
	if s.LostEntries > 0 {
		line("", "%s without an enter event: some values are missing", quote.Count(s.LostEntries, "system call"))
	}
	if s.LostEvents > 0 {
		line("", "%s of old types could not be converted", quote.Count(s.LostEvents, "event"))
	}
	for i, t := range s.Types {
		name := ""
		if i == 0 {
			name = "Types"
		}
		line(name, "%7d %s", t.Events, t.Type)
	}
	for i, c := range s.Containers {
		name := ""
		if i == 0 {
			name = "Containers"
		}
		line(name, "%s %s %s", c.ID, c.Name, c.Image)
	}
	return w.Flush()
}

func newCaptureEventsCommand() *cobra.Command {
	var (
		flags = sourceFlags{
			source: syscall.SourceName, k8saudit: "plugin", wrapper: string(k8saudit.AnyWrapper), maxEventSize: k8saudit.DefaultMaxEventSize, jobs: 1,
		}
		loading rulesFlags
		rules   []string
		format  string
	)
	cmd := &cobra.Command{
		Use:   "events [flags] FILE [CONDITION]",
		Short: "Print the events of a capture",
		Long: `Prints the events of a capture, or those that match a condition: their number,
time, program, thread, type and parameters. --print chooses other fields.

As in Falco, enter events of system calls are left out, but are counted in the
numbers of events. FILE may be - for standard input.`,
		Example: `  falcorules capture events attack.scap
  falcorules capture events attack.scap 'evt.type = connect and fd.sport = 4444'
  falcorules capture events --print '%evt.num %proc.name %fd.name' attack.scap`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := shareStdin(flags.fields.paths, rules, orStdin(args[:1])); err != nil {
				return err
			}
			sources, err := flags.eventSources(cmd.InOrStdin())
			if err != nil {
				return err
			}
			options, err := loading.options(sources.rules)
			if err != nil {
				return err
			}
			text := "evt.type exists"
			if len(args) > 1 {
				text = args[1]
			}
			condition, notices, err := loader.LoadCondition(text, syscall.SourceName, loading.reader(cmd).Read(rules...), options)
			printSkipped(cmd.ErrOrStderr(), notices)
			if err != nil {
				return rulesError(cmd.ErrOrStderr(), err)
			}
			var template *eval.Template
			if cmd.Flags().Changed("print") {
				if template, err = eval.NewCompiler(sources.main).Template(format); err != nil {
					return callError("invalid --print: %v", err)
				}
			}
			inputs, err := inputFiles(args[:1], cmd.InOrStdin())
			if err != nil {
				return err
			}
			return filter(cmd, &flags, sources, condition, template, inputs)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVarP(&format, "print", "p", "", "print `text` for each event, with fields as in the output of a rule: '%evt.num %proc.name'")
	cmd.Flags().StringArrayVarP(&rules, "rules", "r", nil, "load the rules `file` or folder whose macros and lists the condition uses; may be given several times")
	loading.add(cmd)
	flags.cmd = cmd
	flags.fields.add(cmd)
	flags.addSafeOutput(cmd)
	return cmd
}

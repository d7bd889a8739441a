package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/serve"
	"github.com/falcorules/falcorules/serve/config"
)

// serveFlags are the flags of serve.
type serveFlags struct {
	loading    rulesFlags
	config     string
	check      bool
	schema     bool
	rules      []string
	listen     []string
	follow     []string
	eventsFrom string
	operations string
	output     string
	allMatches bool
}

func newServeCommand() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve {-c CONFIG | -r RULES {--listen URL | --follow FILE}} [flags]",
		Short: "Receive audit events and print alerts as they happen",
		Long: `Receives Kubernetes audit events from API servers, as Falco's k8saudit plugin
does, or reads them from files or Kafka topics, and writes the alerts to one or
more outputs.

CONFIG is a configuration of falcorules serve, or an existing falco.yaml; serve
recognizes the format by the keys. Without a configuration, alerts go to
standard output. RULES are rules files or folders of them, in load order. URL is
where the API servers send their events, as in the kubeconfig of their audit
webhook. --follow reads the audit log file that an API server writes.

serve answers a request with 200 only when its alerts have been written, or its
events are in the journal. If an output cannot keep up, the answer is 503 and
the API server tries again. Requests that are not audit events are answered with
400, and events that cannot be read are logged to standard error and skipped.

serve loads the rules again when their files change, and on the signal SIGHUP.
If the new rules do not load, the old ones stay in use, and the outputs get an
alert of the rule "Falco internal: hot restart failure", as from Falco. On the
signal SIGUSR1, serve reopens the files that it writes.

serve runs until it is interrupted or, if it has neither a webhook nor a file to
follow, until all files have been read. It then finishes the requests that have
arrived, and exits with status 0. If the rules do not load, the exit status is
1.`,
		Example: `  falcorules serve -r rules/ --listen http://127.0.0.1:9765/k8s-audit -o json
  falcorules serve -c /etc/falco/falco.yaml --check`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.schema {
				_, err := cmd.OutOrStdout().Write(config.Schema())
				return err
			}
			return f.run(cmd)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVarP(&f.config, "config", "c", "", "read the configuration from this `file`")
	flags.BoolVar(&f.check, "check", false, "check the configuration and the rules, and print what would run")
	flags.BoolVar(&f.schema, "schema", false, "print the JSON schema of configurations, for editors")
	flags.StringArrayVarP(&f.rules, "rules", "r", nil, "load the rules `file` or folder; may be given several times")
	flags.StringArrayVar(&f.listen, "listen", nil, "receive audit events at this `URL`; may be given several times")
	flags.StringArrayVar(&f.follow, "follow", nil, "read the audit events that are appended to this `file`; may be given several times")
	addEventsFrom(cmd, &f.eventsFrom)
	flags.StringVar(&f.operations, "operations", "", "serve health checks and metrics at this `address`, such as 127.0.0.1:8765")
	f.loading.add(cmd)
	flags.StringVarP(&f.output, "output", "o", "text", "print alerts in this `format`: text or json")
	flags.BoolVar(&f.allMatches, "all-matches", false, "let an event fire every rule that it matches, not only the first")
	return cmd
}

// run checks the flags and serves.
func (f *serveFlags) run(cmd *cobra.Command) error {
	c, err := f.read(cmd)
	if err != nil {
		return err
	}
	c.Rules.Hostname, c.Rules.Location = stream().Hostname, time.Local
	if f.check {
		return f.print(cmd, c)
	}
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // it has been checked
	options := &slog.HandlerOptions{Level: level}
	var handler slog.Handler = slog.NewTextHandler(cmd.ErrOrStderr(), options)
	if c.LogFormat == "json" {
		handler = slog.NewJSONHandler(cmd.ErrOrStderr(), options)
	}
	return handleInterrupt(cmd.Context(), func() error { return serveConfig(cmd, c, slog.New(handler)) })
}

// serveConfig serves until the context is done or all inputs have ended.
func serveConfig(cmd *cobra.Command, c *config.Config, log *slog.Logger) error {
	built, err := c.Build(config.Streams{Stdin: cmd.InOrStdin(), Stdout: cmd.OutOrStdout()})
	if err != nil {
		return callError("%v", err)
	}
	built.Log, built.Operations.Version = log, version()
	for _, d := range c.Notices {
		log.Warn(d.Error())
	}
	s, err := serve.New(built)
	var list diag.List
	switch {
	case errors.As(err, &list):
		return rulesError(cmd.ErrOrStderr(), err)
	case err != nil:
		return callError("%v", err)
	}
	stop := handleSignals(s)
	defer stop()
	if err := s.Run(cmd.Context()); err != nil && !errors.Is(err, context.Canceled) {
		return callError("%v", err)
	}
	return nil
}

// read returns the configuration of the file or of the flags.
func (f *serveFlags) read(cmd *cobra.Command) (*config.Config, error) {
	switch {
	case f.output != "text" && f.output != "json":
		return nil, callError("invalid --output %q: want text or json", f.output)
	case f.config != "" && len(f.rules)+len(f.listen)+len(f.follow) > 0:
		return nil, callError("-c cannot be combined with -r, --listen or --follow: the configuration has them")
	case f.config != "" && f.operations != "":
		return nil, callError("-c cannot be combined with --operations: the configuration has it")
	case f.config != "" && cmd.Flags().Changed("events-from"):
		return nil, callError("-c cannot be combined with --events-from: the configuration has events_from")
	case f.config != "":
		c, err := config.Read(f.config)
		if err != nil {
			printDiagnostics(cmd.ErrOrStderr(), diag.Of(err))
			return nil, callError("%s is invalid", f.config)
		}
		return c, nil
	case len(f.rules) == 0:
		return nil, callError("no rules: name a rules file or folder with -r, or a configuration with -c")
	case len(f.listen)+len(f.follow) == 0:
		return nil, callError("no events: name a URL with --listen, such as http://127.0.0.1:9765/k8s-audit, or a file with --follow")
	}
	if err := checkEventsFrom(f.eventsFrom); err != nil {
		return nil, err
	}
	options, err := f.loading.options(all.Sources())
	if err != nil {
		return nil, err
	}
	c := config.Default(f.output == "json")
	c.Rules = serve.Rules{
		Paths: f.rules, Read: func() ([]loader.File, diag.List) { return f.loading.reader(cmd).Read(f.rules...), nil },
		Options: options, AllMatches: f.allMatches,
		EventsFrom: k8saudit.Wrapper(f.eventsFrom),
	}
	for _, u := range f.listen {
		w := serve.Webhook{URL: u}
		if err := w.Validate(); err != nil {
			return nil, callError("--listen: %v", err)
		}
		c.Webhooks = append(c.Webhooks, w)
	}
	if c.Operations.Address = f.operations; f.operations != "" {
		if err := c.Operations.Validate(); err != nil {
			return nil, callError("--operations: %v", err)
		}
	}
	for _, path := range f.follow {
		c.Follow = append(c.Follow, config.Follow{Path: path})
	}
	return c, nil
}

// warnFiles warns about certificates and tokens with which serve would not start. They are
// not errors, because a configuration can be checked on a machine that has no secrets.
func warnFiles(cmd *cobra.Command, what string, err error) {
	if err != nil {
		printLine(cmd.ErrOrStderr(), "falcorules: warning: serve would not start on this machine: %s: %s", what, quote.Line(err.Error()))
	}
}

// print prints what a configuration would run.
func (f *serveFlags) print(cmd *cobra.Command, c *config.Config) error {
	printDiagnostics(cmd.ErrOrStderr(), c.Notices)
	set, err := c.Rules.Load(c.Templates()...)
	if err != nil {
		return rulesError(cmd.ErrOrStderr(), err)
	}
	printDiagnostics(cmd.ErrOrStderr(), set.Warnings)
	for _, w := range c.Webhooks {
		warnFiles(cmd, "webhook "+w.URL, w.CheckFiles())
	}
	warnFiles(cmd, "operations", c.Operations.CheckFiles())
	out := cmd.OutOrStdout()
	printLine(out, "rules: %s", quote.Count(int64(len(set.Engine.Rules())), "rule"))
	for _, w := range c.Webhooks {
		printLine(out, "source: webhook %s", w.URL)
	}
	for _, follow := range c.Follow {
		printLine(out, "source: follow %s", follow.Path)
	}
	for _, name := range c.Read {
		printLine(out, "source: read %s", name)
	}
	for _, k := range c.Kafka {
		printLine(out, "source: %s", k.Source)
	}
	for _, o := range c.Outputs {
		printLine(out, "output: %s: %s", o.Name, o.Target)
	}
	for _, r := range c.Rules.Routes {
		printLine(out, "route: %s", r)
	}
	if c.Operations.Address != "" {
		printLine(out, "operations: %s", c.Operations.Address)
	}
	return nil
}

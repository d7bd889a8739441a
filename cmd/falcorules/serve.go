package main

import (
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/serve"
)

func newServeCommand() *cobra.Command {
	var (
		loading    rulesFlags
		rules      []string
		listen     []string
		output     string
		allMatches bool
	)
	cmd := &cobra.Command{
		Use:   "serve -r RULES [-r RULES...] --listen URL [--listen URL...] [flags]",
		Short: "Receive audit events and print alerts as they happen",
		Long: `Receives Kubernetes audit events from API servers, as Falco's k8saudit plugin
does, and prints the alerts.

RULES are rules files or folders of them, in load order. URL is where the API
servers send their events, as in the kubeconfig of their audit webhook.

A request is answered with 200 only when its alerts have been printed. If the
output cannot keep up, the answer is 503 and the API server tries again.
Requests that are not audit events are answered with 400, and events that
cannot be read are logged to standard error and skipped.

serve loads the rules again when their files change, or when it gets the signal
SIGHUP. If the new rules do not load, the old ones stay, and the output gets an
alert of the rule "Falco internal: hot restart failure", as from Falco.

serve runs until it is interrupted. It then answers the requests that it has,
and exits with status 0. If the rules do not load, the exit status is 1.`,
		Example: `  falcorules serve -r rules/ --listen http://127.0.0.1:9765/k8s-audit -o json`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case len(rules) == 0:
				return callError("no rules: name a rules file or folder with -r")
			case len(listen) == 0:
				return callError("nothing to listen on: name a URL with --listen, such as http://127.0.0.1:9765/k8s-audit")
			case output != "text" && output != "json":
				return callError("invalid --output %q: want text or json", output)
			}
			options, err := loading.options(all.Sources())
			if err != nil {
				return err
			}
			format := serve.Text
			if output == "json" {
				format = serve.JSON
			}
			c := serve.Config{
				Rules: serve.Rules{
					Paths: rules, Reader: loading.reader(cmd), Options: options, AllMatches: allMatches,
					Hostname: stream().Hostname, Location: time.Local,
				},
				Outputs: map[string]serve.Output{"stdout": serve.Writer(cmd.OutOrStdout(), format)},
				Watch:   time.Second,
				Log:     slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil)),
			}
			for _, u := range listen {
				c.Webhooks = append(c.Webhooks, serve.Webhook{URL: u})
			}
			s, err := serve.New(c)
			if err != nil {
				return rulesError(cmd.ErrOrStderr(), err)
			}
			stop := reloadOnSignal(s)
			defer stop()
			return handleInterrupt(cmd.Context(), func() error {
				if err := s.Run(cmd.Context()); err != nil {
					return callError("%v", err)
				}
				return nil
			})
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringArrayVarP(&rules, "rules", "r", nil, "load the rules `file` or folder; may be given several times")
	cmd.Flags().StringArrayVar(&listen, "listen", nil, "receive audit events at this `URL`; may be given several times")
	loading.add(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "text", "print alerts in this `format`: text or json")
	cmd.Flags().BoolVar(&allMatches, "all-matches", false, "let an event fire every rule that it matches, not only the first")
	return cmd
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/routesfile"
	"github.com/falcorules/falcorules/loader/explain"
	"github.com/falcorules/falcorules/route"
)

func newExplainCommand() *cobra.Command {
	var (
		x     explainer
		rules []string
		mode  string
	)
	cmd := &cobra.Command{
		Use:   "explain -r RULES [-r RULES...] [--rule NAME] [flags] [INPUT...]",
		Short: "Explain why rules fire on an event or do not",
		Long: `Explains for each event why a rule fires on it or does not. The first line names
the cause. The rule's condition follows as a tree, with macros and lists
resolved. Each check shows the value of its field and its position in the rules
file. A mark shows whether it is true, false or was not evaluated. Arrows mark
the parts that decided the result.

Without --rule, it explains each rule in one line: whether it fires, whether an
earlier rule shadows it or, if it does not fire, the first check that failed.

RULES and INPUT are as in "falcorules run". --event takes an event in JSON, or
in YAML as in a test suite. An event fires the first rule that it matches, or
with --all-matches every rule that it matches.

With --routes, it also explains which routes the alert of a rule takes. FILE has
the keys outputs and routes of a falcorules serve configuration; other keys of
such a configuration are ignored.

The exit status is 0 if an event was explained, 1 if the rules do not load, and
2 if there is no such rule or event or the command line is wrong.`,
		Example: `  falcorules explain -r rules.yaml --rule 'Shell in a container' events.yaml
  falcorules explain -r rules/ --rule Exec --number 17 audit.log
  falcorules explain -r rules/ --event 'proc: {name: cat}'
  falcorules explain -r rules.yaml --rule 'Shadow file read' \
      --event '{"proc": {"name": "cat"}, "fd": {"name": "/etc/shadow"}}'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(rules) == 0:
				return callError("no rules: name a rules file or folder with -r")
			case x.rule == "" && cmd.Flags().Changed("rule"):
				return callError("--rule is empty: want the name of a rule")
			case mode != "text" && mode != "json":
				return callError("invalid --output %q: want text or json", mode)
			}
			x.cmd, x.json = cmd, mode == "json"
			x.text = explain.TextOptions{Color: colored(cmd.OutOrStdout()), ASCII: !utf8Locale()}
			return x.run(rules, args)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringArrayVarP(&rules, "rules", "r", nil, "load the rules `file` or folder; may be given several times")
	flags.StringVar(&x.rule, "rule", "", "explain only the rule with this `name`")
	flags.StringArrayVar(&x.events, "event", nil, "explain this `event`, a fixture or audit event in JSON or YAML, before those in INPUT; may be given several times")
	flags.Uint64Var(&x.number, "number", 0, "explain only the `N`-th event, counted from 1")
	flags.StringVarP(&mode, "output", "o", "text", "print explanations in this `format`: text, or json with one object per line")
	flags.StringVar(&x.routes, "routes", "", "explain the routes that alerts take, as this `file` says")
	flags.BoolVar(&x.allMatches, "all-matches", false, "let an event fire every rule that it matches, not only the first")
	x.loading.add(cmd)
	x.flags.add(cmd)
	return cmd
}

// explainer explains one rule, or all, on events.
type explainer struct {
	cmd        *cobra.Command
	flags      sourceFlags
	loading    rulesFlags
	rule       string
	events     []string
	number     uint64
	routes     string
	allMatches bool
	json       bool
	text       explain.TextOptions

	// explain is for one rule, and all for every rule. One of them is nil.
	explain   *explain.Explainer
	all       *explain.AllExplainer
	routing   *route.Explainer // or nil
	matcher   *eval.Matcher    // of all rules, for routing
	explained int64            // events
	separate  bool             // print an empty line before the next explanation
}

func (x *explainer) run(rules, args []string) error {
	if x.number == 0 && x.cmd.Flags().Changed("number") {
		return callError("invalid --number 0: want 1 or more")
	}
	stdin := x.cmd.InOrStdin()
	inputs := args
	if !x.cmd.Flags().Changed("event") {
		inputs = orStdin(args)
	}
	if err := shareStdin(x.flags.fields.paths, rules, inputs); err != nil {
		return err
	}
	sources, err := x.flags.eventSources(stdin)
	if err != nil {
		return err
	}
	set, err := x.loading.load(x.cmd, rules, sources.rules)
	if err != nil {
		return err
	}
	mode := eval.FirstMatch
	if x.allMatches {
		mode = eval.AllMatches
	}
	if x.rule == "" {
		x.all, err = explain.NewAll(set, mode)
	} else {
		x.explain, err = explain.New(set, x.rule, mode)
	}
	if err != nil {
		return callError("%v", err)
	}
	if x.all != nil && x.all.Len() == 0 {
		return callError("no rules to explain")
	}
	if x.routes != "" {
		routes, err := routesfile.Read(x.routes)
		if err != nil {
			printDiagnostics(x.cmd.ErrOrStderr(), diag.Of(err))
			return callError("%s is invalid", x.routes)
		}
		if x.routing, err = route.NewExplainer(set, routes); err != nil {
			return rulesError(x.cmd.ErrOrStderr(), err)
		}
		x.matcher = set.Engine.NewMatcher(mode)
	}
	f := &feed{cmd: x.cmd, flags: &x.flags, sources: sources, stream: stream(), newVisitor: func() events.Visitor { return x.visit }}
	if x.cmd.Flags().Changed("event") {
		if err := x.given(f.decoder); err != nil {
			return err
		}
		if len(args) == 0 || x.number > 0 && x.explained > 0 {
			return x.done()
		}
	}
	if inputs, err = inputFiles(args, stdin); err != nil {
		return err
	}
	if err := f.run(inputs); err != nil {
		return err
	}
	return x.done()
}

// given explains the events of --event.
func (x *explainer) given(newDecoder func() events.Decoder) error {
	var records []events.Record
	for _, event := range x.events {
		more, err := x.records(event)
		if err != nil {
			return callError("%s", lineOf(diag.Of(err)[0]))
		}
		records = append(records, more...)
	}
	decoder := newDecoder()
	var out []byte
	var bad error
	for _, rec := range records {
		err := decoder.Decode(&rec, func(ev *fieldsets.Event) (err error) {
			out, err = x.visit(ev, out)
			return err
		})
		if errors.Is(err, events.ErrStop) {
			break
		}
		for _, d := range diag.Of(err) {
			bad = errors.Join(bad, errors.New(lineOf(d)))
		}
	}
	if bad != nil {
		return &exitError{exitCall, bad}
	}
	if _, err := x.cmd.OutOrStdout().Write(out); err != nil {
		return writeError(err)
	}
	return nil
}

// records returns the text of an --event as JSON values or, if it is not JSON, as YAML.
func (x *explainer) records(event string) ([]events.Record, error) {
	values, notJSON := jsonRecords(event, x.flags.maxEventSize)
	if notJSON == nil && !slices.ContainsFunc(values, func(rec events.Record) bool { return !json.Valid(rec.Raw) }) {
		return values, nil
	}
	text := events.Record{Raw: []byte(event), Name: eventFlag, Pos: diag.Pos{Line: 1, Column: 1}, Format: events.SuiteYAML}
	notYAML := isYAML(text)
	switch {
	case notYAML == nil:
		return []events.Record{text}, nil
	case notJSON == nil:
		return values, nil
	case strings.HasPrefix(strings.TrimSpace(event), "{") || strings.HasPrefix(strings.TrimSpace(event), "["):
		return nil, notJSON
	}
	return nil, notYAML
}

// eventFlag is the file name of --event in messages.
const eventFlag = "--event"

// jsonRecords splits text into JSON values.
func jsonRecords(text string, limit int) ([]events.Record, error) {
	in := events.Reader(eventFlag, strings.NewReader(text), events.InputOptions{MaxEventSize: limit})
	var records []events.Record
	for {
		rec, err := in.Next(context.Background())
		switch {
		case errors.Is(err, io.EOF):
			return records, nil
		case err != nil:
			return nil, err
		}
		rec.Raw = slices.Clone(rec.Raw)
		records = append(records, *rec)
	}
}

// isYAML returns an error if a record is not YAML.
func isYAML(rec events.Record) error {
	err := events.NewDecoder(events.DecoderOptions{}).Decode(&rec, func(*fieldsets.Event) error { return nil })
	for _, d := range diag.Of(err) {
		if d.Code == events.BadInput {
			return d
		}
	}
	return nil
}

// visit appends the explanations of an event.
func (x *explainer) visit(ev *fieldsets.Event, out []byte) ([]byte, error) {
	if x.number > 0 && ev.Number != x.number {
		return out, nil
	}
	x.explained++
	out = x.appendExplanations(out, ev)
	if x.number > 0 {
		return out, events.ErrStop
	}
	return out, nil
}

func (x *explainer) appendExplanations(out []byte, ev *fieldsets.Event) []byte {
	var explanations []*explain.Explanation
	if x.all != nil {
		explanations = x.all.Explain(ev)
	} else {
		explanations = []*explain.Explanation{x.explain.Explain(ev)}
	}
	x.addRoutes(explanations, ev)
	if x.json {
		for _, e := range explanations {
			line, _ := e.MarshalJSON() // never fails for strings and numbers
			out = append(append(out, line...), '\n')
		}
		return out
	}
	if x.separate {
		out = append(out, '\n')
	}
	x.separate = true
	if x.all == nil {
		return append(out, explanations[0].Text(x.text)...)
	}
	out = append(append(out, explanations[0].EventLine()...), '\n')
	for _, e := range explanations {
		out = append(append(out, e.Line()...), '\n')
		for _, r := range e.Routes {
			out = append(append(append(out, "           "...), r.String()...), '\n')
		}
	}
	return out
}

// addRoutes adds the routes of the alerts to the explanations of rules that fired.
func (x *explainer) addRoutes(explanations []*explain.Explanation, ev *fieldsets.Event) {
	if x.routing == nil {
		return
	}
	for _, m := range x.matcher.Match(ev) {
		i := slices.IndexFunc(explanations, func(e *explain.Explanation) bool { return e.Outcome == explain.Fired && e.Name == m.Rule.Name })
		if i < 0 {
			continue
		}
		for _, r := range x.routing.Explain(route.Alert{Match: m}) {
			cause := "it has no condition"
			if r.Tree != nil {
				cause = strings.Join(explain.Reasons(r.Tree, r.Trace), "; ")
			}
			explanations[i].Routes = append(explanations[i].Routes, explain.Route{Name: r.Route.Name, Taken: r.Taken, Cause: cause})
		}
	}
}

// done returns an error if no event was explained.
func (x *explainer) done() error {
	switch {
	case x.explained > 0:
		return nil
	case x.number > 0:
		return callError("no event number %d in the input", x.number)
	}
	return callError("no events in the input")
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/eventfile"
	"github.com/falcorules/falcorules/internal/jsonstream"
	"github.com/falcorules/falcorules/loader/explain"
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
		Long: `Says of each event why a rule fires on it or does not: in the first line the
cause, then the rule's condition as a tree, with what its macros and lists stand
for. Each check shows the value that it saw and where it was written. A mark
shows whether it is true, false or was not evaluated, and the result follows
from the parts with an arrow.

Without --rule all rules are explained, each in one line: which fire, which an
earlier one shadows, and of the others the first check that failed.

RULES and INPUT are as in "falcorules run". --event is an event in JSON, or in
YAML as it stands in a test suite. The first rule that an event matches fires
and no other, unless --all-matches is given.

The exit status is 0 when there are explanations, whatever they say, 1 when the
rules do not load, and 2 when the call could not be carried out: also when there
is no such rule, or no event.`,
		Example: `  falcorules explain -r rules.yaml --rule 'Shell in a container' events.yaml
  falcorules explain -r rules/ --rule Exec --number 17 audit.log
  falcorules explain -r rules/ --event 'proc: {name: cat}'
  falcorules explain -r rules.yaml --rule 'Shadow file read' \
      --event '{"proc": {"name": "cat"}, "fd": {"name": "/etc/shadow"}}'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(rules) == 0:
				return callError("no rules: name a rules file or a folder of them with -r")
			case x.rule == "" && cmd.Flags().Changed("rule"):
				return callError("--rule is the name of a rule, and empty")
			case mode != "text" && mode != "json":
				return callError("-o is text or json, not %q", mode)
			}
			x.cmd, x.json = cmd, mode == "json"
			x.text = explain.TextOptions{Color: colored(cmd.OutOrStdout()), ASCII: !utf8Locale()}
			return x.run(rules, args)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringArrayVarP(&rules, "rules", "r", nil, "rules `file` or folder; may be given several times")
	flags.StringVar(&x.rule, "rule", "", "`name` of the rule to explain; without it all are")
	flags.StringVar(&x.event, "event", "", "an `event` in JSON or YAML, a fixture or an audit event, before those of inputs")
	flags.Uint64Var(&x.number, "number", 0, "explain the `N`-th event only, counted from 1")
	flags.StringVarP(&mode, "output", "o", "text", "how explanations are printed: `text|json`, JSON one a line")
	flags.BoolVar(&x.allMatches, "all-matches", false, "an event fires every rule that it matches, not only the first")
	x.loading.add(cmd)
	x.flags.add(cmd)
	return cmd
}

// explainer explains one rule on events.
type explainer struct {
	cmd         *cobra.Command
	flags       sourceFlags
	loading     rulesFlags
	rule, event string
	number      uint64
	allMatches  bool
	json        bool
	text        explain.TextOptions

	// explain explains the one rule, all every rule where none is named.
	explain *explain.Explainer
	all     *explain.AllExplainer
	// explained counts events.
	explained int64
	separate  bool // something was printed
}

func (x *explainer) run(rules, args []string) error {
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
		x.all = explain.NewAll(set, mode)
	} else if x.explain, err = explain.New(set, x.rule, mode); err != nil {
		return callError("%v", err)
	}
	if x.all != nil && x.all.Len() == 0 {
		return callError("there are no rules to explain")
	}
	f := &feed{cmd: x.cmd, flags: &x.flags, sources: sources, workers: 1, newVisitor: func() visitor { return x.visit }}
	// The number of an event is that of its decoder, so that there is one.
	f.events = f.decoder()
	f.sum = func(o *outcome) { x.explained += o.explained }
	if x.cmd.Flags().Changed("event") {
		if err := x.given(f.events); err != nil {
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

// given explains the events of --event, in JSON or in YAML.
func (x *explainer) given(events *eventfile.Decoder) error {
	var o outcome
	var problem error
	events.Visit = func(ev *fieldsets.Event) { x.visit(ev, &o) }
	events.Report = func(p eventfile.Problem) {
		problem = errors.Join(problem, fmt.Errorf("--event:%d:%d: %s", p.Line, p.Column, p.Msg))
	}
	pieces, err := jsonPieces(x.event, x.flags.maxEventSize)
	if err != nil || slices.ContainsFunc(pieces, func(p jsonstream.Piece) bool { return !json.Valid(p.Raw) }) {
		notYAML := events.Pasted([]byte(x.event))
		switch {
		case notYAML == nil:
			pieces = nil
		case err != nil:
			return givenError(err, notYAML)
		}
	}
	for _, piece := range pieces {
		events.JSON(piece)
	}
	if problem != nil {
		return &exitError{exitCall, problem}
	}
	x.explained += o.explained
	if _, err := x.cmd.OutOrStdout().Write(o.out); err != nil {
		return writeError(err)
	}
	return nil
}

// jsonPieces returns the JSON values of a text.
func jsonPieces(text string, limit int) ([]jsonstream.Piece, error) {
	values := jsonstream.NewReader(strings.NewReader(text), limit)
	var pieces []jsonstream.Piece
	for {
		piece, err := values.Next()
		switch {
		case errors.Is(err, io.EOF):
			return pieces, nil
		case err != nil:
			return nil, err
		}
		piece.Raw = slices.Clone(piece.Raw)
		pieces = append(pieces, piece)
	}
}

// givenError returns what is wrong with --event: in JSON where it begins as that does,
// otherwise in YAML.
func givenError(notJSON, notYAML error) error {
	var bad *jsonstream.Error
	var syntax *eventfile.SyntaxError
	switch {
	case errors.As(notJSON, &bad) && (bad.Kind != jsonstream.Malformed || bad.Line > 1 || bad.Column > 1):
		return callError("--event:%d:%d: %s: %q", bad.Line, bad.Column, bad.Msg, bad.Text)
	case errors.As(notYAML, &syntax):
		return callError("--event:%s", syntax)
	}
	return callError("--event: %v", notYAML)
}

// visit adds the explanation of an event, or of all rules on it.
func (x *explainer) visit(ev *fieldsets.Event, o *outcome) {
	if x.number > 0 && ev.Number != x.number {
		return
	}
	o.explained++
	o.last = x.number > 0
	var explanations []*explain.Explanation
	if x.all != nil {
		explanations = x.all.Explain(ev)
	} else {
		explanations = []*explain.Explanation{x.explain.Explain(ev)}
	}
	if x.json {
		for _, e := range explanations {
			line, _ := json.Marshal(e) // of texts and numbers
			o.out = append(append(o.out, line...), '\n')
		}
		return
	}
	if x.separate {
		o.out = append(o.out, '\n')
	}
	x.separate = true
	if x.all == nil {
		o.out = append(o.out, explanations[0].Text(x.text)...)
		return
	}
	o.out = append(append(o.out, explanations[0].EventLine()...), '\n')
	for _, e := range explanations {
		o.out = append(append(o.out, e.Line()...), '\n')
	}
}

// done says that nothing was explained, if so.
func (x *explainer) done() error {
	switch {
	case x.explained > 0:
		return nil
	case x.number > 0:
		return callError("there is no event %d, so nothing is explained", x.number)
	}
	return callError("there is no event, so nothing is explained")
}

package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/ruletest/draft"
)

// captureAlerts raises alerts on the events of captures, with all fields that the conditions
// of their rules use.
type captureAlerts struct {
	number    uint64          // of the only event, or 0 for all
	where     *eval.Condition // or nil
	evaluator eval.Evaluator
	matcher   *eval.Matcher
}

// newCaptureAlerts loads the rules that raise the alerts.
func newCaptureAlerts(rules *draft.Rules, sources []*fieldsets.Source, number uint64, where string) (*captureAlerts, error) {
	c := &captureAlerts{number: number}
	options := loader.Options{Sources: sources, Unwrap: rules.Unwrap}
	if where != "" {
		var err error
		if c.where, _, err = loader.LoadCondition(where, syscall.SourceName, rules.Files, options); err != nil {
			return nil, err
		}
	}
	set, err := loader.Load(rules.Files, options)
	if err != nil {
		return nil, err
	}
	source := sources[slices.IndexFunc(sources, func(s *fieldsets.Source) bool { return s.Name() == syscall.SourceName })]
	for _, r := range set.Rules {
		if r.Source == syscall.SourceName {
			options.AppendOutput = append(options.AppendOutput, loader.AppendOutput{Source: r.Source, Rule: r.Name, Fields: conditionFields(source, r.Compiled)})
		}
	}
	if set, err = loader.Load(rules.Files, options); err != nil {
		return nil, err
	}
	c.matcher = set.Engine.NewMatcher(eval.AllMatches)
	return c, nil
}

// ancestors is the number of ancestors that a test has if a condition looks at all of them.
const ancestors = 16

// conditionFields returns the fields that an event needs so that a condition has the same
// result on it.
func conditionFields(source *fieldsets.Source, condition ast.Expr) []loader.OutputField {
	var names []string
	ast.Inspect(condition, func(n ast.Node) bool {
		ref, ok := n.(*ast.Field)
		if !ok {
			return true
		}
		name := ast.String(ref)
		switch f, _, err := source.Lookup(name); {
		case err != nil:
		case f.FilterOnly:
			// fd.ip compares fd.cip and fd.sip.
			group, end, _ := strings.Cut(f.Name, ".")
			for _, side := range []string{"c", "s", "l", "r"} {
				other := group + "." + side + strings.Replace(end, "net", "ip", 1)
				if f, _, err := source.Lookup(other); err == nil && !f.FilterOnly && !f.ArgRequired {
					names = append(names, other)
				}
			}
		case ref.Arg == nil && isLineage(name):
			for i := range ancestors {
				names = append(names, fmt.Sprintf("%s[%d]", name, i+1))
			}
		default:
			names = append(names, name)
		}
		return true
	})
	slices.Sort(names)
	var fields []loader.OutputField
	for _, name := range slices.Compact(names) {
		fields = append(fields, loader.OutputField{Name: name, Raw: true})
	}
	return fields
}

// isLineage reports whether a field without an argument is about all ancestors.
func isLineage(name string) bool {
	return slices.Contains([]string{"proc.aname", "proc.aexe", "proc.aexepath", "proc.acmdline", "proc.apid", "proc.aargs", "proc.aenv"}, name)
}

// removeNoAncestors removes the ancestors that a process does not have, except for the parent.
func removeNoAncestors(alert *draft.Alert) {
	for name, v := range alert.Fields {
		base, index, _ := strings.Cut(name, "[")
		if v == nil && isLineage(base) && index != "1]" {
			delete(alert.Fields, name)
		}
	}
}

// visit calls alert with the JSON of each alert on a capture.
func (c *captureAlerts) visit(ctx context.Context, in io.Reader, alert func(text []byte) error) error {
	r, err := capture.NewReader(in, stream())
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		ev, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case c.number > 0 && ev.Number > c.number:
			return nil
		case c.number > 0 && ev.Number != c.number:
			continue
		}
		if c.where != nil {
			if c.evaluator.SetEvent(ev); !c.evaluator.Holds(c.where) {
				continue
			}
		}
		for _, m := range c.matcher.Match(ev) {
			if err := alert(m.AppendJSON(nil)); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// decodeCapture visits the tests for the alerts on a capture.
func (c *alertConverter) decodeCapture(ctx context.Context, rec *events.Record, visit func(*fieldsets.Event) error) error {
	if closer, ok := rec.Body.(io.Closer); ok {
		defer closer.Close()
	}
	err := c.captures.visit(ctx, rec.Body, func(text []byte) error {
		return c.decode(ctx, &events.Record{Name: rec.Name, Raw: text, Format: events.JSON}, visit)
	})
	var broken *capture.Error
	if errors.As(err, &broken) {
		return &diag.Diagnostic{Code: events.BadInput, Message: broken.Error(), Range: diag.Range{File: rec.Name}, Err: broken}
	}
	return err
}

// areCaptures reports whether all files are captures.
func areCaptures(names []string) bool {
	for _, name := range names {
		if name == stdinName || !isCapture(name) {
			return false
		}
	}
	return len(names) > 0
}

func isCapture(name string) bool {
	file, err := os.Open(name)
	if err != nil {
		return false
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return false // reading from a pipe takes what it has
	}
	in := bufio.NewReader(file)
	if head, _ := in.Peek(2); string(head) == "\x1f\x8b" {
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return false
		}
		in = bufio.NewReader(unpacked)
	}
	head, _ := in.Peek(4)
	return capture.IsCapture(head)
}

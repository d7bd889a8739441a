package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/proof"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/lint"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/rulesfile"
)

// fixFlags are the flags of lint that change files.
type fixFlags struct {
	fix, diff, unsafe bool
}

func (f *fixFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&f.fix, "fix", false, "apply the safe fixes to the files, and print the remaining findings")
	flags.BoolVar(&f.diff, "diff", false, "print the changes that --fix would make as a unified diff")
	flags.BoolVar(&f.unsafe, "unsafe", false, "with --fix or --diff, also apply unsafe fixes; check the result")
}

func (f *fixFlags) validate(args []string) error {
	switch {
	case f.fix && f.diff:
		return callError("--fix and --diff cannot be combined")
	case f.unsafe && !f.fix && !f.diff:
		return callError("--unsafe needs --fix or --diff")
	case f.fix && slices.Contains(args, stdinName):
		return callError("--fix cannot be combined with standard input")
	}
	return nil
}

// linted are rules files with their findings.
type linted struct {
	files    []loader.File
	set      *loader.Ruleset
	findings diag.List
}

// run fixes findings that are not known, and writes the files or prints the changes. It returns the files as
// they are then.
func (f *fixFlags) run(cmd *cobra.Command, old *linted, known *knownFindings, again func([]loader.File) (*linted, error)) (*linted, error) {
	x := &fixer{ctx: cmd.Context(), lint: again, known: known, unsafe: f.unsafe}
	now := x.fixAll(old)
	if err := cmd.Context().Err(); err != nil {
		return nil, errInterrupted
	}
	changed, failures := 0, diag.List{}
	for i, file := range old.files {
		text := now.files[i].Data
		if bytes.Equal(file.Data, text) {
			continue
		}
		if f.diff {
			if err := writeDiff(cmd.OutOrStdout(), file, text); err != nil {
				return nil, writeError(err)
			}
			continue
		}
		if err := handleInterrupt(cmd.Context(), func() error { return replaceFile(file.Name, file.Data, text) }); err != nil {
			failures = append(failures, &diag.Diagnostic{Severity: diag.Error, Range: diag.Range{File: file.Name}, Message: err.Error()})
			continue
		}
		changed++
	}
	printDiagnostics(cmd.ErrOrStderr(), append(x.rejected, failures...))
	if x.isSpent() {
		printLine(cmd.ErrOrStderr(), "stopped after %d attempts; run the command again for more fixes", x.trials)
	}
	if len(failures) > 0 {
		return nil, &exitError{status: exitCall}
	}
	if changed > 0 {
		printLine(cmd.ErrOrStderr(), "fixed %s in %s", quote.Count(x.fixed, "finding"), quote.Count(changed, "file"))
	}
	return now, nil
}

// Limits on the fixes that are tried.
const (
	maxRounds   = 50  // a fix can make another one possible
	maxTrials   = 200 // each of them loads the rules
	minTrials   = 20
	maxWork     = 100 << 20 // bytes that are loaded in all, if there are more than minTrials
	findingWork = 100       // bytes that take as long as a finding
)

// fixer applies the edits of findings.
type fixer struct {
	ctx    context.Context
	lint   func([]loader.File) (*linted, error)
	known  *knownFindings // which are not fixed
	unsafe bool
	trials int
	work   int // see maxWork
	fixed  int
	// rejected says which findings were not fixed, and why; failed has their keys.
	rejected diag.List
	failed   map[fixKey]bool
}

// fixKey identifies a fix while other text changes.
type fixKey struct {
	findingKey
	message string
}

// fixAll returns the files after all fixes.
func (x *fixer) fixAll(now *linted) *linted {
	progress := false // since a fix was rejected for the first time
	for range maxRounds {
		fixes, same := x.choose(now)
		if len(fixes) == 0 && (!progress || len(x.failed) == 0) {
			break
		}
		if len(fixes) == 0 { // what was rejected may be possible now
			progress, x.rejected, x.failed = false, nil, nil
			continue
		}
		r := &round{fixer: x, old: now, now: now, same: same}
		r.try(fixes)
		now = r.now
		x.fixed += len(r.done)
		progress = progress || len(r.done) > 0
		if x.isOver() {
			break
		}
	}
	return now
}

// isOver reports whether no more fixes can be tried.
func (x *fixer) isOver() bool { return x.ctx.Err() != nil || x.isSpent() }

// isSpent reports whether the limits on trials are reached.
func (x *fixer) isSpent() bool {
	return x.trials >= maxTrials || x.trials >= minTrials && x.work >= maxWork
}

// choose returns findings that can be fixed together. Those whose fixes do not change what
// rules match come first, by themselves; then same is true.
func (x *fixer) choose(now *linted) (fixes []*diag.Diagnostic, same bool) {
	writable := map[string]bool{}
	for _, file := range now.files {
		writable[file.Name] = !file.Context && file.Err == nil
	}
	findings, _ := x.known.without(now.findings)
	for _, d := range findings {
		if len(d.Edits) == 0 || !d.Safe && !x.unsafe || x.failed[fixKeyOf(d)] || slices.ContainsFunc(d.Edits, func(e diag.Edit) bool {
			return !writable[e.Range.File] || e.Range.File != d.Edits[0].Range.File
		}) {
			continue
		}
		if sameMatches[d.Code] && !same {
			fixes, same = nil, true
		}
		if sameMatches[d.Code] == same {
			fixes = append(fixes, d)
		}
	}
	return apart(fixes), same
}

// sameMatches has the IDs of the analyzers whose fixes do not change what rules match.
var sameMatches = func() map[diag.Code]bool {
	ids := map[diag.Code]bool{}
	for _, a := range lint.Default() {
		ids[a.ID] = a.SameMatches
	}
	return ids
}()

// apart returns findings without those whose edits overlap others.
func apart(fixes []*diag.Diagnostic) []*diag.Diagnostic {
	slices.SortStableFunc(fixes, func(a, b *diag.Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Edits[0].Range.File, b.Edits[0].Range.File), cmp.Compare(firstByte(a), firstByte(b)))
	})
	file, last := "", -1
	return slices.DeleteFunc(fixes, func(d *diag.Diagnostic) bool {
		if d.Edits[0].Range.File != file {
			file, last = d.Edits[0].Range.File, -1
		}
		if firstByte(d) < last {
			return true
		}
		for _, e := range d.Edits {
			last = max(last, e.Range.End.Offset)
		}
		return false
	})
}

// firstByte returns the offset of the first edit of a finding.
func firstByte(d *diag.Diagnostic) int {
	first := d.Edits[0].Range.Start.Offset
	for _, e := range d.Edits[1:] {
		first = min(first, e.Range.Start.Offset)
	}
	return first
}

// round applies fixes to one version of the files.
type round struct {
	*fixer
	old, now *linted
	// same says that no fix changes what rules match.
	same bool
	// done are the findings that are fixed in now.
	done []*diag.Diagnostic
}

// try fixes findings. If a fix has to be left out, it finds out which one by fixing halves.
func (r *round) try(fixes []*diag.Diagnostic) {
	if len(fixes) == 0 || r.isOver() {
		return
	}
	r.trials++
	r.work += findingWork * len(r.old.findings)
	for _, f := range r.old.files {
		r.work += len(f.Data)
	}
	all := append(slices.Clip(r.done), fixes...)
	next, err := r.apply(all)
	switch {
	case r.ctx.Err() != nil: // not everything was linted
	case err == nil:
		r.done, r.now = all, next
	case len(fixes) == 1:
		r.reject(fixes[0], err)
	default:
		half := len(fixes) / 2
		r.try(fixes[:half])
		r.try(fixes[half:])
	}
}

func (r *round) reject(d *diag.Diagnostic, err error) {
	if r.failed == nil {
		r.failed = map[fixKey]bool{}
	}
	r.failed[fixKeyOf(d)] = true
	not := *d
	not.Severity, not.Message, not.Hint, not.Related = diag.Notice, "not fixed: "+err.Error(), "", nil
	r.rejected = append(r.rejected, &not)
}

// apply returns the files after some fixes, or an error if the fixes do more than they should.
func (r *round) apply(fixes []*diag.Diagnostic) (*linted, error) {
	edits := map[string][]diag.Edit{}
	for _, d := range fixes {
		edits[d.Edits[0].Range.File] = append(edits[d.Edits[0].Range.File], d.Edits...)
	}
	trees := map[string]*rulesfile.File{}
	for _, f := range r.old.set.Files() {
		trees[f.Root().Name()] = f.Root()
	}
	files := slices.Clone(r.old.files)
	for i, file := range files {
		if edits[file.Name] == nil {
			continue
		}
		text, err := trees[file.Name].Apply(edits[file.Name])
		if err != nil {
			return nil, err
		}
		files[i].Data = text
	}
	next, err := r.lint(files)
	if err != nil {
		return nil, fmt.Errorf("the rules would not load: %w", diag.Of(err)[0])
	}
	if d := newDiagnostic(r.old.set.Diagnostics(), next.set.Diagnostics(), nil); d != nil {
		return nil, fmt.Errorf("the fix would cause the %s %s: %s", d.Severity, d.Code, d.Message)
	}
	if r.same {
		if err := proof.SameMatches(r.old.set, next.set); err != nil {
			return nil, fmt.Errorf("the fix would change what the rules match: %w", err)
		}
	}
	if d := newDiagnostic(r.old.findings, next.findings, fixes); d != nil {
		if slices.ContainsFunc(fixes, func(f *diag.Diagnostic) bool { return keyOf(f) == keyOf(d) }) {
			return nil, errors.New("the finding would stay")
		}
		return nil, fmt.Errorf("the fix would cause the finding %s: %s", d.Code, d.Message)
	}
	return next, nil
}

// findingKey identifies a diagnostic while the text around it changes.
type findingKey struct{ code, file, within string }

func fixKeyOf(d *diag.Diagnostic) fixKey { return fixKey{keyOf(d), d.Message} }

func keyOf(d *diag.Diagnostic) findingKey {
	return findingKey{string(d.Code), loader.InputOf(d), fmt.Sprint(d.Within)}
}

// newDiagnostic returns a diagnostic that was not there before, or nil. Those that were fixed
// must be gone. If there were so many of a kind or in a file that others were not reported,
// it does not know which ones are new.
func newDiagnostic(before, after, fixed diag.List) *diag.Diagnostic {
	known, codes, files := map[findingKey]int{}, map[diag.Code]int{}, map[string]int{}
	for _, d := range before {
		known[keyOf(d)]++
		codes[d.Code]++
		files[d.Range.File]++
	}
	for _, d := range fixed {
		known[keyOf(d)]--
	}
	for _, d := range after {
		known[keyOf(d)]--
		if known[keyOf(d)] < 0 && codes[d.Code] < lint.MaxFindings && files[d.Range.File] < lint.MaxFindings {
			return d
		}
	}
	return nil
}

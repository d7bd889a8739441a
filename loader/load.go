package loader

import (
	"fmt"
	"slices"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/parallel"
	"github.com/falcorules/falcorules/rulesfile"
)

// Load reads files as one ruleset, in order. The error is a [diag.List] with every
// independent error. In that case the ruleset has the results of all files, but no engine
// and no rules.
func Load(files []File, options Options) (*Ruleset, error) {
	options, files = options.withDefaults(), prepared(files)
	inputs, sources := readInputs(files, options)
	set := &Ruleset{Sources: options.Sources, options: options, inputs: inputs, sources: sources}
	falco := newLoading(options, true)
	falco.allow(inputs)
	falco.inputs = inputs
	sum := newSummary(set, files, inputs, sources)
	for _, f := range inputs {
		o := falco.load(f)
		o.locate(sources)
		o.FalcoWarnings = len(o.Warnings)
		if sum.add(o); !f.context {
			set.Results = append(set.Results, &o.Result)
		}
	}
	if len(set.Errors) == 0 {
		sum.done()
		set.resolved(falco)
		set.dropContext(inputs)
		return set, nil
	}
	// Load all files again to find the other errors. Errors that Falco reports about a
	// later file only because it stopped in an earlier one stay in the file's result.
	all := newLoading(options, false)
	all.allow(inputs)
	all.cache.builder, all.parses, all.inputs = falco.builder, falco.parses, inputs
	*set = Ruleset{Results: set.Results, Sources: options.Sources, options: options, inputs: inputs, sources: sources}
	sum = newSummary(set, files, inputs, sources)
	judged := 0
	for _, f := range inputs {
		o := all.load(f)
		o.Errors = all.unreported(sum.share(o.Errors))
		o.locate(sources)
		if sum.add(o); !f.context {
			set.Results[judged].merge(o)
			judged++
		}
	}
	sum.done()
	set.unresolved(all)
	set.dropContext(inputs)
	return set, set.Errors
}

// input is a file and the documents in it that are read as rules.
type input struct {
	file *rulesfile.File
	docs []*rulesfile.Document
	// problems are errors in how rules are wrapped in the file, skipped notices about
	// documents that are not read as rules.
	problems, skipped diag.List
	// overrides are those of the options, which are read after all files.
	overrides []override
	// fileErr says why the file could not be read, or is nil.
	fileErr error
	// context says that the file is loaded but not judged.
	context bool
}

// readInputs reads the YAML of files in parallel, and adds the overrides of the options.
// The sources are the files by the names that positions have.
func readInputs(files []File, options Options) ([]*input, map[string]*rulesfile.File) {
	read := make([][]*input, len(files))
	parallel.Each(len(files), func(i int) { read[i] = readInput(files[i], options) })
	inputs, sources := slices.Concat(read...), map[string]*rulesfile.File{}
	if len(inputs) > maxFiles {
		inputs = inputs[:maxFiles]
		inputs[maxFiles-1].fileErr = fmt.Errorf("there are more than %d files", maxFiles-1)
	}
	for i := len(inputs) - 1; i >= 0; i-- { // the first file with a name counts
		for f := inputs[i].file; f != nil; f = f.Parent() {
			sources[f.Name()] = f
		}
	}
	if overrides := options.Overrides.input(sources); overrides != nil {
		inputs = append(inputs, overrides)
	}
	return inputs, sources
}

// readInput reads the YAML of a file. It returns several inputs if rules files are wrapped
// in it, and none if the file was skipped.
func readInput(file File, options Options) []*input {
	if file.Skipped != nil {
		return nil
	}
	f := &input{context: file.Context, fileErr: file.Err}
	f.file, _ = rulesfile.Parse(file.Name, file.Data)
	f.docs = f.file.Documents()
	inputs := []*input{f}
	if options.Unwrap {
		inputs = unwrap(f)
	}
	return inputs
}

// loading loads files into one ruleset, one after the other.
type loading struct {
	collection
	options Options
	// asFalco says to stop at the first error of a file.
	asFalco bool
	// noRules leaves out rules.
	noRules bool
	// names accepts names where a condition needs a number.
	names bool
	// inputs are all files, for hints about what comes later.
	inputs []*input
	// definitions has the names of the items that they define. It is nil until it is
	// needed.
	definitions map[itemKey]rulesfile.Value
	// result is the result of the file that is being loaded.
	result *outcome
	// compiled is the result of compiling all files so far, and before what compiled
	// it, or nil after an error.
	compiled *compiled
	before   *resolver
	// compiledOnce says that something was compiled, last that no file follows.
	compiledOnce, last bool
	// worked counts what maxWork limits, repeats what maxRepeats limits.
	worked, repeats int
	*cache
	sources map[string]*fieldsets.Source
}

// outcome is the result of one file.
type outcome struct {
	Result
	notices diag.List
	plugins []requirement
	// read is the number of warnings from reading the file, compiled are those from
	// compiling.
	read     int
	compiled diag.List
}

func newLoading(options Options, asFalco bool) *loading {
	l := &loading{options: options, asFalco: asFalco, cache: newCache(eval.NewBuilder(options.Sources...))}
	l.broken = map[itemKey]bool{}
	l.sources = map[string]*fieldsets.Source{}
	for _, s := range options.Sources {
		l.sources[s.Name()] = s
	}
	return l
}

// allow sets the limits that grow with the files.
func (l *loading) allow(inputs []*input) {
	size := 0
	for _, f := range inputs {
		size += len(f.file.Text())
	}
	l.maxWords, l.maxItems = minWords+size/fileWord, minItems+size/fileWord
}

// source returns the event source with the given name, or nil.
func (l *loading) source(name string) *fieldsets.Source { return l.sources[name] }

// load reads a file and compiles everything read so far, as Falco does.
func (l *loading) load(f *input) *outcome {
	l.result = &outcome{Result: Result{Name: f.file.Name()}}
	if _, _, bad := f.file.SyntaxError(); !bad && len(f.docs) > 0 {
		l.result.SchemaChecked, l.result.SchemaErrors = true, schemaErrors(f.docs)
	}
	l.read(f)
	read := l.result.Warnings
	l.result.Warnings = nil
	l.last = f == l.inputs[len(l.inputs)-1]
	if !l.stopped() && (l.asFalco || l.last || l.worked <= maxWork) {
		l.compile()
	}
	l.result.read, l.result.compiled = len(read), l.result.Warnings
	l.result.Warnings = append(read, l.unreported(l.result.compiled)...)
	if !l.stopped() {
		l.checkPlugins()
	}
	return l.result
}

// maxRepeats limits how many warnings and errors of earlier files the results of later ones
// repeat, all together.
const maxRepeats = 100_000

// unreported returns those of list that were not reported about an earlier file, and up to
// maxRepeats others.
func (l *loading) unreported(list diag.List) diag.List {
	var out diag.List
	for _, d := range list {
		if falco(d).reported {
			if l.repeats >= maxRepeats {
				continue
			}
			l.repeats++
		}
		falco(d).reported = true
		out = append(out, d)
	}
	return out
}

// add adds a diagnostic to the result of the file. It adds nothing after Falco stopped.
func (l *loading) add(d *diag.Diagnostic) {
	if l.stopped() {
		return
	}
	if c := falco(d); d.Range == (diag.Range{}) && len(c.Locations) > 0 { // about a text that became empty
		item := c.Locations[min(1, len(c.Locations)-1)]
		d.Range = diag.Range{File: c.Locations[0].Content, Start: diag.Pos{Offset: item.Offset, Line: item.Line + 1, Column: item.Column + 1}}
	}
	switch d.Severity = SeverityOf(d.Code); {
	case d.Severity != diag.Error && l.full():
	case d.Severity == diag.Error:
		l.worked += errorWork
		l.result.Errors = append(l.result.Errors, d)
	case d.Severity == diag.Warning:
		l.result.Warnings = append(l.result.Warnings, d)
	default:
		l.result.notices = append(l.result.notices, d)
	}
}

// dropContext removes warnings and notices about files that are not judged. It keeps their
// errors, because the other files cannot be judged then. A result also keeps the warnings
// that Falco reports about a judged file.
func (s *Ruleset) dropContext(inputs []*input) {
	context := map[string]bool{}
	for _, f := range inputs {
		if f.context {
			context[f.file.Name()] = true
		}
	}
	for _, r := range s.Results {
		delete(context, r.Name) // given twice
	}
	if len(context) == 0 {
		return
	}
	inContext := func(d *diag.Diagnostic) bool { return context[InputOf(d)] }
	s.Warnings, s.Notices = without(s.Warnings, inContext), without(s.Notices, inContext)
	for _, r := range s.Results {
		drop := func(d *diag.Diagnostic) bool { return inContext(d) && context[falcoInput(d)] }
		falco, beyond := without(r.Warnings[:r.FalcoWarnings], drop), without(r.Warnings[r.FalcoWarnings:], drop)
		r.Warnings, r.FalcoWarnings = append(falco, beyond...), len(falco)
	}
}

func without(list diag.List, drop func(*diag.Diagnostic) bool) diag.List {
	return slices.DeleteFunc(slices.Clone(list), drop)
}

// Limits on the diagnostics that are reported for a file.
const (
	maxErrors   = 1000
	maxWarnings = 10_000 // and notices
)

// full reports whether the file has as many warnings and notices as are reported.
func (l *loading) full() bool { return len(l.result.Warnings)+len(l.result.notices) >= maxWarnings }

// stopped reports whether the file has as many errors as are reported: one for Falco.
func (l *loading) stopped() bool {
	n := len(l.result.Errors)
	return n >= maxErrors || l.asFalco && n > 0
}

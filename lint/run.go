package lint

import (
	"cmp"
	"context"
	"slices"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/falcoconfig"
	"github.com/falcorules/falcorules/internal/parallel"
	"github.com/falcorules/falcorules/loader"
)

// Options change what Run reports. The zero Options runs all analyzers of Default at
// their own levels.
type Options struct {
	// Analyzers are the analyzers to run. Nil means Default.
	Analyzers []*Analyzer
	// Levels replaces the levels of analyzers, by the ID of an analyzer or the name of a
	// category. An ID takes precedence over a category. Other keys are ignored.
	Levels map[string]Level
	// Values are the values of options. Others have their default.
	Values Values
	// ForFile, if it is not nil, returns the levels and values for findings in a file, in
	// place of Levels and Values.
	ForFile func(name string) (levels map[string]Level, values Values)
	// Config is the configuration of Falco that the rules are for, or nil. Run reports
	// findings in its files too. The rules must have been loaded with its static fields;
	// see [falcoconfig.Config.Sources].
	Config *falcoconfig.Config
	// AuditPolicy is the audit policy of the API server whose events the rules are for.
	// If it is nil, the analyzer audit-policy does not run.
	AuditPolicy *AuditPolicy
}

// Values are values of options, by the ID of the analyzer and the name of the option. They
// have the type of [Option.Default].
type Values map[diag.Code]map[string]any

// settings are the levels and values for a file.
type settings struct {
	levels map[string]Level
	values Values
}

// settings returns the settings for the files of a ruleset and a configuration.
func (o *Options) settings(set *loader.Ruleset) map[string]*settings {
	var names []string
	for _, f := range set.Files() {
		names = append(names, f.Root().Name())
	}
	if o.Config != nil {
		names = append(names, o.Config.Files...)
	}
	out := map[string]*settings{"": {o.Levels, o.Values}} // for any other file
	for _, name := range names {
		if out[name] != nil {
			continue
		}
		out[name] = out[""]
		if o.ForFile != nil {
			levels, values := o.ForFile(name)
			out[name] = &settings{levels, values}
		}
	}
	return out
}

// level returns the level of an analyzer's findings.
func (s *settings) level(a *Analyzer) Level {
	if l, ok := s.levels[string(a.ID)]; ok {
		return l
	}
	if l, ok := s.levels[string(a.Category)]; ok {
		return l
	}
	return a.Level
}

// MaxFindings limits the findings of each analyzer, and the findings in each file.
const MaxFindings = 10_000

// Run runs analyzers over a ruleset and returns the findings, sorted by file and
// position, or nil if it finds nothing. It does not repeat the errors and warnings of the
// ruleset. Each analyzer reports at most one finding per range, and none in files that
// are loaded as context. If ctx is done, Run returns the findings so far.
//
// A comment "# falcorules ignore:ID" in a rules file suppresses findings; see the package
// documentation.
//
// If the ruleset did not load, Run reports only findings about files and about conditions
// as written.
func Run(ctx context.Context, set *loader.Ruleset, options Options) diag.List {
	analyzers := options.Analyzers
	if analyzers == nil {
		analyzers = Default()
	}
	shared := newShared(set, options.Config)
	shared.settings, shared.suppressions = options.settings(set), suppressionsOf(set, options.Config)
	var passes []*Pass
	for _, a := range analyzers {
		p := &Pass{Analyzer: a, Set: set, Config: options.Config, ctx: ctx, shared: shared, seen: map[diag.Range]bool{}}
		if !p.isOn() || a == auditPolicy && options.AuditPolicy == nil {
			continue
		}
		if options.AuditPolicy != nil {
			p.auditPolicy = options.AuditPolicy.policy
		}
		passes = append(passes, p)
	}
	parallel.Each(len(passes), func(i int) {
		if ctx.Err() == nil {
			passes[i].Analyzer.Run(passes[i])
		}
	})
	for _, p := range passes {
		p.findings = slices.DeleteFunc(p.findings, func(d *diag.Diagnostic) bool { return p.isSuppressed(d.Range) })
	}
	if i := slices.IndexFunc(passes, func(p *Pass) bool { return p.Analyzer == unusedSuppression }); i >= 0 && set.Engine != nil && ctx.Err() == nil {
		shared.suppressions.reportUnused(passes[i], analyzers, passes)
	}
	return collect(set, options.Config, passes)
}

// collect returns the findings of passes, except those in context files.
func collect(set *loader.Ruleset, config *falcoconfig.Config, passes []*Pass) diag.List {
	byFile, context := map[string]diag.List{}, map[string]bool{}
	for _, p := range passes {
		for _, d := range p.findings {
			if set.Locate(d); config != nil {
				config.Locate(d)
			}
			input := loader.InputOf(d)
			isContext, known := context[input]
			if !known {
				isContext = set.IsContext(input)
				context[input] = isContext
			}
			if isContext {
				continue
			}
			byFile[d.Range.File] = append(byFile[d.Range.File], d)
		}
	}
	var out diag.List
	for _, list := range byFile {
		if len(list) > MaxFindings { // report the worst
			slices.SortStableFunc(list, func(a, b *diag.Diagnostic) int { return cmp.Compare(a.Severity, b.Severity) })
			list = list[:MaxFindings]
		}
		out = append(out, list...)
	}
	out.Sort()
	return out
}

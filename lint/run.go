package lint

import (
	"context"
	"runtime"
	"slices"
	"sync"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

// Options change what Run reports. The zero Options reports everything that is worth
// knowing by default.
type Options struct {
	// Analyzers are those to run; nil stands for Default.
	Analyzers []*Analyzer
	// Levels are levels other than Analyzer.Level, by the ID of an analyzer or the
	// name of a category. The ID wins.
	Levels map[string]Level
}

// level returns the level of an analyzer's findings.
func (o *Options) level(a *Analyzer) Level {
	if l, ok := o.Levels[string(a.ID)]; ok {
		return l
	}
	if l, ok := o.Levels[string(a.Category)]; ok {
		return l
	}
	return a.Level
}

// maxFindings is the number of findings of one analyzer that are reported, and of the
// findings in one file.
const maxFindings = 10_000

// Run runs analyzers over a ruleset and returns the findings, sorted by file and
// position. A range has at most one finding of each analyzer. Files that are loaded as
// context have none. If ctx is done, Run returns early with what was found until then.
//
// A comment "# falcorules ignore:ID" suppresses findings; see the package comment.
//
// A ruleset that did not load has no rules, macros and lists. Only what is seen in its
// files, and in conditions as they were written, is reported then.
func Run(ctx context.Context, set *loader.Ruleset, options Options) diag.List {
	analyzers := options.Analyzers
	if analyzers == nil {
		analyzers = Default()
	}
	shared := newShared(set)
	passes := make([]*Pass, len(analyzers))
	work := make(chan *Pass)
	var wg sync.WaitGroup
	for range min(len(analyzers), runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for p := range work {
				p.Analyzer.Run(p)
			}
		})
	}
	for i, a := range analyzers {
		level := options.level(a)
		if level == Off || ctx.Err() != nil {
			continue
		}
		passes[i] = &Pass{Analyzer: a, Set: set, ctx: ctx, severity: level.Severity(), shared: shared, seen: map[diag.Range]bool{}}
		work <- passes[i]
	}
	close(work)
	wg.Wait()
	passes = slices.DeleteFunc(passes, func(p *Pass) bool { return p == nil })
	suppressed := suppressionsOf(set)
	for _, p := range passes {
		p.findings = slices.DeleteFunc(p.findings, suppressed.suppress)
	}
	if i := slices.IndexFunc(passes, func(p *Pass) bool { return p.Analyzer == unusedSuppression }); i >= 0 && set.Engine != nil && ctx.Err() == nil {
		suppressed.reportUnused(passes[i], analyzers, passes)
	}
	return collect(set, passes)
}

// collect returns the findings of passes about files that are judged.
func collect(set *loader.Ruleset, passes []*Pass) diag.List {
	var out diag.List
	count, context := map[string]int{}, map[string]bool{}
	for _, p := range passes {
		for _, d := range p.findings {
			set.Locate(d)
			input := loader.InputOf(d)
			isContext, known := context[input]
			if !known {
				isContext = set.IsContext(input)
				context[input] = isContext
			}
			if isContext {
				continue
			}
			if count[d.Range.File]++; count[d.Range.File] <= maxFindings {
				out = append(out, d)
			}
		}
	}
	out.Sort()
	return out
}

package loader

import (
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
)

// Ruleset is a set of rules.
type Ruleset struct {
	// Engine runs the rules; nil if they did not load.
	Engine *eval.Engine
	// Warnings are what to know about the files all the same.
	Warnings Diagnostics
}

// Load reads files as one ruleset, in order. The error is a [Diagnostics] with
// every independent error; the ruleset then has its warnings only.
func Load(files []File, options Options) (*Ruleset, error) {
	c := collect(files, options, false)
	engine := c.resolve()
	if len(c.errs) > 0 {
		return &Ruleset{Warnings: c.warns}, c.errs
	}
	return &Ruleset{Engine: engine, Warnings: c.warns}, nil
}

// collect reads the items of files, without the rules where those do not count.
func collect(files []File, options Options, noRules bool) *collector {
	c := &collector{options: options.withDefaults(), sources: map[string]*source{}, noRules: noRules}
	for _, f := range files {
		src := newSource(f)
		c.sources[f.Name] = src
		c.read(f, src)
	}
	return c
}

func (c *collector) source(name string) *fieldsets.Source {
	for _, s := range c.options.Sources {
		if s.Name() == name {
			return s
		}
	}
	return nil
}

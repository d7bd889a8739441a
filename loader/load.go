package loader

import (
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
)

// Ruleset is a set of rules that loaded.
type Ruleset struct {
	// Engine runs the rules.
	Engine *eval.Engine
	// Warnings are what to know about the files all the same.
	Warnings Diagnostics
}

// Load reads files as one ruleset, in order. The error is a [Diagnostics] with
// every independent error.
func Load(files []File, options Options) (*Ruleset, error) {
	c := collect(files, options)
	engine := c.resolve()
	if len(c.errs) > 0 {
		return nil, c.errs
	}
	return &Ruleset{Engine: engine, Warnings: c.warns}, nil
}

func collect(files []File, options Options) *collector {
	c := &collector{options: options.withDefaults(), sources: map[string]*source{}}
	for _, f := range files {
		c.sources[f.Name] = newSource(f)
		c.read(f)
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

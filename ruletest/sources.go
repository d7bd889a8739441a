package ruletest

import (
	"errors"
	"os"
	"slices"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fieldsfile"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
	"github.com/falcorules/falcorules/internal/fileerr"
	"github.com/falcorules/falcorules/internal/quote"
)

// sources are the event sources of a suite.
type sources struct {
	rules    []*fieldsets.Source
	fixtures []*fixture.Source // the same sources, with decoders of fixtures
}

func newSources(base []*fieldsets.Source) *sources {
	s := &sources{fixtures: fixtures.Sources(base)}
	for _, with := range s.fixtures {
		s.rules = append(s.rules, with.Source)
	}
	return s
}

// sourcesOf returns the sources of a suite: the shared ones, unless it changes them.
func (r *suiteRun) sourcesOf(base []*fieldsets.Source, shared func() *sources) *sources {
	s := r.suite
	if !s.Documented && len(s.Fields) == 0 {
		return shared()
	}
	own := slices.Clone(base)
	for i, source := range own {
		if s.Documented && source.Name() == k8saudit.SourceName {
			own[i] = k8saudit.NewSource(k8saudit.Documented())
		}
	}
	for i, path := range s.Fields {
		definitions, err := r.readFields(r.path(path))
		if err != nil {
			var bad *diag.Diagnostic
			if errors.As(err, &bad) {
				r.add(bad)
			} else {
				r.fail(s.at.ofItem("fields", i), "", "cannot read %s: %s", quote.Name(path), fileerr.Cause(err))
			}
			continue
		}
		own, _ = fieldsfile.Extend(own, definitions...)
	}
	return newSources(own)
}

func (r *suiteRun) readFields(path string) ([]fieldsfile.Definition, error) {
	if err := inRoot(r.root, path); err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("it is a folder, not a file")
	case !info.Mode().IsRegular():
		return nil, errNotRegular
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return fieldsfile.Parse(f, path)
}

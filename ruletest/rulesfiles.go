package ruletest

import (
	"errors"

	"github.com/falcorules/falcorules/internal/quote"
)

// RulesFiles returns the files that the rules of a suite stand for: a file is itself, a
// folder its rules files, and a pattern with * and ? the files that it matches; of the
// latter two those without that are suites by their names.
func RulesFiles(path string) ([]string, error) {
	files, err := rulesFiles(path)
	if err != nil {
		return nil, errors.New(quote.Name(path) + ": " + cause(err))
	}
	return files, nil
}

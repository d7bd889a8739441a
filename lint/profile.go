package lint

import (
	"fmt"
)

// styleGuide are the analyzers that check Falco's style guide for rules. Most of them are
// off by default.
var styleGuide = []*Analyzer{
	allSyscallsMaturity,
	andOrMix,
	attackTactics,
	attackTacticsMissing,
	attackTags,
	containsPath,
	descPeriod,
	doubleNegation,
	duplicateTag,
	eventTypeFirst,
	eventTypeMissing,
	eventTypeNegative,
	eventTypesMixed,
	exceptionsUpstream,
	exclusionOrder,
	keyOrder,
	lineLength,
	maturityTag,
	nameBlanks,
	nameCase,
	orNegation,
	outputCoreFields,
	outputNoField,
	outputStyle,
	priorityDebug,
	reuseMacro,
	workloadTag,
}

// Profiles returns the names of all profiles, for [Profile].
func Profiles() []string { return []string{"default", "strict", "upstream"} }

// Profile returns the levels of a profile, for [Options.Levels]. Analyzers that are not
// among them have their own level.
//
// The profile strict raises analyzers with level info to warning, and turns on those that are
// off by default, except those for style. Single findings can still have a lower level. The
// profile upstream reports violations of Falco's style guide as warnings.
func Profile(name string) (map[string]Level, error) {
	levels := map[string]Level{}
	switch name {
	case "default":
	case "strict":
		for _, a := range analyzers {
			if a.Level == Info || a.Level == Off && a.Category != Style {
				levels[string(a.ID)] = Warning
			}
		}
	case "upstream":
		for _, a := range styleGuide {
			levels[string(a.ID)] = Warning
		}
	default:
		return nil, fmt.Errorf("unknown profile %q: want %s", name, enumerate(Profiles(), "or"))
	}
	return levels, nil
}

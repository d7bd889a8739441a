package lint

import "slices"

// analyzers are all analyzers of this package, in the order of their findings about one
// range.
var analyzers = []*Analyzer{
	auditExecCreate,
	auditInitContainers,
	auditName,
	auditObject,
	auditStage,
	commLength,
	nullFires,
}

// Default returns all analyzers of this package, including those that are off unless
// Options.Levels turns them on.
func Default() []*Analyzer { return slices.Clone(analyzers) }

package lint

import "slices"

// analyzers are all analyzers of this package, by their IDs.
var analyzers = []*Analyzer{
	auditExecCreate,
	auditInitContainers,
	auditName,
	auditObject,
	auditStage,
	cmdlinePath,
	commLength,
	commPath,
	containsShort,
	crlf,
	duplicateKey,
	encoding,
	enumValue,
	exepathRelative,
	listName,
	nullFires,
	oldPSP,
	pathPart,
	rawPath,
	regexEscape,
	regexWhole,
	redefined,
	value,
	wildcardLiteral,
}

// Default returns all analyzers of this package, including those that are off unless
// Options.Levels turns them on.
func Default() []*Analyzer { return slices.Clone(analyzers) }

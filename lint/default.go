package lint

import "slices"

// analyzers are all analyzers of this package, by their IDs.
var analyzers = []*Analyzer{
	anyNotEqual,
	auditExecCreate,
	auditInitContainers,
	auditName,
	auditObject,
	auditStage,
	cmdlinePath,
	commLength,
	commPath,
	containsShort,
	contradiction,
	crlf,
	duplicateCheck,
	duplicateKey,
	encoding,
	enumValue,
	eventHasNoField,
	eventTypeFirst,
	eventTypeNegative,
	exceptionDead,
	exceptionWide,
	exclusionUseless,
	exepathRelative,
	fieldNeverFilled,
	listInText,
	listName,
	needsAllSyscalls,
	nullExclusion,
	nullFires,
	oldPSP,
	outputEmpty,
	outputNewline,
	outputNoField,
	outputPercent,
	outputRepeats,
	outputSensitive,
	pathPart,
	rawPath,
	redefined,
	regexEscape,
	regexWhole,
	sameCondition,
	shadowed,
	syscallFamily,
	tautology,
	unusedSuppression,
	value,
	wildcardLiteral,
}

// Default returns all analyzers of this package, including those that are off unless
// Options.Levels turns them on.
func Default() []*Analyzer { return slices.Clone(analyzers) }

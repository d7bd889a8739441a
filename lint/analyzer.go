package lint

import (
	"fmt"
	"slices"

	"github.com/falcorules/falcorules/diag"
)

// Analyzer finds one kind of mistake.
type Analyzer struct {
	// ID is the code of the findings, such as comm-length. It must not change, because
	// configurations and suppressions refer to it.
	ID       diag.Code
	Category Category
	// Level is the level of the findings, unless [Options.Levels] has another one.
	Level Level
	// Summary describes the mistake in one sentence.
	Summary string
	// Options are what configurations can set besides the level.
	Options []Option
	// Fix is the best fix that a finding can have. Not all findings have one.
	Fix Fix
	// SameMatches says that rules match the same events after the fixes as before.
	SameMatches bool
	// Run reports findings with the Report methods of the pass. It may be called from
	// several goroutines at the same time, each with its own pass, and should return soon
	// after Pass.Context is done.
	Run func(*Pass)
}

// Option is an option of an analyzer.
type Option struct {
	Name string
	// Doc says what the value means.
	Doc string
	// Default is the value that is used if there is no other: an int, which is positive, or
	// a []string.
	Default any
}

// Category groups analyzers by the effect of the mistake.
type Category string

// The categories.
const (
	// Dead is about checks and rules that can never be true.
	Dead Category = "dead"
	// MissingValue is about checks of fields that have no value.
	MissingValue Category = "missing-value"
	// Shadow is about rules that hide or repeat others.
	Shadow Category = "shadow"
	// Bypass is about ways around a rule.
	Bypass Category = "bypass"
	// K8sAudit is about rules for Kubernetes audit events.
	K8sAudit Category = "k8s-audit"
	// Exceptions is about exceptions, overrides and appended conditions.
	Exceptions Category = "exception"
	// Output is about outputs.
	Output Category = "output"
	// Performance is about parts of rules that take time without changing results.
	Performance Category = "performance"
	// Compat is about versions of Falco, its plugins and its configuration.
	Compat Category = "compat"
	// Style is about conventions, and text that does not mean what it seems to.
	Style Category = "style"
)

// Categories returns all categories, in the order of the documentation.
func Categories() []Category {
	return []Category{Dead, MissingValue, Shadow, Bypass, K8sAudit, Exceptions, Output, Performance, Compat, Style}
}

// Level is how severe a finding is. Unlike a [diag.Severity], it can be [Off].
type Level uint8

// The levels, most severe first.
const (
	// Error is for a rule, or a part of one, that certainly does not work.
	Error Level = iota
	// Warning is for a probable mistake.
	Warning
	// Info is for anything else worth knowing. Its severity is [diag.Notice].
	Info
	// Off turns an analyzer off.
	Off
)

// Fix is a kind of fix.
type Fix uint8

// The kinds of fixes.
const (
	// NoFix means that there is no fix.
	NoFix Fix = iota
	// UnsafeFix is a guess, or changes more than the mistake.
	UnsafeFix
	// SafeFix does what the author must have meant; see [diag.Diagnostic.Safe].
	SafeFix
)

// String returns none, unsafe or safe.
func (f Fix) String() string {
	switch f {
	case NoFix:
		return "none"
	case UnsafeFix:
		return "unsafe"
	case SafeFix:
		return "safe"
	}
	return fmt.Sprintf("Fix(%d)", f)
}

var levelNames = [...]string{"error", "warning", "info", "off"}

// String returns error, warning, info or off.
func (l Level) String() string {
	if int(l) < len(levelNames) {
		return levelNames[l]
	}
	return fmt.Sprintf("Level(%d)", l)
}

// ParseLevel returns the level with the given name: error, warning, info or off.
func ParseLevel(name string) (Level, error) {
	if i := slices.Index(levelNames[:], name); i >= 0 {
		return Level(i), nil
	}
	return 0, fmt.Errorf("invalid level %q: want error, warning, info or off", name)
}

// Severity returns the severity of findings with this level: [diag.Error], [diag.Warning]
// or, for all others, [diag.Notice].
func (l Level) Severity() diag.Severity {
	switch l {
	case Error:
		return diag.Error
	case Warning:
		return diag.Warning
	}
	return diag.Notice
}

// asInfo lowers a finding to level Info, because it is less certain, or less bad, than others
// of its analyzer.
func asInfo(d *diag.Diagnostic) *diag.Diagnostic {
	d.Severity = diag.Notice
	return d
}

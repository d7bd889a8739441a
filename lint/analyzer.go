package lint

import (
	"fmt"
	"slices"

	"github.com/falcorules/falcorules/diag"
)

// Analyzer finds one kind of mistake.
type Analyzer struct {
	// ID is the code of the findings, such as comm-length. It never changes: people
	// write it in configurations and suppressions.
	ID       diag.Code
	Category Category
	// Level is the level of the findings unless the caller wants another one.
	Level Level
	// Summary says in one sentence what is wrong with what the analyzer finds.
	Summary string
	// Run reports findings with the methods of the pass. It may be called from any
	// goroutine and should return soon after Pass.Context is done.
	Run func(*Pass)
}

// Category groups analyzers by what the mistake does to a rule.
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
	// Performance is about what costs time and changes nothing.
	Performance Category = "performance"
	// Compat is about versions of Falco, its plugins and its configuration.
	Compat Category = "compat"
	// Style is about conventions, and texts that do not mean what they seem to.
	Style Category = "style"
)

// Categories returns all categories, in the order of the documentation.
func Categories() []Category {
	return []Category{Dead, MissingValue, Shadow, Bypass, K8sAudit, Exceptions, Output, Performance, Compat, Style}
}

// Level says how bad a finding is.
type Level uint8

// The levels, worst first.
const (
	// Error is a rule, or a part of one, that certainly does not work.
	Error Level = iota
	// Warning is a probable mistake.
	Warning
	// Info is anything else worth knowing.
	Info
	// Off turns an analyzer off.
	Off
)

var levelNames = [...]string{"error", "warning", "info", "off"}

// String returns error, warning, info or off.
func (l Level) String() string {
	if int(l) < len(levelNames) {
		return levelNames[l]
	}
	return fmt.Sprintf("Level(%d)", l)
}

// ParseLevel returns the level with the given name.
func ParseLevel(name string) (Level, error) {
	if i := slices.Index(levelNames[:], name); i >= 0 {
		return Level(i), nil
	}
	return 0, fmt.Errorf("invalid level %q: want error, warning, info or off", name)
}

// Severity returns the severity of findings of the level. That of info is
// [diag.Notice].
func (l Level) Severity() diag.Severity {
	switch l {
	case Error:
		return diag.Error
	case Warning:
		return diag.Warning
	}
	return diag.Notice
}

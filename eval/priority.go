package eval

import "strings"

// Priority is how urgent a rule's alerts are; a lower number is more urgent.
type Priority uint8

// The priorities, as syslog has them.
const (
	Emergency Priority = iota
	Alert
	Critical
	Error
	Warning
	Notice
	Informational
	Debug
)

var priorityNames = [...]string{"Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug"}

// Priorities lists all priorities, the most urgent first.
func Priorities() []Priority {
	return []Priority{Emergency, Alert, Critical, Error, Warning, Notice, Informational, Debug}
}

// String returns the name as Falco writes it in alerts.
func (p Priority) String() string { return priorityNames[p] }

// ParsePriority reads a priority's name in any letter case; info is short for
// informational.
func ParsePriority(name string) (Priority, bool) {
	if strings.EqualFold(name, "info") {
		return Informational, true
	}
	for i, n := range priorityNames {
		if strings.EqualFold(name, n) {
			return Priority(i), true
		}
	}
	return 0, false
}

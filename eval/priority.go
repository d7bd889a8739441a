package eval

import (
	"fmt"
	"strings"
)

// Priority is how urgent a rule's alerts are; a lower number is more urgent.
type Priority uint8

// The priorities, as syslog has them.
const (
	PriorityEmergency Priority = iota
	PriorityAlert
	PriorityCritical
	PriorityError
	PriorityWarning
	PriorityNotice
	PriorityInformational
	PriorityDebug
)

var priorityNames = [...]string{"Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug"}

// Priorities lists all priorities, the most urgent first.
func Priorities() []Priority {
	return []Priority{
		PriorityEmergency, PriorityAlert, PriorityCritical, PriorityError,
		PriorityWarning, PriorityNotice, PriorityInformational, PriorityDebug,
	}
}

// String returns the name as Falco writes it in alerts.
func (p Priority) String() string {
	if int(p) < len(priorityNames) {
		return priorityNames[p]
	}
	return fmt.Sprintf("Priority(%d)", uint8(p))
}

// ParsePriority reads a priority's name in any letter case; info is short for
// informational.
func ParsePriority(name string) (Priority, bool) {
	if strings.EqualFold(name, "info") {
		return PriorityInformational, true
	}
	for i, n := range priorityNames {
		if strings.EqualFold(name, n) {
			return Priority(i), true
		}
	}
	return 0, false
}

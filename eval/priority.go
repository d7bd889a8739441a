package eval

import (
	"fmt"
	"strings"
)

// Priority is the priority of a rule's alerts. Lower numbers are more urgent.
type Priority uint8

// The priorities, as in syslog.
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

// Priorities returns all priorities, starting with the most urgent.
func Priorities() []Priority {
	return []Priority{
		PriorityEmergency, PriorityAlert, PriorityCritical, PriorityError,
		PriorityWarning, PriorityNotice, PriorityInformational, PriorityDebug,
	}
}

// String returns the name that Falco writes in alerts.
func (p Priority) String() string {
	if int(p) < len(priorityNames) {
		return priorityNames[p]
	}
	return fmt.Sprintf("Priority(%d)", uint8(p))
}

// ParsePriority returns the priority with the given name, ignoring letter case. It
// accepts info for informational.
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

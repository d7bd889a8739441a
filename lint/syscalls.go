package lint

import "github.com/falcorules/falcorules/fieldsets/syscall"

// typeField is the field with the type of an event.
const typeField = "evt.type"

// isSyscall reports whether a condition is for system calls.
func isSyscall(c *Condition) bool { return c.Source.Name() == syscall.SourceName }

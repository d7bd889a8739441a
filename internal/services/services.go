// Package services knows the ports of services by name.
package services

import (
	_ "embed" // the table
	"strconv"
	"strings"
)

//go:embed services.txt
var table string

// Port returns the port of a service; false says that no service has that name.
func Port(name string) (uint16, bool) {
	for line := range strings.Lines(table) {
		if service, port, _ := strings.Cut(line, " "); service == name {
			n, err := strconv.ParseUint(strings.TrimSpace(port), 10, 16)
			return uint16(n), err == nil
		}
	}
	return 0, false
}

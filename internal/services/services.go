// Package services maps names of network services to ports.
package services

import (
	_ "embed" // the table
	"strconv"
	"strings"
)

//go:embed services.txt
var table string

// Port returns the port of the service with the given name, and whether there is
// one.
func Port(name string) (uint16, bool) {
	for line := range strings.Lines(table) {
		if service, port, _ := strings.Cut(line, " "); service == name {
			n, err := strconv.ParseUint(strings.TrimSpace(port), 10, 16)
			return uint16(n), err == nil
		}
	}
	return 0, false
}

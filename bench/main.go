// Command bench compares falcorules with its performance limits and with other engines, and
// prints a table. BENCHMARKS.md in the repository explains its lines.
//
//	cd bench && go run . [-n RUNS] [-rules DIR] [-only NAME]
//
// The exit status is 1 if a limit is exceeded.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// settings are the flags.
type settings struct {
	runs  int
	rules string // folder of Falco's own rules, or empty for the examples
	dir   string // a temporary folder
}

// comparison is a part of the table.
type comparison struct {
	name, title string
	run         func(settings, *table) error
}

func comparisons() []comparison {
	return []comparison{
		{"audit", "Rules over a file of audit events, whole processes; ratios to the first line", audit},
		{"serve", "Rules over batches of audit events that arrive over HTTP, one core", serving},
		{"syscalls", "Rules of system calls over fixtures in memory", syscalls},
		{"conditions", "One condition over an event in memory; ratios to the first line of each", conditions},
		{"loading", "Rules files, whole processes", loading},
		{"growth", "More events and more rules; ratios to the line before", growth},
	}
}

func main() {
	s := settings{}
	flag.IntVar(&s.runs, "n", 5, "measure everything this many times; the table has the medians")
	flag.StringVar(&s.rules, "rules", official(), "use Falco's own rules in this `folder`; if it is empty, use the examples of this repository")
	only := flag.String("only", "", "run only the comparison with this `name`")
	flag.Parse()
	over, err := run(s, *only)
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(2)
	}
	if over {
		os.Exit(1)
	}
}

// top is the root of the repository, relative to the folder of this command.
const top = ".."

// official returns the folder of Falco's own rules, or nothing if it does not exist.
func official() string {
	conformance := os.Getenv("FALCORULES_CONFORMANCE")
	if conformance == "" {
		conformance = filepath.Join(top, "..", "shared", "conformance")
	}
	dir := filepath.Join(conformance, "official")
	if _, err := os.Stat(dir); err != nil {
		return ""
	}
	return dir
}

// run runs the comparisons and reports whether a limit is exceeded.
func run(s settings, only string) (over bool, err error) {
	if s.runs < 1 {
		return false, fmt.Errorf("invalid -n %d: must be at least 1", s.runs)
	}
	if s.dir, err = os.MkdirTemp("", "falcorules-bench"); err != nil {
		return false, err
	}
	defer os.RemoveAll(s.dir)
	found := false
	for _, c := range comparisons() {
		if only != "" && only != c.name {
			continue
		}
		found = true
		t := &table{}
		if err := c.run(s, t); err != nil {
			return over, fmt.Errorf("%s: %w", c.name, err)
		}
		t.print(os.Stdout, c.title)
		for _, r := range t.rows {
			over = over || r.over
		}
	}
	if !found {
		return false, fmt.Errorf("unknown comparison %q", only)
	}
	return over, nil
}

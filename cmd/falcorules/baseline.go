package main

import (
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/schema"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/loader"
)

// baselineFlags are the flags of lint for findings that are known.
type baselineFlags struct {
	path    string
	write   string
	newFrom string
}

func (f *baselineFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.path, "baseline", "", "do not report or fix the findings in the baseline `file`")
	flags.StringVar(&f.write, "write-baseline", "", "write the findings to the baseline `file` instead of reporting them")
	flags.StringVar(&f.newFrom, "new-from", "", "report and fix only findings that are not in `file`, the output of an earlier run with -o json or -o sarif")
	cmd.MarkFlagsMutuallyExclusive("baseline", "write-baseline")
	cmd.MarkFlagsMutuallyExclusive("new-from", "write-baseline")
}

// knownFindings are findings that lint does not report.
type knownFindings struct {
	// entries are those of the baseline in dir, and run has the fingerprints of an earlier run.
	// Both have how often each occurs.
	entries map[baselineEntry]int
	dir     string
	run     map[string]int
}

// load reads the known findings. The error is one to exit with.
func (f *baselineFlags) load(cmd *cobra.Command) (*knownFindings, error) {
	known := &knownFindings{entries: map[baselineEntry]int{}, dir: filepath.Dir(f.path)}
	var errs diag.List
	if f.path != "" {
		var entries []baselineEntry
		entries, errs = readBaselineFile(f.path)
		for _, e := range entries {
			known.entries[e]++
		}
	}
	if f.newFrom != "" {
		run, more := readRunFile(f.newFrom)
		known.run = run
		errs = append(errs, more...)
	}
	if len(errs) > 0 {
		return nil, reportDiagnostics(cmd, exitCall, errs)
	}
	return known, nil
}

// without returns the findings that are not known, and the entries of the baseline that are
// not among the findings.
func (k *knownFindings) without(findings diag.List) (rest diag.List, stale map[baselineEntry]int) {
	stale, run := maps.Clone(k.entries), maps.Clone(k.run)
	for _, d := range findings {
		entry, sum := entryOf(d, k.dir), ""
		if len(run) > 0 {
			sum = diag.Fingerprint(d)
		}
		switch {
		case stale[entry] > 0:
			stale[entry]--
			if run[sum] > 0 { // it is known twice
				run[sum]--
			}
		case run[sum] > 0:
			run[sum]--
		default:
			rest = append(rest, d)
		}
	}
	return rest, stale
}

// baselineEntry identifies a finding. It has no lines, so that it is valid until the
// finding itself changes.
type baselineEntry struct {
	ID string `json:"id"`
	// File is relative to the folder of the baseline.
	File    string `json:"file"`
	Item    string `json:"item"`
	Message string `json:"message"`
}

// entryOf returns the entry of a finding in a baseline that is in dir.
func entryOf(d *diag.Diagnostic, dir string) baselineEntry {
	items := make([]string, len(d.Within))
	for i, item := range d.Within {
		items[i] = item.Kind + " " + item.Name
	}
	valid := func(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }
	return baselineEntry{string(d.Code), valid(baselineName(d.Range.File, dir)), valid(strings.Join(items, ", ")), valid(d.Message)}
}

// baselineName returns a path relative to dir, with slashes.
func baselineName(path, dir string) string {
	if path == stdinName {
		return path
	}
	name, err := filepath.Rel(absolute(dir), absolute(path))
	if err != nil {
		return path
	}
	return filepath.ToSlash(name)
}

// reportStale reports how many entries of the baseline about files are stale.
func (f *baselineFlags) reportStale(cmd *cobra.Command, files []loader.File, stale map[baselineEntry]int) {
	linted := map[string]bool{}
	for _, file := range files {
		linted[baselineName(file.Name, filepath.Dir(f.path))] = !file.Context
	}
	count := 0
	for e, n := range stale {
		if linted[e.File] {
			count += n
		}
	}
	if count > 0 {
		printLine(cmd.ErrOrStderr(), "%s: %s no longer found; update the file with --write-baseline", f.path, quote.Count(count, "finding"))
	}
}

// save writes the findings to the baseline. It replaces existing files only if they are
// baselines.
func (f *baselineFlags) save(cmd *cobra.Command, findings diag.List) error {
	if _, err := os.Stat(f.write); err == nil {
		if _, errs := readBaselineFile(f.write); len(errs) > 0 {
			return callError("cannot replace %s: it is not a baseline", quote.Name(f.write))
		}
	}
	entries := make([]baselineEntry, len(findings))
	for i, d := range findings {
		entries[i] = entryOf(d, filepath.Dir(f.write))
	}
	text, err := encodeBaseline(entries)
	if err != nil {
		return err
	}
	if err := writeFile(f.write, text, true); err != nil {
		return err
	}
	printLine(cmd.ErrOrStderr(), "wrote %s to %s", quote.Count(len(findings), "finding"), f.write)
	return nil
}

func encodeBaseline(entries []baselineEntry) ([]byte, error) {
	text, err := quote.JSON(struct {
		Findings []baselineEntry `json:"findings"`
	}{append([]baselineEntry{}, entries...)}, "  ")
	return append(text, '\n'), err
}

// maxBaseline is the largest size of a baseline in bytes.
const maxBaseline = 16 << 20

var (
	baselineObject = &schema.Object{Name: "a baseline", Keys: []schema.Key{
		{Name: "findings", Type: schema.ListOf(schema.ObjectOf(findingObject)), Required: true},
	}}
	findingObject = &schema.Object{Name: "a finding", Keys: []schema.Key{
		{Name: "id", Type: schema.Text, Required: true},
		{Name: "file", Type: schema.Text, Required: true},
		{Name: "item", Type: schema.Text, Required: true},
		{Name: "message", Type: schema.Text, Required: true},
	}, KeyHint: func(name string) string {
		if name == "code" {
			return "this is the output of lint: use --new-from"
		}
		return ""
	}}
)

func readBaselineFile(path string) ([]baselineEntry, diag.List) {
	file, errs := openDiagnosed(path, "write the file with falcorules lint --write-baseline FILE …")
	if errs != nil {
		return nil, errs
	}
	defer file.Close()
	return readBaseline(file, path)
}

// readBaseline reads a baseline. JSON is YAML, so errors have positions.
func readBaseline(r io.Reader, name string) ([]baselineEntry, diag.List) {
	data, err := io.ReadAll(io.LimitReader(r, maxBaseline+1))
	c := &schema.Checker{File: yamlfile.NewFile(name, data)}
	switch {
	case err != nil:
		return nil, diag.List{c.File.Errorf(nil, "cannot read: %v", err)}
	case len(data) > maxBaseline:
		return nil, diag.List{c.File.Errorf(nil, "the file has more than %d bytes", maxBaseline)}
	}
	var entries []baselineEntry
	docs := c.Documents()
	if len(docs) != 1 && len(c.Errors) == 0 {
		return nil, diag.List{c.File.Errorf(nil, "want one baseline, got %d documents", len(docs))}
	}
	if len(docs) > 0 && c.Check(docs[0], schema.ObjectOf(baselineObject), baselineObject.Name) {
		for _, n := range docs[0].Get("findings").Content {
			entries = append(entries, baselineEntry{n.Get("id").Value, n.Get("file").Value, n.Get("item").Value, n.Get("message").Value})
		}
	}
	return entries, c.Errors
}

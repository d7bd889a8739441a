package main

import (
	"fmt"
	"io"
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

// baselineFlags are the flags of lint for baselines, which have the findings to accept.
type baselineFlags struct {
	path  string
	write string
}

func (f *baselineFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.path, "baseline", "", "do not report the findings in the baseline `file`")
	cmd.Flags().StringVar(&f.write, "write-baseline", "", "write the findings to the baseline `file` instead of reporting them")
	cmd.MarkFlagsMutuallyExclusive("baseline", "write-baseline")
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

// accept returns the findings that are not in the baseline. It reports how many entries
// about the files are stale. The error is one to exit with.
func (f *baselineFlags) accept(cmd *cobra.Command, files []loader.File, findings diag.List) (diag.List, error) {
	if f.path == "" {
		return findings, nil
	}
	entries, errs := readBaselineFile(f.path)
	if len(errs) > 0 {
		return nil, reportDiagnostics(cmd, exitCall, errs)
	}
	accepted := map[baselineEntry]int{}
	for _, e := range entries {
		accepted[e]++
	}
	dir := filepath.Dir(f.path)
	var rest diag.List
	for _, d := range findings {
		if e := entryOf(d, dir); accepted[e] > 0 {
			accepted[e]--
		} else {
			rest = append(rest, d)
		}
	}
	linted := map[string]bool{}
	for _, file := range files {
		linted[baselineName(file.Name, dir)] = !file.Context
	}
	stale := 0
	for e, n := range accepted {
		if linted[e.File] {
			stale += n
		}
	}
	if stale > 0 {
		printLine(cmd.ErrOrStderr(), "%s: %s not found anymore; update the file with --write-baseline", f.path, quote.Count(stale, "finding"))
	}
	return rest, nil
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
	}}
)

func readBaselineFile(path string) ([]baselineEntry, diag.List) {
	file, err := openRegular(path)
	if err != nil {
		return nil, diag.List{{Range: diag.Range{File: path}, Message: fmt.Sprintf("cannot read: %v", cause(err))}}
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

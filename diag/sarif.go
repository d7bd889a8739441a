package diag

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/internal/quote"
)

// SARIFOptions describe the run that produced the diagnostics. The zero value is usable.
type SARIFOptions struct {
	// Version is the version of the tool, or empty.
	Version string
	// Rule, if not nil, returns the description of a code.
	Rule func(Code) SARIFRule
	// Incomplete means that some input could not be read, so mistakes may be missing.
	Incomplete bool
}

// SARIFRule describes the diagnostics of one code. Both fields are optional.
type SARIFRule struct {
	// Description is one sentence.
	Description string
	// HelpURI is the address of a page about the code.
	HelpURI string
}

// The types below are the parts of SARIF 2.1.0 that WriteSARIF writes.

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool        sarifTool         `json:"tool"`
	Invocations []sarifInvocation `json:"invocations"`
	ColumnKind  string            `json:"columnKind"`
	Results     []sarifResult     `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name           string      `json:"name"`
	Version        string      `json:"version,omitempty"`
	InformationURI string      `json:"informationUri"`
	Rules          []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID               string             `json:"id"`
	ShortDescription *sarifMessage      `json:"shortDescription,omitempty"`
	HelpURI          string             `json:"helpUri,omitempty"`
	Configuration    sarifConfiguration `json:"defaultConfiguration"`
}

type sarifConfiguration struct {
	Level string `json:"level"`
}

type sarifInvocation struct {
	ExecutionSuccessful bool `json:"executionSuccessful"`
}

type sarifMessage struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID           string            `json:"ruleId"`
	RuleIndex        int               `json:"ruleIndex"`
	Level            string            `json:"level"`
	Message          sarifMessage      `json:"message"`
	Locations        []sarifLocation   `json:"locations,omitempty"`
	RelatedLocations []sarifLocation   `json:"relatedLocations,omitempty"`
	Fingerprints     map[string]string `json:"partialFingerprints"`
	Fixes            []sarifFix        `json:"fixes,omitempty"`
}

type sarifLocation struct {
	Physical *sarifPhysical `json:"physicalLocation,omitempty"`
	Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	Message  *sarifMessage  `json:"message,omitempty"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *region       `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI       string `json:"uri"`
	URIBaseID string `json:"uriBaseId,omitempty"`
}

type sarifLogical struct {
	Name          string `json:"name"`
	QualifiedName string `json:"fullyQualifiedName"`
	Kind          string `json:"kind"`
}

type sarifFix struct {
	Changes []sarifChange `json:"artifactChanges"`
}

type sarifChange struct {
	Artifact     sarifArtifact      `json:"artifactLocation"`
	Replacements []sarifReplacement `json:"replacements"`
}

type sarifReplacement struct {
	Deleted  region       `json:"deletedRegion"`
	Inserted sarifContent `json:"insertedContent"`
}

type sarifContent struct {
	Text string `json:"text"`
}

const (
	sarifSchema    = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	informationURI = "https://github.com/falcorules/falcorules"
)

// SARIFFingerprint is the name of the fingerprint that matches results between runs. Its value
// is that of [Fingerprint], a colon, and a number that distinguishes equal results. It is not
// primaryLocationLineHash: GitHub computes that one itself and warns if another tool sends a
// different value.
const SARIFFingerprint = "falcorules/v1"

// WriteSARIF writes diagnostics as a log in the Static Analysis Results Interchange
// Format (SARIF), version 2.1.0, on one line. It leaves out columns if the line is
// unknown, because they must count UTF-16 code units.
func WriteSARIF(w io.Writer, list List, options SARIFOptions) error {
	rules, index := sarifRules(list, options)
	run := sarifRun{
		Tool:        sarifTool{sarifDriver{"falcorules", options.Version, informationURI, rules}},
		Invocations: []sarifInvocation{{ExecutionSuccessful: !options.Incomplete}},
		ColumnKind:  "utf16CodeUnits",
		Results:     []sarifResult{},
	}
	seen, columns := map[string]int{}, newColumns()
	for _, d := range list {
		r := columns.sarifResult(d)
		r.RuleIndex = index[d.Code]
		// The order distinguishes equal results.
		sum := Fingerprint(d)
		seen[sum]++
		r.Fingerprints = map[string]string{SARIFFingerprint: fmt.Sprintf("%s:%d", sum, seen[sum])}
		run.Results = append(run.Results, r)
	}
	return quote.WriteJSON(w, sarifLog{sarifSchema, "2.1.0", []sarifRun{run}}, "")
}

// sarifRules returns the codes in use and the index of each of them.
func sarifRules(list List, options SARIFOptions) ([]sarifRule, map[Code]int) {
	levels := map[Code]string{}
	for _, d := range list {
		levels[d.Code] = sarifLevel(d.Severity)
	}
	rules, index := []sarifRule{}, map[Code]int{}
	for i, code := range slices.Sorted(maps.Keys(levels)) {
		rule := sarifRule{ID: string(code), Configuration: sarifConfiguration{levels[code]}}
		if options.Rule != nil {
			info := options.Rule(code)
			if info.Description != "" {
				description := sarifText(info.Description)
				rule.ShortDescription = &description
			}
			rule.HelpURI = info.HelpURI
		}
		rules, index[code] = append(rules, rule), i
	}
	return rules, index
}

func sarifLevel(s Severity) string {
	if s == Notice {
		return "note"
	}
	return s.String()
}

func (c *columns) sarifResult(d *Diagnostic) sarifResult {
	r := sarifResult{RuleID: string(d.Code), Level: sarifLevel(d.Severity), Message: sarifText(d.withHint())}
	at := sarifLocation{Physical: c.sarifLocationOf(d.Range, d.Line), Logical: sarifItems(d)}
	if at.Physical != nil || at.Logical != nil {
		r.Locations = []sarifLocation{at}
	}
	for _, rel := range d.Related {
		message := sarifText(rel.Message)
		r.RelatedLocations = append(r.RelatedLocations, sarifLocation{
			Physical: c.sarifLocationOf(rel.Range, lineOf(d, rel.Range)), Message: &message,
		})
	}
	if fix, ok := c.sarifFix(d); ok {
		r.Fixes = []sarifFix{fix}
	}
	return r
}

// lineOf returns the line that a range starts in if it is the diagnostic's own.
func lineOf(d *Diagnostic, r Range) string {
	if r.File == d.Range.File && r.Start.Line == d.Range.Start.Line {
		return d.Line
	}
	return ""
}

// sarifFix returns the edits of a diagnostic as one fix. All of its ranges
// must be known exactly, or applying it would damage the file.
func (c *columns) sarifFix(d *Diagnostic) (sarifFix, bool) {
	changes := map[string]*sarifChange{}
	var order []string
	for _, e := range d.Edits {
		at := c.sarifLocationOf(e.Range, lineOf(d, e.Range))
		if at == nil || at.Region == nil || at.Region.EndColumn == 0 {
			return sarifFix{}, false
		}
		change := changes[e.Range.File]
		if change == nil {
			change = &sarifChange{Artifact: at.Artifact}
			changes[e.Range.File] = change
			order = append(order, e.Range.File)
		}
		change.Replacements = append(change.Replacements, sarifReplacement{*at.Region, sarifContent{valid(e.Text)}})
	}
	var fix sarifFix
	for _, file := range order {
		fix.Changes = append(fix.Changes, *changes[file])
	}
	return fix, len(order) > 0
}

// sarifText returns a text as a message. A single brace would begin a
// placeholder.
func sarifText(text string) sarifMessage {
	return sarifMessage{strings.NewReplacer("{", "{{", "}", "}}").Replace(valid(text))}
}

// sarifLocationOf returns the location of a range, or nil if the range has no file.
func (c *columns) sarifLocationOf(r Range, line string) *sarifPhysical {
	if r.File == "" {
		return nil
	}
	place := &sarifPhysical{Artifact: sarifArtifactOf(r.File)}
	if r.Start.IsValid() {
		region := c.region(r, line)
		place.Region = &region
	}
	return place
}

// sarifArtifactOf returns the location of a file. A path inside the working directory
// is relative to the root of the sources; any other path is absolute, because
// viewers reject locations outside of the root.
func sarifArtifactOf(file string) sarifArtifact {
	slashed := path.Clean(filepath.ToSlash(file))
	if slashed == ".." || strings.HasPrefix(slashed, "../") {
		if abs, err := filepath.Abs(file); err == nil {
			return sarifArtifact{URI: fileURI(abs)}
		}
	}
	if filepath.IsAbs(file) {
		return sarifArtifact{URI: fileURI(file)}
	}
	return sarifArtifact{URI: fileURI(file), URIBaseID: "%SRCROOT%"}
}

// fileURI returns the URI of a file, which is relative if the name is.
func fileURI(name string) string {
	var b strings.Builder
	slashed := filepath.ToSlash(filepath.Clean(name))
	if filepath.IsAbs(name) {
		b.WriteString("file:")
		if !strings.HasPrefix(slashed, "//") { // otherwise a host follows
			b.WriteString("//")
		}
		if !strings.HasPrefix(slashed, "/") { // a drive letter
			b.WriteByte('/')
		}
	}
	for i := range len(slashed) {
		switch c := slashed[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~/", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// sarifItems returns the items that a diagnostic is in, outermost first.
func sarifItems(d *Diagnostic) []sarifLogical {
	var out []sarifLogical
	name := ""
	for _, item := range d.Within {
		name += item.Kind + ":" + item.Name
		out = append(out, sarifLogical{valid(item.Name), valid(name), item.Kind})
		name += "/"
	}
	return out
}

// Fingerprint identifies a diagnostic across runs, by its code, file, items and message. It
// does not change if lines are inserted before it.
func Fingerprint(d *Diagnostic) string {
	parts := []string{string(d.Code), fileURI(d.Range.File)}
	for _, item := range d.Within {
		parts = append(parts, item.Kind, item.Name)
	}
	parts = append(parts, d.Message)
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

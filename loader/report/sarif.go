package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/falcorules/falcorules/loader"
)

// The types below are the part of SARIF 2.1.0 that is written.

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
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI       string `json:"uri"`
	URIBaseID string `json:"uriBaseId,omitempty"`
}

// sarifRegion is a range of a file; what is 0 is not known.
type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn,omitempty"`
	EndLine     int `json:"endLine,omitempty"`
	EndColumn   int `json:"endColumn,omitempty"`
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
	Deleted  sarifRegion  `json:"deletedRegion"`
	Inserted sarifContent `json:"insertedContent"`
}

type sarifContent struct {
	Text string `json:"text"`
}

const (
	sarifSchema    = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	informationURI = "https://github.com/falcorules/falcorules"
	// fingerprint names the way in which results are told apart. It is not the
	// primaryLocationLineHash that GitHub works out from the file itself, and
	// would warn of where another value is given.
	fingerprint = "falcorules/v1"
)

// SARIF writes the diagnostics of a ruleset as a log in the Static Analysis
// Results Interchange Format, version 2.1.0, in one line; version is that of
// this project, or empty. Columns count UTF-16 code units there; one that cannot
// be converted, since the text of its line is not known, is left out.
func SARIF(w io.Writer, set *loader.Ruleset, version string) error {
	rules, index := sarifRules(set)
	run := sarifRun{
		Tool:        sarifTool{sarifDriver{"falcorules", version, informationURI, rules}},
		Invocations: []sarifInvocation{{ExecutionSuccessful: true}},
		ColumnKind:  "utf16CodeUnits",
		Results:     []sarifResult{},
	}
	seen := map[string]int{}
	for _, list := range all(set) {
		for _, d := range list {
			if d.Code == loader.ErrFileRead {
				run.Invocations[0].ExecutionSuccessful = false // not all was checked
			}
			r := sarifResultOf(d)
			r.RuleIndex = index[d.Code]
			// Alike results are told apart by their order.
			sum := sarifFingerprint(d)
			seen[sum]++
			r.Fingerprints = map[string]string{fingerprint: fmt.Sprintf("%s:%d", sum, seen[sum])}
			run.Results = append(run.Results, r)
		}
	}
	return writeJSON(w, sarifLog{sarifSchema, "2.1.0", []sarifRun{run}})
}

// sarifRules returns the codes that occur, and the place of each among them.
func sarifRules(set *loader.Ruleset) ([]sarifRule, map[loader.Code]int) {
	levels := map[loader.Code]string{}
	for _, list := range all(set) {
		for _, d := range list {
			levels[d.Code] = sarifLevel(d.Severity)
		}
	}
	rules, index := []sarifRule{}, map[loader.Code]int{}
	for i, code := range slices.Sorted(maps.Keys(levels)) {
		rule := sarifRule{ID: string(code), Configuration: sarifConfiguration{levels[code]}}
		if text := code.Description(); text != "" {
			description := sarifText(text)
			rule.ShortDescription = &description
		}
		rules, index[code] = append(rules, rule), i
	}
	return rules, index
}

func sarifLevel(s loader.Severity) string {
	if s == loader.SeverityNotice {
		return "note"
	}
	return s.String()
}

func sarifResultOf(d *loader.Diagnostic) sarifResult {
	r := sarifResult{RuleID: string(d.Code), Level: sarifLevel(d.Severity), Message: sarifText(withHint(d))}
	at := sarifLocation{Physical: sarifPlace(d.Position.File, regionOf(d)), Logical: sarifItems(d)}
	if at.Physical != nil || at.Logical != nil {
		r.Locations = []sarifLocation{at}
	}
	for _, rel := range d.Related {
		message := sarifText(rel.Message)
		r.RelatedLocations = append(r.RelatedLocations, sarifLocation{
			Physical: sarifPlace(rel.Position.File, relatedRegion(d, rel)), Message: &message,
		})
	}
	// A fix of a range that is not known exactly would break the file.
	if p := at.Physical; d.Fix != nil && p != nil && p.Region != nil && p.Region.EndColumn > 0 {
		replace := sarifReplacement{*p.Region, sarifContent{d.Fix.Text}}
		r.Fixes = []sarifFix{{[]sarifChange{{p.Artifact, []sarifReplacement{replace}}}}}
	}
	return r
}

// sarifText returns a text as a message, in which a single brace would begin a
// placeholder.
func sarifText(text string) sarifMessage {
	return sarifMessage{strings.NewReplacer("{", "{{", "}", "}}").Replace(text)}
}

// withHint returns what is wrong, and the way out.
func withHint(d *loader.Diagnostic) string {
	if d.Hint == "" {
		return d.Message
	}
	return d.Message + " (" + d.Hint + ")"
}

// sarifPlace returns a place in a file, or nil where there is no file.
func sarifPlace(file string, region *sarifRegion) *sarifPhysical {
	if file == "" {
		return nil
	}
	if clean := filepath.ToSlash(filepath.Clean(file)); clean == ".." || strings.HasPrefix(clean, "../") {
		// A relative URI may not leave its base.
		if absolute, err := filepath.Abs(file); err == nil {
			file = absolute
		}
	}
	artifact := sarifArtifact{URI: fileURI(file)}
	if !filepath.IsAbs(file) {
		artifact.URIBaseID = "%SRCROOT%"
	}
	return &sarifPhysical{artifact, region}
}

// fileURI returns the URI of a file: absolute or relative as its name is.
func fileURI(name string) string {
	var b strings.Builder
	slashed := filepath.ToSlash(filepath.Clean(name))
	if filepath.IsAbs(name) {
		b.WriteString("file:")
		if !strings.HasPrefix(slashed, "//") { // else the host comes first
			b.WriteString("//")
		}
		if !strings.HasPrefix(slashed, "/") { // a drive
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

// regionOf returns the place of a diagnostic in its file, or nil where it is the
// file as a whole.
func regionOf(d *loader.Diagnostic) *sarifRegion {
	if d.Position.Line < 1 {
		return nil
	}
	r := &sarifRegion{StartLine: d.Position.Line, StartColumn: column(d.Source, d.Position.Column)}
	end := d.End
	if end.Line < r.StartLine || end.Line == r.StartLine && end.Column < d.Position.Column {
		return r
	}
	r.EndLine = end.Line
	switch {
	case r.StartColumn == 0: // then the lines are all that is known
	case end.Line == r.StartLine:
		r.EndColumn = column(d.Source, end.Column)
	case end.Column == 1:
		r.EndColumn = 1
	}
	return r
}

// relatedRegion is regionOf for a place whose line may not be known.
func relatedRegion(d *loader.Diagnostic, rel loader.Related) *sarifRegion {
	at := rel.Position
	if at.Line < 1 {
		return nil
	}
	line := ""
	if at.File == d.Position.File && at.Line == d.Position.Line {
		line = d.Source
	}
	return &sarifRegion{StartLine: at.Line, StartColumn: column(line, at.Column)}
}

// column returns a column in UTF-16 code units for one in bytes, both from 1, or
// 0 where it does not lie in the line. A byte that is not UTF-8 counts as one,
// as the character that stands in for it.
func column(line string, bytes int) int {
	if bytes < 1 || bytes > len(line)+1 {
		return 0
	}
	n := 1
	for i, r := range line {
		if i >= bytes-1 {
			break
		}
		n += utf16.RuneLen(r)
	}
	return n
}

// sarifItems returns the items that a diagnostic lies in, outermost first.
func sarifItems(d *loader.Diagnostic) []sarifLogical {
	var out []sarifLogical
	way := ""
	for _, l := range d.Path() {
		switch l.Type {
		case "rule", "macro", "list", "exception":
			if l.Name != "" {
				way += l.Type + ":" + l.Name
				out = append(out, sarifLogical{l.Name, way, l.Type})
				way += "/"
			}
		}
	}
	return out
}

// sarifFingerprint returns what stays of a diagnostic when lines are put in
// before it.
func sarifFingerprint(d *loader.Diagnostic) string {
	parts := []string{string(d.Code), fileURI(d.Position.File)}
	for _, item := range sarifItems(d) {
		parts = append(parts, item.Kind, item.Name)
	}
	parts = append(parts, d.Message)
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

package syscall_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// eventsConformanceDir returns the folder of Falco's answers, or skips the test.
func eventsConformanceDir(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("long")
	}
	dir := os.Getenv("FALCORULES_CONFORMANCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "conformance")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no conformance data; set FALCORULES_CONFORMANCE to its folder")
	}
	return dir
}

// rulesFacts is what rules files say of their rules: the source where it is
// another than syscall, and whether warn_evttypes is given.
type rulesFacts struct {
	source map[string]string
	warn   map[string]bool
}

func readRulesFacts(t *testing.T, files []string) rulesFacts {
	t.Helper()
	facts := rulesFacts{map[string]string{}, map[string]bool{}}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		docs, _ := yamlfile.Read(data)
		for _, doc := range docs {
			var items []map[string]any
			if err := doc.Decode(&items); err != nil {
				break
			}
			for _, item := range items {
				name, _ := item["rule"].(string)
				// What changes a rule leaves its source alone.
				if source, _ := item["source"].(string); item["override"] == nil && item["append"] == nil {
					switch source {
					case "k8s_audit", "aws_cloudtrail", "gcp_auditlog", "okta", "github":
						facts.source[name] = source
					}
				}
				if _, ok := item["warn_evttypes"]; ok {
					facts.warn[name] = true
				}
			}
		}
	}
	return facts
}

// eventList is a list of events as the data has it: in full, or its length and
// the SHA-1 of its lines.
type eventList struct {
	names []string
	Count int
	SHA1  string
}

func (l *eventList) UnmarshalJSON(data []byte) error {
	if data[0] == '[' {
		return json.Unmarshal(data, &l.names)
	}
	type plain eventList
	return json.Unmarshal(data, (*plain)(l))
}

func (l *eventList) equal(names []string) bool {
	if l.SHA1 == "" {
		return slices.Equal(names, l.names)
	}
	sum := sha1.Sum([]byte(strings.Join(names, "\n")))
	return l.Count == len(names) && l.SHA1 == hex.EncodeToString(sum[:])
}

// Falco shows values without the quotes that they need: empty ones, and those
// in parentheses in a list. A backslash at the end of a value hides its quote.
var (
	emptyValue  = regexp.MustCompile(`((?:[=<>]|\b(?:contains|startswith|endswith|glob|regex)) |\(|, )( |\)|$|, )`)
	parentheses = regexp.MustCompile(`, (\([^() ]+\))(,|\))`)
	backslash   = regexp.MustCompile(`([ (])"[^" ]*\\"`)
)

// readable changes the values in a condition as Falco shows it so that it can be
// read; none of them is an event type.
func readable(condition string) string {
	condition = backslash.ReplaceAllString(condition, `$1"x"`)
	condition = emptyValue.ReplaceAllString(condition, `$1""$2`)
	return parentheses.ReplaceAllString(condition, `, "$1"$2`)
}

// TestEventsConformance holds the events of conditions, and which rules are
// warned of, against what Falco answered.
func TestEventsConformance(t *testing.T) {
	dir := eventsConformanceDir(t)
	for _, set := range []string{"load-evttypes", "load-generated", "load-upstream", "official", "load-multi"} {
		data, err := os.ReadFile(filepath.Join(dir, set+".jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		rules, events, others, warned := 0, 0, 0, 0
		for line := range bytes.Lines(data) {
			var row struct {
				File    string
				Files   []string
				Results []struct {
					Successful bool
					Warnings   []struct {
						Code    string
						Context struct {
							Locations []struct {
								Name string `json:"item_name"`
								Type string `json:"item_type"`
							}
						}
					}
				}
				Describe *struct {
					Rules []struct {
						Name, Condition string
						Events          eventList
					}
				}
			}
			if err := json.Unmarshal(line, &row); err != nil {
				t.Fatal(err)
			}
			if row.Describe == nil {
				continue
			}
			if row.File != "" {
				row.Files = []string{row.File}
			}
			paths := make([]string, len(row.Files))
			for i, name := range row.Files {
				paths[i] = filepath.Join(dir, set, name)
			}
			facts := readRulesFacts(t, paths)
			// The last file's result is about all rules.
			warnings := map[string]bool{}
			for _, w := range row.Results[len(row.Results)-1].Warnings {
				if w.Code == "LOAD_NO_EVTTYPE" {
					at := w.Context.Locations[1]
					if at.Type != "rule" {
						t.Fatalf("%s: a warning about a %s", row.Files, at.Type)
					}
					warnings[at.Name] = true
				}
			}
			for _, rule := range row.Describe.Rules {
				rules++
				source := facts.source[rule.Name]
				var x ast.Expr
				if source == "" {
					x = condition(t, readable(rule.Condition))
				} else {
					others++ // the condition does not matter
				}
				got, err := syscall.EventNames(source, x)
				if err != nil {
					t.Errorf("%s %s: %v", row.Files, rule.Name, err)
					continue
				}
				if rule.Events.equal(got) {
					events++
				} else {
					t.Errorf("%s %s: events %q, want %q of %d\n%s", row.Files, rule.Name, got, rule.Events.names, rule.Events.Count, rule.Condition)
				}
				if source != "" {
					continue
				}
				s, err := syscall.EventsOf(x)
				if err != nil {
					t.Fatal(err)
				}
				many := s.Len() > 100
				if warnings[rule.Name] != many && (warnings[rule.Name] || !facts.warn[rule.Name]) {
					t.Errorf("%s %s: %d codes, warned: %v\n%s", row.Files, rule.Name, s.Len(), warnings[rule.Name], rule.Condition)
				}
				if warnings[rule.Name] {
					warned++
				}
				delete(warnings, rule.Name)
			}
			for name := range warnings {
				t.Errorf("%s: a warning about %s, which is not described", row.Files, name)
			}
		}
		t.Logf("%s: events of %d of %d rules equal, %d of them of other sources; %d warnings", set, events, rules, others, warned)
	}
}

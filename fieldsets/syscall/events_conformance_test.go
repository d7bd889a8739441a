package syscall_test

import (
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
	"github.com/falcorules/falcorules/internal/conformance"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// rulesFacts has data from rules files: the sources of rules other than syscall, and the
// rules with warn_evttypes.
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
				// Appending and overriding do not change the source.
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

// eventList is a list of events in the data: the full list, or its length and SHA-1.
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

// Falco prints empty values, and values in parentheses in a list, without the required
// quotes. A backslash at the end of a value escapes its quote.
var (
	emptyValue  = regexp.MustCompile(`((?:[=<>]|\b(?:contains|startswith|endswith|glob|regex)) |\(|, )( |\)|$|, )`)
	parentheses = regexp.MustCompile(`, (\([^() ]+\))(,|\))`)
	backslash   = regexp.MustCompile(`([ (])"[^" ]*\\"`)
)

// readable changes values in a condition printed by Falco so that it can be parsed. None
// of them is an event type.
func readable(condition string) string {
	condition = backslash.ReplaceAllString(condition, `$1"x"`)
	condition = emptyValue.ReplaceAllString(condition, `$1""$2`)
	return parentheses.ReplaceAllString(condition, `, "$1"$2`)
}

// describedRules is Falco's result and description of rules files.
type describedRules struct {
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

// warned returns the names of the rules for which Falco warns about too many events.
func (d *describedRules) warned(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	// The result of the last file has all rules.
	for _, w := range d.Results[len(d.Results)-1].Warnings {
		if w.Code != "LOAD_NO_EVTTYPE" {
			continue
		}
		at := w.Context.Locations[1]
		if at.Type != "rule" {
			t.Fatalf("a warning about a %s", at.Type)
		}
		names[at.Name] = true
	}
	return names
}

// TestEventsConformance compares the events of conditions and the warnings about too many
// events with Falco's.
func TestEventsConformance(t *testing.T) {
	dir := conformance.Dir(t)
	for _, set := range []string{"load-evttypes", "load-generated", "load-upstream", "official", "load-multi"} {
		conformance.Run(t, filepath.Join(dir, set+".jsonl"), func(t *testing.T, row describedRules) {
			if row.Describe == nil {
				return
			}
			if row.File != "" {
				row.Files = []string{row.File}
			}
			paths := make([]string, len(row.Files))
			for i, name := range row.Files {
				paths[i] = filepath.Join(dir, set, name)
			}
			facts := readRulesFacts(t, paths)
			warned := row.warned(t)
			for _, rule := range row.Describe.Rules {
				source := facts.source[rule.Name]
				var x ast.Expr // not needed for other sources
				if source == "" {
					x = condition(t, readable(rule.Condition))
				}
				got, err := syscall.EventNames(source, x)
				if err != nil {
					t.Errorf("%s %s: %v", row.Files, rule.Name, err)
					continue
				}
				if !rule.Events.equal(got) {
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
				if warned[rule.Name] != many && (warned[rule.Name] || !facts.warn[rule.Name]) {
					t.Errorf("%s %s: %d codes, warned: %v\n%s", row.Files, rule.Name, s.Len(), warned[rule.Name], rule.Condition)
				}
				delete(warned, rule.Name)
			}
			for name := range warned {
				t.Errorf("%s: a warning about %s, which is not described", row.Files, name)
			}
		})
	}
}

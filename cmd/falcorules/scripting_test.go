package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/subtest"
)

const scriptingPage = "../../docs/scripting.md"

// TestExitStatuses runs the commands that docs/scripting.md lists with their exit statuses,
// and checks that it lists every command.
func TestExitStatuses(t *testing.T) {
	listed := ""
	for _, row := range tableRows(t, scriptingPage, regexp.MustCompile(`^[0-9]+$`)) {
		command, want := row[0], row[1]
		listed += command + "\n"
		t.Run(subtest.Name(strings.TrimPrefix(command, "falcorules ")), func(t *testing.T) {
			status, stdout, stderr := runLine(t, "../..", command)
			if got := strconv.Itoa(status); got != want {
				t.Errorf("exit status %s, want %s\n%s%s", got, want, stdout, stderr)
			}
		})
	}
	helpTexts(t, func(name, _ string) {
		if name != "falcorules help" && !strings.Contains(listed, name) {
			t.Errorf("%s has no exit statuses on the page", name)
		}
	})
}

// TestOutputFormats compares the output formats in docs/scripting.md with those of the
// commands.
func TestOutputFormats(t *testing.T) {
	key := regexp.MustCompile("the keys? ((?:`[a-z_]+`(?:, | and )?)+)")
	listed := ""
	for _, row := range tableRows(t, scriptingPage, regexp.MustCompile(`^(?:[a-z]+, )+[a-z]+$`)) {
		command, formats := row[0], strings.Split(row[1], ", ")
		listed += command + "\n"
		for _, format := range formats {
			t.Run(subtest.Name(strings.TrimPrefix(command, "falcorules "))+"/"+format, func(t *testing.T) {
				status, stdout, stderr := runLine(t, "../..", command+" -o "+format)
				if status == exitCall || stdout == "" {
					t.Fatalf("exit status %d, output %q\n%s", status, stdout, stderr)
				}
				switch format {
				case formats[0]:
					if _, other, _ := runLine(t, "../..", command); other != stdout {
						t.Error("this is not the default")
					}
				case "json":
					objects := decodeObjects(t, stdout)
					lines := strings.HasPrefix(row[2], "lines ")
					if lines && len(objects) != strings.Count(stdout, "\n") || !lines && len(objects) != 1 {
						t.Errorf("%d objects:\n%s", len(objects), stdout)
					}
					if parts := key.FindStringSubmatch(row[2]); parts != nil {
						for _, name := range regexp.MustCompile("[a-z_]+`").FindAllString(parts[1], -1) {
							if _, ok := objects[0][strings.TrimSuffix(name, "`")]; !ok {
								t.Errorf("there is no key `%s", name)
							}
						}
					}
				case "sarif":
					if objects := decodeObjects(t, stdout); len(objects) != 1 || objects[0]["runs"] == nil {
						t.Errorf("not SARIF:\n%s", stdout)
					}
				case "junit":
					var suites struct {
						XMLName xml.Name `xml:"testsuites"`
					}
					if err := xml.Unmarshal([]byte(stdout), &suites); err != nil {
						t.Errorf("%v\n%s", err, stdout)
					}
				}
			})
		}
		t.Run(subtest.Name(strings.TrimPrefix(command, "falcorules "))+"/others", func(t *testing.T) {
			last := len(formats) - 1
			want := strings.Join(formats[:last], ", ") + " or " + formats[last]
			if status, _, stderr := runLine(t, "../..", command+" -o other"); status != exitCall || stderr != `falcorules: invalid --output "other": want `+want+"\n" {
				t.Errorf("exit status %d: %s", status, stderr)
			}
		})
	}
	helpTexts(t, func(name, help string) {
		if strings.Contains(help, "  -o, --output format") && !strings.Contains(listed, name) && name != "falcorules serve" && name != "falcorules fixture" {
			t.Errorf("%s has no output formats on the page", name)
		}
	})
}

// tableRows returns the cells of those table rows on a page whose second cell matches, and
// whose first is a command, without its backticks.
func tableRows(t *testing.T, page string, second *regexp.Regexp) [][]string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for _, parts := range regexp.MustCompile("(?m)^\\| `(falcorules [^`]+)` \\| ([^|]+) \\| (.+) \\|$").FindAllStringSubmatch(string(text), -1) {
		if second.MatchString(parts[2]) {
			rows = append(rows, parts[1:])
		}
	}
	if len(rows) == 0 {
		t.Fatal("there is no such table")
	}
	return rows
}

// decodeObjects returns the JSON objects in a text.
func decodeObjects(t *testing.T, text string) []map[string]any {
	t.Helper()
	var objects []map[string]any
	for d := json.NewDecoder(strings.NewReader(text)); ; {
		var object map[string]any
		if err := d.Decode(&object); errors.Is(err, io.EOF) {
			return objects
		} else if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		objects = append(objects, object)
	}
}

// TestScriptingExample runs the example in docs/scripting.md.
func TestScriptingExample(t *testing.T) {
	if _, err := exec.LookPath("jq"); err != nil {
		t.Skip("jq is not installed")
	}
	page, err := os.ReadFile(scriptingPage)
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(page), "## An example\n")
	_, example, _ = strings.Cut(example, "```sh\n")
	script, example, _ := strings.Cut(example, "```\n")
	_, example, _ = strings.Cut(example, "```text\n")
	want, _, _ := strings.Cut(example, "```")
	work := t.TempDir()
	copyExamples(t, filepath.Join(work, "examples"), []string{"check/rules.yaml"})
	if status, got, stderr := runLine(t, work, script); status != exitOK || got != want {
		t.Errorf("exit status %d, output\n%swant\n%s%s", status, got, want, stderr)
	}
}

package parser_test

import (
	"errors"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/parser"
)

// TestHints checks the hints about operators of other languages, about names of fields
// without a dot, and about comments.
func TestHints(t *testing.T) {
	for condition, want := range map[string]string{
		"a.b === c":                  "use = for equality",
		"a.b := c":                   "use = for equality",
		"a.b: c":                     "use = for equality",
		"a.b eq c":                   "use = for equality",
		"a.b is c":                   "use = for equality",
		"a.b <> c":                   "use != for inequality",
		"a.b !== c":                  "use != for inequality",
		"a.b is not c":               "use != for inequality",
		"a.b is null":                `use "not field exists" to test for a missing value`,
		"a.b isnull":                 `use "not field exists" to test for a missing value`,
		"(a.b is null)":              `use "not field exists" to test for a missing value`,
		"a.b is not null":            "use exists to test for a value",
		"a.b => 3":                   "use >= for greater than or equal",
		"a.b =< 3":                   "use <= for less than or equal",
		"a.b gt 3":                   "use >",
		"a.b -gt 3":                  "use >",
		"a.b =~ 'c'":                 "use regex for regular expressions",
		"a.b ~= c":                   "use regex for regular expressions",
		"a.b matches c":              "use regex for regular expressions",
		"a.b LIKE c":                 "use glob for shell patterns",
		"a.b CONTAINS c":             "did you mean contains?",
		"a.b has c":                  "did you mean contains?",
		"a.b contains_any (c)":       "did you mean contains anyof?",
		"a.b containsany (c)":        "did you mean contains anyof?",
		"a.b regexp c":               "use regex for regular expressions",
		"a.b intersect (c)":          "did you mean intersects?",
		"a.b pmatches (c)":           "did you mean pmatch?",
		"a.b iendswith c":            "use tolower(field) endswith … to ignore letter case",
		"a.b imatches c":             "use tolower(field) regex … to ignore letter case",
		"a.b iequals c":              "use tolower(field) = … to ignore letter case",
		"a.b ~~ c":                   "use glob for shell patterns",
		"a.b ^= c":                   "",
		"a.b beginsWith c":           "did you mean startswith?",
		"a.b ends_with c":            "did you mean endswith?",
		"a.b one_of (c)":             "did you mean in?",
		"a.b !~ c":                   `write "not" before the field: not field regex …`,
		"a.b nin (c)":                `write "not" before the field: not field in (…)`,
		"a.b !in (c)":                `write "not" before the field: not field in (…)`,
		"a.b not startswith c":       `write "not" before the field: not field startswith …`,
		"a.b doesnotcontain c":       `write "not" before the field: not field contains …`,
		"a.b not exists":             `write "not" before the field: not field exists`,
		"a.b between c and d":        "use two checks, one with >= and one with <=",
		"a.b frobnicates c":          "",
		"CommandLine contains c":     "CommandLine was parsed as a macro; did you mean proc.cmdline, a field of source syscall?",
		"DestinationIp like '10'":    "DestinationIp was parsed as a macro; did you mean fd.sip, a field of source syscall?",
		"frobnicate = c":             "frobnicate was parsed as a macro; names of fields contain a dot",
		"a.b[*].c = d":               "the name of a field must end before its argument in brackets",
		"proc.ancestors[2].name = a": "did you mean proc.aname[2], a field of source syscall?",
		"ka.req.pod.spec.containers[].securityContext.privileged=true": "did you mean ka.req.pod.containers.privileged, a field of source k8s_audit?",
		"a.b[].c = d": "",
		"audit.requestObject.spec.containers[*].image = c": "did you mean ka.req.pod.containers.image, a field of source k8s_audit?",
		"a.b = c # d":               "conditions cannot contain comments, not even on lines of their own; put the comment above the key",
		"a.b = c and\n# d\ne.f = g": "conditions cannot contain comments, not even on lines of their own; put the comment above the key",
		"a.b in (c, # d\ne)":        "conditions cannot contain comments, not even on lines of their own; put the comment above the key",
		"a.b in (c # d\n)":          "conditions cannot contain comments, not even on lines of their own; put the comment above the key",
	} {
		t.Run(condition, func(t *testing.T) {
			_, err := parser.Condition(condition)
			var errs diag.List
			if !errors.As(err, &errs) {
				t.Fatalf("got error %v", err)
			}
			if errs[0].Hint != want {
				t.Errorf("got %q, want %q", errs[0].Hint, want)
			}
		})
	}
}

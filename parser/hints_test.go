package parser_test

import (
	"errors"
	"testing"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/parser"
)

// TestHints looks at what is said to operators of other languages, to names of
// fields without a dot, and to comments.
func TestHints(t *testing.T) {
	for condition, want := range map[string]string{
		"a.b === c":               "equality is written =",
		"a.b := c":                "equality is written =",
		"a.b: c":                  "equality is written =",
		"a.b eq c":                "equality is written =",
		"a.b is c":                "equality is written =",
		"a.b <> c":                "inequality is written !=",
		"a.b !== c":               "inequality is written !=",
		"a.b is not c":            "inequality is written !=",
		"a.b is null":             "not stands before the field: not field exists",
		"a.b isnull":              "not stands before the field: not field exists",
		"(a.b is null)":           "not stands before the field: not field exists",
		"a.b is not null":         "whether there is a value is asked with exists",
		"a.b => 3":                "greater or equal is written >=",
		"a.b =< 3":                "less or equal is written <=",
		"a.b gt 3":                "in this language it is written >",
		"a.b -gt 3":               "in this language it is written >",
		"a.b =~ 'c'":              "regular expressions are written regex",
		"a.b ~= c":                "regular expressions are written regex",
		"a.b matches c":           "regular expressions are written regex",
		"a.b LIKE c":              "shell patterns are written glob",
		"a.b CONTAINS c":          "did you mean contains?",
		"a.b has c":               "did you mean contains?",
		"a.b contains_any (c)":    "did you mean contains anyof?",
		"a.b containsany (c)":     "did you mean contains anyof?",
		"a.b regexp c":            "regular expressions are written regex",
		"a.b intersect (c)":       "did you mean intersects?",
		"a.b pmatches (c)":        "did you mean pmatch?",
		"a.b iendswith c":         "to ignore the case of letters write tolower(field) endswith …",
		"a.b imatches c":          "to ignore the case of letters write tolower(field) regex …",
		"a.b iequals c":           "to ignore the case of letters write tolower(field) = …",
		"a.b ~~ c":                "shell patterns are written glob",
		"a.b ^= c":                "",
		"a.b beginsWith c":        "did you mean startswith?",
		"a.b ends_with c":         "did you mean endswith?",
		"a.b one_of (c)":          "did you mean in?",
		"a.b !~ c":                "not stands before the field: not field regex …",
		"a.b nin (c)":             "not stands before the field: not field in (…)",
		"a.b !in (c)":             "not stands before the field: not field in (…)",
		"a.b not startswith c":    "not stands before the field: not field startswith …",
		"a.b doesnotcontain c":    "not stands before the field: not field contains …",
		"a.b not exists":          "not stands before the field: not field exists",
		"a.b between c and d":     "write two checks, one with >= and one with <=",
		"a.b frobnicates c":       "",
		"CommandLine contains c":  "CommandLine was read as a macro; did you mean proc.cmdline, a field of source syscall?",
		"DestinationIp like '10'": "DestinationIp was read as a macro; did you mean fd.sip, a field of source syscall?",
		"frobnicate = c":          "frobnicate was read as a macro; the name of a field has a dot in it",
		"a.b[*].c = d":            "the name of a field ends before its argument in brackets",
		"audit.requestObject.spec.containers[*].image = c": "did you mean ka.req.pod.containers.image, a field of source k8s_audit?",
		"a.b = c # d":               "a condition has no comments: in a text of several lines # is part of it; put the comment above the key",
		"a.b = c and\n# d\ne.f = g": "a condition has no comments: in a text of several lines # is part of it; put the comment above the key",
		"a.b in (c, # d\ne)":        "a condition has no comments: in a text of several lines # is part of it; put the comment above the key",
		"a.b in (c # d\n)":          "a condition has no comments: in a text of several lines # is part of it; put the comment above the key",
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

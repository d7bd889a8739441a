package diag

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"testing"
)

func TestError(t *testing.T) {
	d := &Diagnostic{Message: "no such file", Range: Range{File: "a.yaml"}, Err: fs.ErrNotExist}
	full := &Diagnostic{Code: "CODE", Message: "undefined", Hint: "define it", Range: Range{File: "a.yaml", Start: Pos{0, 3, 7}}}
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{"bare", &Diagnostic{Message: "wrong"}, "wrong"},
		{"file", d, "a.yaml: no such file"},
		{"full", full, "a.yaml:3:7: CODE: undefined (define it)"},
		{"empty list", List{}, "no errors"},
		{"list", List{d, full}, "a.yaml: no such file (and 1 more)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.err.Error(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	if !errors.Is(List{full, d}, fs.ErrNotExist) {
		t.Error("errors.Is does not see into a list")
	}
}

func TestOf(t *testing.T) {
	d := &Diagnostic{Message: "wrong"}
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{"nil", nil, ""},
		{"one", fmt.Errorf("loading: %w", d), "wrong"},
		{"list", fmt.Errorf("loading: %w", List{d, d}), "wrong wrong"},
		{"other", fs.ErrNotExist, "file does not exist"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			for i, d := range Of(test.err) {
				if i > 0 {
					got += " "
				}
				got += d.Message
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	if List(nil).Err() != nil || (List{d}).Err() == nil {
		t.Error("Err must be nil for an empty list alone")
	}
}

func TestSortAndSummary(t *testing.T) {
	list := List{
		{Message: "3", Range: Range{File: "b"}},
		{Message: "2", Range: Range{File: "a", Start: Pos{0, 2, 1}}, Severity: Warning},
		{Message: "1", Range: Range{File: "a", Start: Pos{0, 1, 9}}},
	}
	list.Sort()
	if got := list[0].Message + list[1].Message + list[2].Message; got != "123" {
		t.Errorf("sorted as %s", got)
	}
	if got := list.Summary(); got != "2 errors, 1 warning" {
		t.Errorf("summary %q", got)
	}
	if got := List(nil).Summary(); got != "" {
		t.Errorf("summary %q of nothing", got)
	}
}

func TestParseSeverity(t *testing.T) {
	for _, s := range []Severity{Error, Warning, Notice} {
		if got, err := ParseSeverity(s.String()); got != s || err != nil {
			t.Errorf("%s: got %v, %v", s, got, err)
		}
	}
	if _, err := ParseSeverity("fatal"); err == nil {
		t.Error("no error for an unknown name")
	}
	if got := Severity(9).String(); got != "severity 9" {
		t.Errorf("got %q", got)
	}
}

func TestJSON(t *testing.T) {
	at := Range{File: "a.yaml", Start: Pos{0, 1, 1}, End: Pos{2, 1, 3}}
	d := &Diagnostic{
		Code: "CODE", Severity: Warning, Message: "a < b\xff", Hint: "swap", Range: at, Within: []Item{{"rule", "R"}},
		Related: []Related{{at, "here"}}, Edits: []Edit{{at, "x"}}, Err: fs.ErrExist, Extra: 1,
	}
	got, err := d.MarshalJSON()
	const r = `{"file":"a.yaml","start":{"offset":0,"line":1,"column":1},"end":{"offset":2,"line":1,"column":3}}`
	want := `{"code":"CODE","severity":"warning","message":"a < b` + "\uFFFD" + `","hint":"swap","range":` + r +
		`,"within":[{"kind":"rule","name":"R"}],"related":[{"range":` + r + `,"message":"here"}],"edits":[{"range":` + r + `,"text":"x"}]}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
	if !json.Valid(got) {
		t.Error("invalid JSON")
	}
}

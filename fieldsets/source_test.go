package fieldsets_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/subtest"
)

func TestResolve(t *testing.T) {
	source := fieldsets.NewSource("logins", logins{})
	for _, test := range []struct {
		field   *ast.Field
		want    string
		unknown bool
	}{
		{field: &ast.Field{Name: "login.user"}},
		{field: &ast.Field{Name: "login.from"}},
		{field: &ast.Field{Name: "login.from", Arg: &ast.Arg{Text: "18446744073709551615"}}},
		{field: &ast.Field{Name: "evt.num"}},
		{&ast.Field{Name: "login.host"}, "source logins has no field login.host", true},
		{&ast.Field{Name: "login.user", Arg: &ast.Arg{Text: "1"}}, "field login.user takes no argument", false},
		{&ast.Field{Name: "login.from", Arg: &ast.Arg{Text: "first"}}, `field login.from takes an index such as 0 or 1, not "first"`, false},
		{&ast.Field{Name: "login.from", Arg: &ast.Arg{Text: "+1"}}, `field login.from takes an index such as 0 or 1, not "+1"`, false},
		{&ast.Field{Name: "login.from", Arg: &ast.Arg{Text: "007"}}, `field login.from takes an index such as 0 or 1, not "007"`, false},
		{&ast.Field{Name: "login.from", Arg: &ast.Arg{Text: ""}}, `field login.from takes an index such as 0 or 1, not ""`, false},
	} {
		t.Run(ast.String(test.field), func(t *testing.T) {
			f, extract, err := source.Resolve(test.field)
			if test.want == "" {
				if err != nil || f.Name != test.field.Name || extract == nil {
					t.Errorf("%s: got %v", ast.String(test.field), err)
				}
				return
			}
			var bad *fieldsets.FieldError
			if !errors.As(err, &bad) || bad.Msg != test.want || bad.Unknown != test.unknown {
				t.Errorf("%s:\n got %v\nwant %s", ast.String(test.field), err, test.want)
			}
		})
	}
}

// idle has a field without an extractor.
type idle struct{ logins }

func (idle) Extractor(*fieldsets.Field, fieldsets.Arg) (fieldsets.Extractor, error) { return nil, nil }

// TestResolveWithoutExtractor checks that a field set without an extractor for its
// field causes an error, not a panic.
func TestResolveWithoutExtractor(t *testing.T) {
	source := fieldsets.NewSource("logins", idle{})
	wrapped := source.Wrapped(func(f *fieldsets.Field, _ fieldsets.Arg, read fieldsets.Extractor) (*fieldsets.Field, fieldsets.Extractor) {
		return f, func(ev *fieldsets.Event, out *fieldsets.Values) { read(ev, out) }
	})
	for name, s := range map[string]*fieldsets.Source{"source": source, "wrapped": wrapped, "added": fieldsets.NewSource("logins").With(idle{})} {
		t.Run(name, func(t *testing.T) {
			_, _, err := s.Resolve(&ast.Field{Name: "login.user"})
			if want := "field login.user: its field set returned no extractor"; err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
}

// TestWrapped checks that wraps add up, and that they leave fields alone that are added
// later.
func TestWrapped(t *testing.T) {
	wrap := func(mark string) fieldsets.Wrap {
		return func(f *fieldsets.Field, _ fieldsets.Arg, read fieldsets.Extractor) (*fieldsets.Field, fieldsets.Extractor) {
			wrapped := *f
			wrapped.Desc += mark
			return &wrapped, read
		}
	}
	source := fieldsets.NewSource("logins").Wrapped(wrap(" 1")).Wrapped(wrap(" 2")).With(logins{}).Wrapped(wrap(" 3"))
	for name, want := range map[string]string{"evt.num": " 1 2 3", "login.user": " 3"} {
		f, _, err := source.Resolve(&ast.Field{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(f.Desc, want) || name == "login.user" && strings.Contains(f.Desc, "2") {
			t.Errorf("%s: got %q, want the end %q", name, f.Desc, want)
		}
	}
}

// TestMessages checks that messages shorten and escape text from rules.
func TestMessages(t *testing.T) {
	source := fieldsets.NewSource("logins", logins{})
	long := strings.Repeat("x", 200_000)
	for text, want := range map[string]string{
		"login.\x1b[31m":                     `source logins has no field "login.\x1b"`,
		"a\nb.c":                             `source logins has no field "a\nb.c"`,
		"a." + long:                          "source logins has no field a." + long[:58] + "…",
		"login.from[\x1b" + long + "]":       `field login.from takes an index such as 0 or 1, not "\x1b` + long[:59] + `"…`,
		"login.from[\x1b a]":                 `invalid argument "[\x1b a]" of field login.from: spaces are not allowed`,
		"login.from[0]]\n":                   `invalid argument "[0]]\n" of field login.from: a ] is not allowed`,
		"evt.num[" + long + "]":              "field evt.num takes no argument",
		"login.from[0]" + long + "\x1b[31m]": "invalid argument [0]" + long[:57] + "… of field login.from: a ] is not allowed",
	} {
		t.Run(subtest.Name(text), func(t *testing.T) {
			_, _, err := source.Lookup(text)
			if err == nil || err.Error() != want {
				t.Errorf("%.80q:\n got %.300v\nwant %s", text, err, want)
			}
		})
	}
}

func TestDeclared(t *testing.T) {
	source := fieldsets.NewSource("declared", fieldsets.Declared{{Name: "a.b", Arg: fieldsets.KeyArg}})
	f, extract, err := source.Resolve(&ast.Field{Name: "a.b", Arg: &ast.Arg{Text: "key"}})
	if err != nil || f.Name != "a.b" {
		t.Fatalf("got %v, %v", f, err)
	}
	var values fieldsets.Values
	extract(&fieldsets.Event{}, &values)
	if values.Len() != 0 {
		t.Errorf("got %v", values.All())
	}
}

func TestSourceFields(t *testing.T) {
	source := fieldsets.NewSource("logins", logins{})
	if !source.Has("login.user") || source.Has("login.nosuch") || source.LongestName() != len("evt.time.iso8601") {
		t.Error("Has or LongestName is wrong")
	}
	fields := source.Fields()
	for i := 1; i < len(fields); i++ {
		if fields[i-1].Name >= fields[i].Name {
			t.Errorf("%s is listed before %s", fields[i-1].Name, fields[i].Name)
		}
	}
	for _, f := range fields {
		if f.Desc == "" {
			t.Errorf("%s has no description", f.Name)
		}
	}
}

// TestFirstSetWins replaces a field that all sources have.
func TestFirstSetWins(t *testing.T) {
	source := fieldsets.NewSource("logins", renamed{}, logins{})
	_, extract, err := source.Resolve(&ast.Field{Name: "evt.pluginname"})
	if err != nil {
		t.Fatal(err)
	}
	var values fieldsets.Values
	extract(&fieldsets.Event{}, &values)
	if values.Len() != 1 || values.All()[0].Text() != "mine" {
		t.Errorf("got %v", values.All())
	}
}

func TestWith(t *testing.T) {
	base := fieldsets.NewSource("logins", logins{})
	source := base.With(added{{Name: "login.us"}, {Name: "login.from", Type: fieldsets.Uint64}, {Name: "evt.extra", Arg: fieldsets.KeyArg}})
	source = source.With(added{{Name: "login.twice", Plugin: "other"}})
	for text, want := range map[string]bool{
		"login.us": true, "login.user": true, "login.usx": false, "login.us[0]": false, "login.from": true, "login.from[0]": false,
		"login.twice": true, "evt.extra[x]": true, "evt.extra": true, "evt.extras": false, "evt.num": true,
	} {
		t.Run(subtest.Name(text), func(t *testing.T) {
			if got, _ := source.IsReference(text); got != want {
				t.Errorf("%s: got %v", text, got)
			}
		})
	}
	f, _, err := source.Resolve(&ast.Field{Name: "login.from"})
	if err != nil || f.Type != fieldsets.Uint64 {
		t.Errorf("login.from: got %v, %v", f, err)
	}
	if source.Plugin() != base.Plugin() || source.Name() != base.Name() {
		t.Errorf("got source %s of plugin %q", source.Name(), source.Plugin())
	}
	if base.Has("login.us") {
		t.Error("With changed its source")
	}
}

type added []fieldsets.Field

func (a added) Fields() []fieldsets.Field { return a }

func (added) Extractor(*fieldsets.Field, fieldsets.Arg) (fieldsets.Extractor, error) {
	return func(*fieldsets.Event, *fieldsets.Values) {}, nil
}

type renamed struct{}

func (renamed) Fields() []fieldsets.Field { return []fieldsets.Field{{Name: "evt.pluginname"}} }

func (renamed) Extractor(*fieldsets.Field, fieldsets.Arg) (fieldsets.Extractor, error) {
	return func(_ *fieldsets.Event, out *fieldsets.Values) {
		out.AddBuilt(func(buf []byte) []byte { return append(buf, "mine"...) })
	}, nil
}

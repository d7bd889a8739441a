package parser

import (
	"fmt"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/falcorules/falcorules/internal/scan"
)

// Version is a version of the engine or of a plugin.
type Version struct {
	Major, Minor, Patch uint32
}

func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch) }

// Compare returns -1, 0 or 1 as v is older than, the same as or newer than w.
func (v Version) Compare(w Version) int {
	for _, d := range [...]int64{
		int64(v.Major) - int64(w.Major),
		int64(v.Minor) - int64(w.Minor),
		int64(v.Patch) - int64(w.Patch),
	} {
		switch {
		case d < 0:
			return -1
		case d > 0:
			return 1
		}
	}
	return 0
}

// Satisfies reports whether v does where want is required: the same major
// version, and no older.
func (v Version) Satisfies(want Version) bool {
	return v.Major == want.Major && v.Compare(want) >= 0
}

type gVersion struct {
	Parts []string `parser:"@Number Dot @Number Dot @Number ( Number | Dot | Other )*"`
}

var versionParser = participle.MustBuild[gVersion](participle.Lexer(lexer.MustSimple([]lexer.SimpleRule{
	{Name: "Number", Pattern: `[ \t\n\v\f\r]*[+-]?[0-9]+`},
	{Name: "Dot", Pattern: `\.`},
	{Name: "Other", Pattern: `[^.]`},
})))

// EngineVersion reads what required_engine_version asks for: a number N, which
// stands for 0.N.0, or a version. As in the YAML that Falco reads, a number may
// be hexadecimal, 0x10, or octal, 017.
func EngineVersion(text string) (Version, error) {
	if n, ok := scan.Uint32(text); ok {
		return Version{0, n, 0}, nil
	}
	v, err := PluginVersion(text)
	if err != nil {
		return Version{}, fmt.Errorf("%q is no version: a number, or three joined by dots", text)
	}
	return v, nil
}

// PluginVersion reads a version of a plugin: three numbers joined by dots, and
// whatever follows them, which does not count. As in Falco a number may have
// blanks and a sign before it, and wraps at 32 bits.
func PluginVersion(text string) (Version, error) {
	g, err := versionParser.ParseString("", text)
	if err != nil {
		return Version{}, fmt.Errorf("%q is no version: three numbers joined by dots", text)
	}
	var n [3]uint32
	for i, p := range g.Parts[:3] {
		x, _ := scan.Uint64(p) // the grammar allows numbers only
		n[i] = uint32(x)
	}
	return Version{n[0], n[1], n[2]}, nil
}

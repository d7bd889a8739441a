package loader

import (
	"cmp"
	"fmt"

	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/scan"
	"github.com/falcorules/falcorules/parser"
)

// Version is a version of Falco's engine or of a plugin.
type Version struct {
	Major, Minor, Patch uint32
}

// String returns the version as N.N.N.
func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch) }

// Compare returns -1, 0 or 1 if v is older than, equal to or newer than w.
func (v Version) Compare(w Version) int {
	return cmp.Or(cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor), cmp.Compare(v.Patch, w.Patch))
}

// Satisfies reports whether v meets the requirement want: whether it has the same major
// version and is not older.
func (v Version) Satisfies(want Version) bool {
	return v.Major == want.Major && v.Compare(want) >= 0
}

// ParseEngineVersion parses a value of required_engine_version: a number N, which means
// 0.N.0, or N.N.N. As in Falco's YAML, a single number can be hexadecimal (0x10) or octal
// (017).
func ParseEngineVersion(text string) (Version, error) {
	if n, ok := scan.Uint32(text); ok {
		return Version{0, n, 0}, nil
	}
	v, err := ParsePluginVersion(text)
	if err != nil {
		return Version{}, fmt.Errorf("invalid version %s: want N or N.N.N", quote.Text(text))
	}
	return v, nil
}

// ParsePluginVersion parses the version of a plugin, N.N.N, and ignores any text after
// it. As in Falco, white space and a sign may precede each number, and numbers wrap at 32
// bits.
func ParsePluginVersion(text string) (Version, error) {
	n, err := parser.Version(text)
	if err != nil {
		return Version{}, err
	}
	return Version{n[0], n[1], n[2]}, nil
}

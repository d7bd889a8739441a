package parser

import (
	"fmt"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/scan"
)

type gVersion struct {
	Numbers []string `parser:"@Number Dot @Number Dot @Number ( Number | Dot | Other )*"`
}

var versionParser = participle.MustBuild[gVersion](participle.Lexer(lexer.MustSimple([]lexer.SimpleRule{
	{Name: "Number", Pattern: `[ \t\n\v\f\r]*[+-]?[0-9]+`},
	{Name: "Dot", Pattern: `\.`},
	{Name: "Other", Pattern: `[^.]`},
})))

// Version parses a version of Falco's engine or of a plugin, N.N.N, into its three numbers,
// and ignores any text after it. As in Falco, white space and a sign may precede each
// number, and numbers wrap at 32 bits.
func Version(text string) ([3]uint32, error) {
	var out [3]uint32
	g, err := versionParser.ParseString("", text)
	if err != nil {
		return out, fmt.Errorf("invalid version %s: want N.N.N", quote.Text(text))
	}
	for i, number := range g.Numbers[:3] {
		n, _ := scan.Uint64(number) // the grammar accepts only numbers
		out[i] = uint32(n)
	}
	return out, nil
}

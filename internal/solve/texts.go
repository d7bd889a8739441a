package solve

import (
	"path"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
)

// textsFor returns texts for which a check with the given values may be true. The current
// text, now, may be needed by other checks; sep separates its parts.
func textsFor(c *ast.Check, values, usual []string, now, sep string) []string {
	var out []string
	add := func(texts ...string) { out = append(out, texts...) }
	for _, u := range usual {
		if !isEquality(c.Op) || slices.Contains(values, u) {
			add(u)
		}
	}
	for _, t := range values {
		switch c.Op {
		case ast.OpContains, ast.OpIContains:
			add(containing(t, usual)...)
			add(around(t, now, sep)...)
		case ast.OpStartsWith:
			if t != "" && strings.IndexByte("/:-_. =", t[len(t)-1]) >= 0 {
				add(t + "example")
			}
			add(t, t+"example")
			if strings.HasSuffix(t, "/") {
				add(t + "example/example") // a file in a subdirectory
			}
			add(around(t, now, sep)...)
		case ast.OpEndsWith:
			add(containing(t, usual)...)
			add("/srv/"+t, "example"+t)
			add(around(t, now, sep)...)
		case ast.OpGlob, ast.OpIGlob:
			add(globSamples(t, now)...)
		case ast.OpRegex:
			samples := regexSamples(t)
			add(samples...)
			for _, sample := range samples[:min(1, len(samples))] {
				add(around(sample, now, sep)...)
			}
		case ast.OpPMatch:
			for _, sample := range globSamples(t, "") {
				path := "/" + strings.TrimLeft(sample, "/")
				add(path, strings.TrimSuffix(path, "/")+"/example")
			}
		case ast.OpLt, ast.OpLe:
			add(t, "")
		case ast.OpGt, ast.OpGe:
			add(t, t+"x")
		default:
			add(t)
		}
		if len(out) > maxValues {
			break
		}
	}
	for _, t := range values {
		if len(out) <= maxValues {
			add(over(c.Op, t, now)...)
		}
	}
	if c.Modifier == ast.AllOf {
		add(strings.Join(values, " "), strings.Join(values, ""), path.Clean("/"+strings.Join(values, "/")))
	}
	return append(out, usual...)
}

// maxPositions limits the positions of a text that over tries.
const maxPositions = 8

// over returns the current text with a part of it overwritten by t, which keeps its length.
func over(op ast.Operator, t, now string) []string {
	room := len(now) - len(t)
	if t == "" || room <= 0 {
		return nil
	}
	switch op {
	case ast.OpStartsWith:
		return []string{t + now[len(t):]}
	case ast.OpEndsWith:
		return []string{now[:room] + t}
	case ast.OpContains, ast.OpIContains:
		var out []string
		for i := range min(maxPositions, room) {
			at := room/2 + (i+1)/2*(1-i%2*2) // from the middle to both ends
			out = append(out, now[:at]+t+now[at+len(t):])
		}
		return out
	}
	return nil
}

// containing returns texts that contain t. They are paths if the usual values are.
func containing(t string, usual []string) []string {
	switch {
	case t == "":
		return []string{t}
	case t[0] == ' ':
		return []string{usual[0] + t, t}
	case !strings.HasPrefix(usual[0], "/"):
		return []string{t}
	case t[0] != '/':
		return []string{"/srv/" + t, t}
	case strings.HasSuffix(t, "/"):
		return []string{"/srv" + t + "example", t}
	}
	return []string{"/srv" + t, t}
}

// around returns combinations of t and the current text.
func around(t, now, sep string) []string {
	if now == "" {
		return nil
	}
	out := []string{now + t, t + now, now + " " + t, t + " " + now}
	switch {
	case sep != "":
		out = append([]string{now + sep + t}, out...)
	case now[0] == '/' && !strings.HasPrefix(t, "/") && !strings.HasSuffix(now, "/"):
		out = append([]string{now + "/" + t}, out...)
	case now[0] == '/' && strings.HasPrefix(t, "/"):
		out = append([]string{strings.TrimSuffix(t, "/") + now[strings.LastIndexByte(now, '/'):]}, out...)
	case now[0] != '/' && t != "" && t[0] != ' ':
		out = append([]string{now + " " + t}, out...)
	}
	if i := strings.LastIndexByte(now, '/'); i >= 0 {
		out = append(out, now[:i+1]+strings.TrimPrefix(t, "/")+now[i+1:])
	}
	return out
}

// globSamples returns texts that match a shell pattern, with different texts for *.
func globSamples(pattern, now string) []string {
	out := []string{globSample(pattern, "example"), globSample(pattern, ""), globSample(pattern, "x")}
	if now != "" {
		out = append(out, globSample(pattern, now))
	}
	return out
}

// globSample returns a text that matches a shell pattern.
func globSample(pattern, star string) string {
	var b strings.Builder
	for i := 0; i < len(pattern) && b.Len() < maxSample; i++ {
		switch c := pattern[i]; {
		case c == '*':
			b.WriteString(star)
		case c == '?':
			b.WriteByte('x')
		case c == '\\' && i+1 < len(pattern):
			i++
			b.WriteByte(pattern[i])
		case c == '[':
			end := strings.IndexByte(pattern[min(i+2, len(pattern)):], ']')
			if end < 0 {
				b.WriteByte(c)
				continue
			}
			b.WriteByte(classSample(pattern[i+1 : i+2+end]))
			i += 2 + end
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// classSample returns a byte that matches a class in brackets.
func classSample(class string) byte {
	if strings.HasPrefix(class, "[:") {
		return 'a'
	}
	if class[0] != '!' && class[0] != '^' {
		return class[0]
	}
	for _, c := range []byte("xa0-_.") {
		if strings.IndexByte(class, c) < 0 {
			return c
		}
	}
	return 'z'
}

// maxSample limits the bytes of a text for a pattern. The last element can exceed it.
const maxSample = maxText

// regexSamples returns texts that match a regular expression, with different alternatives,
// and with and without optional parts.
func regexSamples(pattern string) []string {
	tree, err := syntax.Parse(pattern, syntax.ClassNL)
	if err != nil {
		return nil
	}
	var out []string
	for variant := range 6 {
		w := regexWriter{variant: variant}
		w.write(tree)
		out = append(out, w.String())
	}
	return out
}

// regexWriter writes a text that matches a regular expression.
type regexWriter struct {
	strings.Builder
	variant int
}

func (w *regexWriter) write(re *syntax.Regexp) {
	if w.Len() > maxSample {
		return
	}
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			w.WriteRune(r)
		}
	case syntax.OpCharClass:
		w.WriteRune(runeOf(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		w.WriteByte('x')
	case syntax.OpAlternate:
		w.write(re.Sub[w.variant/2%len(re.Sub)])
	case syntax.OpStar, syntax.OpQuest:
		if w.variant%2 == 1 {
			w.write(re.Sub[0])
		}
	case syntax.OpRepeat:
		for range re.Min {
			w.write(re.Sub[0])
		}
	default: // only subexpressions
		for _, sub := range re.Sub {
			w.write(sub)
		}
	}
}

// runeOf returns a character in a class of ranges, preferably an ordinary one.
func runeOf(pairs []rune) rune {
	for _, nice := range "ax0/-_. " {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] <= nice && nice <= pairs[i+1] {
				return nice
			}
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] > ' ' {
			return pairs[i]
		}
	}
	if len(pairs) > 0 {
		return pairs[0]
	}
	return 'x'
}

package lint

import (
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
)

var outputSensitive = &Analyzer{
	ID:       "output-sensitive",
	Category: Output,
	Level:    Info,
	Summary:  "An output prints data that often contains secrets.",
	Options: []Option{{
		Name: "fields", Doc: "Fields that often contain secrets; `*` stands for any text.",
		Default: []string{
			"proc.env", "proc.aenv", // one variable, as in proc.env[PATH], is chosen on purpose
			"ka.req.configmap.obj", "jevt.obj", "jevt.value[/requestObject]", "jevt.value[/responseObject]",
			"jevt.value[*/data]", "jevt.value[*/data/*]", "jevt.value[*/stringData]", "jevt.value[*/stringData/*]",
		},
	}},
	Run: runOutputSensitive,
}

func runOutputSensitive(p *Pass) {
	for f := range p.outputFields() {
		file, name := f.rule.OutputRange(f.placeholder).File, ast.String(f.ref)
		if slices.ContainsFunc(p.textsIn(file, "fields"), func(pattern string) bool { return isLike(name, pattern) }) {
			p.ReportOutput(f.rule, f.placeholder, "%s often contains secrets, which would end up in every alert", name).
				Hint = "print only the part that an analyst needs"
		}
	}
}

// isLike reports whether a text is like a pattern in which * stands for any text.
func isLike(text, pattern string) bool {
	parts := strings.Split(pattern, "*")
	last := len(parts) - 1
	if last == 0 {
		return text == pattern
	}
	rest, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1:last] {
		if _, rest, ok = strings.Cut(rest, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(rest, parts[last])
}

package lint

import (
	"strings"

	"github.com/falcorules/falcorules/ast"
)

var outputSensitive = &Analyzer{
	ID:       "output-sensitive",
	Category: Output,
	Level:    Info,
	Summary:  "An output prints data that often contains secrets.",
	Run:      runOutputSensitive,
}

func runOutputSensitive(p *Pass) {
	for f := range p.outputFields() {
		if isSensitive(ast.String(f.ref)) {
			p.ReportOutput(f.rule, f.placeholder, "%s often contains secrets, which would end up in every alert", ast.String(f.ref)).
				Hint = "print only the part that an analyst needs"
		}
	}
}

// isSensitive reports whether a field has environments, or whole objects of Kubernetes.
func isSensitive(field string) bool {
	switch name, _, _ := strings.Cut(field, "["); name {
	case "proc.env", "proc.aenv":
		return name == field // one variable is chosen on purpose
	case "ka.req.configmap.obj", "jevt.obj":
		return true
	}
	if !strings.HasPrefix(field, "jevt.value[/") {
		return false
	}
	path := strings.TrimSuffix(strings.TrimPrefix(field, "jevt.value["), "]")
	return path == "/requestObject" || path == "/responseObject" || strings.Contains(path+"/", "/data/") || strings.Contains(path+"/", "/stringData/")
}

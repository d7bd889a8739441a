package lint

import (
	"fmt"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
)

var pluginDefect = &Analyzer{
	ID:       "plugin-defect",
	Category: K8sAudit,
	Level:    Warning,
	Summary:  "A rule uses a field that the k8saudit plugin, because of a defect, leaves empty or fills with a wrong value.",
	Run:      runPluginDefect,
}

func runPluginDefect(p *Pass) {
	old := oldPSPFiles(p)
	for _, w := range p.Written() {
		if old[w.file()] != nil && isOfOldPSP(w) {
			continue // which old-psp reports
		}
		ast.Inspect(w.Expr, func(n ast.Node) bool {
			if f, ok := n.(*ast.Field); ok {
				if problem, hint := defectOf(f); problem != "" {
					p.ReportWritten(w, f, "%s", problem).Hint = hint
				}
			}
			return true
		})
	}
	for f := range p.outputFields() {
		if problem, hint := defectOf(f.ref); problem != "" && f.rule.Source == k8saudit.SourceName {
			p.ReportOutput(f.rule, f.placeholder, "%s", problem).Hint = hint
		}
	}
}

// defectOf returns what is wrong with a field in version 0.18 of the plugin, and what to use
// instead. It returns "" for most fields.
func defectOf(f *ast.Field) (problem, hint string) {
	switch f.Name {
	case "ka.sourceips":
		return "ka.sourceips never has a value", "use jevt.value[/sourceIPs/0], the first address"
	case "ka.req.binding.subject.has_name":
		return "ka.req.binding.subject.has_name is always true", "use ka.req.binding.subjects.user_names or one of its siblings"
	}
	list, property, ok := strings.Cut(strings.TrimPrefix(f.Name, "ka.req.pod."), ".")
	if !ok || !strings.HasSuffix(list, "ontainers") {
		return "", ""
	}
	context := fmt.Sprintf("jevt.value[/requestObject/spec/%s/0/securityContext", list)
	switch property {
	case "eff_run_as_user", "eff_run_as_group":
		pointer := "/runAsUser]"
		if property == "eff_run_as_group" {
			pointer = "/runAsGroup]"
		}
		return f.Name + " is usually 0, because the plugin ignores securityContexts",
			fmt.Sprintf("check the container and, if that has no value, the pod: %s%s and jevt.value[/requestObject/spec/securityContext%s", context, pointer, pointer)
	case "add_capabilities":
		return f.Name + " is not a list of names: the plugin returns each container's list as JSON text",
			fmt.Sprintf(`search the text for a name: %s/capabilities/add] contains '"SYS_ADMIN"'`, context)
	}
	return "", ""
}

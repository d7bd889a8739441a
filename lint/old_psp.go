package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

// Old versions of falcoctl converted PodSecurityPolicies to rules for the Falco of their
// time. Parts of these rules now mean something else, or nothing.
var oldPSP = &Analyzer{
	ID:       "old-psp",
	Category: K8sAudit,
	Level:    Info,
	Summary:  "Rules that falcoctl generated from a PodSecurityPolicy use constructs that no longer work.",
	Run:      runOldPSP,
}

// oldPSPMacro matches the macros by which such a file is recognized: each file has one of
// them, perhaps with a prefix.
var oldPSPMacro = regexp.MustCompile(`(^|_)psp_ka_(container|always_true)$`)

// oldPSPRule matches the names of the rules in such a file, where a prefix follows PSP.
var oldPSPRule = regexp.MustCompile(`^PSP .*Violation \(`)

// oldPSPMacros is in the names of the macros that come with them.
const oldPSPMacros = "psp_"

// idRange matches how a range of numbers was written.
var idRange = regexp.MustCompile(`^[0-9]+:[0-9]+$`)

func runOldPSP(p *Pass) {
	old := oldPSPFiles(p)
	if len(old) == 0 {
		return
	}
	for _, w := range p.Written() {
		if old[w.file()] == w {
			d := p.ReportWritten(w, diag.Span{}, "falcoctl generated these rules from a PodSecurityPolicy, for an old version of Falco that read them differently; they ignore init and ephemeral containers, updates, and defaults set by admission")
			d.Hint = "generate new rules from the policy with falcorules convert psp"
		}
	}
	macros := map[string]*Written{}
	for _, w := range p.Written() {
		if !w.IsRule() {
			macros[w.Item.Name] = w
		}
		if old[w.file()] != nil && isOfOldPSP(w) {
			oldConditions{p, w, macros}.run()
		}
	}
}

// oldPSPFiles returns the first macro by which a file is recognized, by the names of the
// files.
func oldPSPFiles(p *Pass) map[string]*Written {
	old := map[string]*Written{}
	for _, w := range p.Written() {
		if isOldPSP(w) && old[w.file()] == nil {
			old[w.file()] = w
		}
	}
	return old
}

// isOfOldPSP reports whether a condition has a name as in such files.
func isOfOldPSP(w *Written) bool {
	if w.IsRule() {
		return oldPSPRule.MatchString(w.Item.Name)
	}
	return strings.Contains(w.Item.Name, oldPSPMacros)
}

// file returns the name of the file that the condition begins in.
func (w *Written) file() string { return w.Origin(diag.Span{}).Range.File }

// isOldPSP reports whether this is a macro by which such a file is recognized. A new file
// has a macro of that name for a policy ka, about containers of pods.
func isOldPSP(w *Written) bool {
	return !w.IsRule() && oldPSPMacro.MatchString(w.Item.Name) && !strings.Contains(w.Text, "k8s.pod.name")
}

// oldConditions finds constructs of such files in a condition.
type oldConditions struct {
	*Pass
	*Written
	// macros are the macros before the condition.
	macros map[string]*Written
}

func (o oldConditions) run() {
	exists := map[string]bool{} // fields that the condition tests for a value
	negated := map[*ast.Check]bool{}
	ast.Inspect(o.Expr, func(x ast.Node) bool {
		if check, ok := x.(*ast.Check); ok && check.Op == ast.OpExists {
			exists[ast.String(check.Left)] = true
		}
		return true
	})
	ast.Inspect(o.Expr, func(x ast.Node) bool {
		switch x := x.(type) {
		case *ast.Not:
			switch operand := x.Operand.(type) {
			case *ast.Check:
				negated[operand] = true
				if operand.Op != ast.OpExists && !exists[ast.String(operand.Left)] {
					o.not(x, operand)
				}
			case *ast.MacroRef:
				o.notMacro(x, operand.Name)
			}
		case *ast.Check:
			o.check(x, negated[x])
			return false
		}
		return true
	})
}

func (o oldConditions) report(n ast.Node, hint, format string, args ...any) {
	o.ReportWritten(o.Written, n, format, args...).Hint = hint
}

// not looks at a not before a check, which is true if there is no value.
func (o oldConditions) not(x *ast.Not, check *ast.Check) {
	if values := check.Values(); len(values) == 1 && values[0].Text == missing {
		return // which was to test for a value
	}
	if f, ok := check.Left.(*ast.Field); ok && canBeMissing(f) {
		o.reportNot(x, f)
	}
}

func (o oldConditions) reportNot(x *ast.Not, f *ast.Field) {
	o.report(x, fmt.Sprintf("check for a value first: put \"%s exists and\" before the not", ast.String(f)),
		"this is also true for every pod without %s, because a check without a value is false and \"not\" makes it true", ast.String(f))
}

// canBeMissing reports whether some pods have no value for a field.
func canBeMissing(f *ast.Field) bool {
	return strings.HasPrefix(f.Name, "ka.req.") && !strings.Contains(f.Name, ".eff_run_as_")
}

// notMacro looks at a not before a macro, like not.
func (o oldConditions) notMacro(x *ast.Not, name string) {
	var field *ast.Field
	handled := false // the macro has a check for a missing value
	left := len(o.macros)
	var inspect func(name string)
	inspect = func(name string) {
		w := o.macros[name]
		if left--; w == nil || left < 0 {
			return
		}
		ast.Inspect(w.Expr, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.MacroRef:
				inspect(n.Name)
			case *ast.Check:
				f, ok := n.Left.(*ast.Field)
				if !ok || !canBeMissing(f) {
					return false
				}
				isMissing := func(v *ast.Value) bool { return v.Text == missing }
				handled = handled || n.Op == ast.OpExists || slices.ContainsFunc(n.Values(), isMissing)
				if field == nil {
					field = f
				}
				return false
			}
			return true
		})
	}
	inspect(name)
	if field != nil && !handled {
		o.reportNot(x, field)
	}
}

// check looks for fields and values whose meaning has changed.
func (o oldConditions) check(check *ast.Check, negated bool) {
	f, ok := check.Left.(*ast.Field)
	if !ok {
		return
	}
	if !o.accepts(f, check.Op) {
		o.report(check, fmt.Sprintf("use intersects to match any value, in to match all values, or check the values one by one, as in %s", elementOf(f.Name)),
			"%s is a list, and lists no longer accept %s", o.TextOf(f), check.Op)
	}
	if problem, hint := defectOf(f); problem != "" {
		o.report(f, hint, "%s", problem)
	}
	if strings.HasSuffix(f.Name, ".host_port") {
		o.report(f, "search the ports of each container: "+elementOf(f.Name)+" regex '.*\"hostPort\":(80|443)[,}].*'",
			"%s is the container port if there is no host port", f.Name)
	}
	o.values(f, check, negated)
}

// values looks for values that used to have a special meaning.
func (o oldConditions) values(f *ast.Field, check *ast.Check, negated bool) {
	for _, v := range check.Values() {
		switch {
		case idRange.MatchString(v.Text):
			o.report(v, withoutRange(f.Name, v.Text), "%s is no longer a range but text, which no number equals", v.Text)
		case v.Text == missing:
			o.report(v, o.withoutMissing(f, check, negated), "Falco prints <NA> for a missing value, but no value equals it")
		}
	}
}

// withoutRange returns the replacement for a range in a check of a field.
func withoutRange(field, numbers string) string {
	first, last, _ := strings.Cut(numbers, ":")
	isPort := strings.HasSuffix(field, ".host_port")
	pattern, hint := "[1-9][0-9]{3}", "write a regular expression, such as this one for 1000 to 9999: %s regex '%s'"
	if first == last {
		pattern, hint = first, "search for the number: %s regex '%s'"
		if !isPort {
			hint = "compare with the number: %s = %s"
		}
	}
	if isPort {
		pattern = `.*"hostPort":` + pattern + "[,}].*"
	}
	return fmt.Sprintf(hint, elementOf(field), pattern)
}

// missing is the text that old rules compare with to find a missing value.
const missing = "<NA>"

// withoutMissing returns the replacement for a comparison with missing, including the not
// before it.
func (o oldConditions) withoutMissing(f *ast.Field, check *ast.Check, negated bool) string {
	name := o.TextOf(f)
	var others []string
	for _, v := range check.Values() {
		if v.Text != missing {
			others = append(others, o.TextOf(v))
		}
	}
	if len(others) == 0 {
		if exists := check.Op == ast.OpNe; exists != negated {
			return fmt.Sprintf("write %s exists", name)
		}
		return fmt.Sprintf("write not %s exists", name)
	}
	if !o.accepts(f, check.Op) {
		return fmt.Sprintf("to check for a value, write %s exists", name)
	}
	rest := fmt.Sprintf("%s %s (%s)", name, check.Op, strings.Join(others, ", "))
	if negated {
		return fmt.Sprintf("write %s exists and not %s", name, rest)
	}
	return fmt.Sprintf("write (not %s exists or %s)", name, rest)
}

// accepts reports whether a field can have an operator: lists accept only some.
func (o oldConditions) accepts(f *ast.Field, op ast.Operator) bool {
	return op == ast.OpExists || op == ast.OpIn || op == ast.OpIntersects || !o.isList(f)
}

// isList reports whether a field of audit events is a list.
func (o oldConditions) isList(ref *ast.Field) bool {
	audit := o.Set.Source("k8s_audit")
	if audit == nil {
		return false
	}
	f, _, err := audit.Resolve(ref)
	return err == nil && f.List
}

// pointers has the JSON pointers of fields of containers, by the ends of their names.
var pointers = []struct{ end, pointer string }{
	{".run_as_user", "/securityContext/runAsUser"},
	{".eff_run_as_user", "/securityContext/runAsUser"},
	{".run_as_group", "/securityContext/runAsGroup"},
	{".eff_run_as_group", "/securityContext/runAsGroup"},
	{".add_capabilities", "/securityContext/capabilities/add"},
	{".host_port", "/ports"},
	{".privileged", "/securityContext/privileged"},
	{".read_only_fs", "/securityContext/readOnlyRootFilesystem"},
	{".allow_privilege_escalation", "/securityContext/allowPrivilegeEscalation"},
	{".proc_mount", "/securityContext/procMount"},
}

// elementOf returns the field that reads from the first element of the list what a field
// of pods reads from all.
func elementOf(name string) string {
	switch {
	case strings.HasSuffix(name, ".hostpath"):
		return "jevt.value[/requestObject/spec/volumes/0/hostPath/path]"
	case strings.HasSuffix(name, ".flexvolume_driver"):
		return "jevt.value[/requestObject/spec/volumes/0/flexVolume/driver]"
	case name == "ka.req.pod.supplemental_groups":
		return "jevt.value[/requestObject/spec/securityContext/supplementalGroups/0]"
	case name == "ka.req.pod.fs_group":
		return name
	}
	for _, p := range pointers {
		if strings.HasSuffix(name, p.end) && strings.Contains(name, "ontainers.") {
			return "jevt.value[/requestObject/spec/containers/0" + p.pointer + "]"
		}
	}
	return "jevt.value[/requestObject/spec/containers/0/image]"
}

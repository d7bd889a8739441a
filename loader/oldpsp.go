package loader

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
)

// Rules that falcoctl made of PodSecurityPolicies were for the Falco of their time.
// Much of what they say means something else now, or nothing.

// oldPSPMacro tells such a file: one of these macros is in each, maybe with a prefix.
var oldPSPMacro = regexp.MustCompile(`(^|_)psp_ka_(container|always_true)$`)

// oldPSPRule is the name of a rule in such a file, where a prefix follows PSP.
var oldPSPRule = regexp.MustCompile(`^PSP .*Violation \(`)

// oldPSPMacros is in the names of the macros that come with them.
const oldPSPMacros = "psp_"

// idRange is what a range of numbers was written as.
var idRange = regexp.MustCompile(`^[0-9]+:[0-9]+$`)

// oldPSP says of the conditions of such files what does not work any more.
func (n *noticer) oldPSP(conditions []*condition) {
	old := map[string]bool{} // files
	for _, c := range conditions {
		if file := c.text.start(0).File; c.isOldPSP() && !old[file] {
			old[file] = true
			d := n.add(c, NoticeOldPSP, diag.Span{}, "falcoctl made this file of a PodSecurityPolicy, for a Falco that read it otherwise; it knows no init and no ephemeral containers, no updates, and no defaults that admission sets")
			d.Hint = "make new rules of the policy with falcorules convert psp"
		}
	}
	for _, c := range conditions {
		item := c.item[len(c.item)-1]
		ours := item.Type == "rule" && oldPSPRule.MatchString(item.Name) || item.Type == "macro" && strings.Contains(item.Name, oldPSPMacros)
		if ours && old[c.text.start(0).File] {
			n.oldConditions(c)
		}
	}
	for _, def := range n.rules.items {
		if oldPSPRule.MatchString(def.context[len(def.context)-1].Name) && old[def.output.text().start(0).File] {
			n.oldOutput(def)
		}
	}
}

// isOldPSP reports whether this is a macro that tells such a file. A new file has a
// macro of that name for a policy ka, about containers of pods.
func (c *condition) isOldPSP() bool {
	item := c.item[len(c.item)-1]
	return item.Type == "macro" && oldPSPMacro.MatchString(item.Name) && !strings.Contains(c.text.value, "k8s.pod.name")
}

// oldOutput looks for a field that prints nothing any more.
func (n *noticer) oldOutput(def *ruleDef) {
	const containerInfo = "%container.info"
	output := def.output.text()
	at := strings.Index(output.value, containerInfo)
	if at < 0 {
		return
	}
	d := newDiagnostic(NoticeOldPSP, output.span(at, at+len(containerInfo)), def.outputContext, containerInfo+" prints nothing any more")
	d.Hint = "write container_id=%container.id container_name=%container.name"
	n.notices = append(n.notices, d)
}

// oldConditions looks for constructs of such files in a condition.
func (n *noticer) oldConditions(c *condition) {
	asked := map[string]bool{} // fields of which the condition asks whether they exist
	negated := map[*ast.Check]bool{}
	ast.Inspect(c.expr, func(x ast.Node) bool {
		if check, ok := x.(*ast.Check); ok && check.Op == ast.OpExists {
			asked[ast.String(check.Left)] = true
		}
		return true
	})
	ast.Inspect(c.expr, func(x ast.Node) bool {
		switch x := x.(type) {
		case *ast.Not:
			check, ok := x.Operand.(*ast.Check)
			if !ok {
				return true
			}
			negated[check] = true
			if check.Op != ast.OpExists && !asked[ast.String(check.Left)] {
				n.oldNot(c, x, check)
			}
		case *ast.Check:
			n.oldCheck(c, x, negated[x])
			return false
		}
		return true
	})
}

// written returns what a node is in the condition's text.
func (c *condition) written(s diag.Span) string { return c.text.value[s.Start.Offset:s.End.Offset] }

// oldNot is about not before a check, which holds where there is no value.
func (n *noticer) oldNot(c *condition, x *ast.Not, check *ast.Check) {
	f, ok := check.Left.(*ast.Field)
	if !ok || !strings.HasPrefix(f.Name, "ka.req.") {
		return
	}
	if values := check.Values(); len(values) == 1 && values[0].Text == missing {
		return // which was to ask for a value
	}
	d := n.add(c, NoticeOldPSP, x.Span, fmt.Sprintf("this holds for every pod without %s, too: a check without a value is false, and not makes it true", c.written(f.Span)))
	d.Hint = fmt.Sprintf("ask for a value first: write %s exists and, before the not", c.written(f.Span))
}

// oldCheck is about fields and values that are not what they were.
func (n *noticer) oldCheck(c *condition, check *ast.Check, negated bool) {
	f, ok := check.Left.(*ast.Field)
	if !ok {
		return
	}
	if n.isList(f) && check.Op != ast.OpExists && check.Op != ast.OpIn && check.Op != ast.OpIntersects {
		d := n.add(c, NoticeOldPSP, check.Span, fmt.Sprintf("%s is a list, for which there is no %s any more", c.written(f.Span), check.Op))
		d.Hint = fmt.Sprintf("write intersects for some value, in for every value, or ask one value after the other, as in %s", elementOf(f.Name))
	}
	if strings.HasSuffix(f.Name, ".eff_run_as_user") || strings.HasSuffix(f.Name, ".eff_run_as_group") {
		d := n.add(c, NoticeOldPSP, f.Span, fmt.Sprintf("%s ignores every securityContext in the plugin and is 0 mostly", f.Name))
		d.Hint = "ask the container, and if it says nothing the pod: " + elementOf(f.Name) + " and " + podsOwn(f.Name)
	}
	if strings.HasSuffix(f.Name, ".add_capabilities") {
		d := n.add(c, NoticeOldPSP, f.Span, fmt.Sprintf("%s has the JSON text of each container's list in the plugin, no names", f.Name))
		d.Hint = "look for a name in that text: " + elementOf(f.Name) + ` contains '"SYS_ADMIN"'`
	}
	if strings.HasSuffix(f.Name, ".host_port") {
		d := n.add(c, NoticeOldPSP, f.Span, fmt.Sprintf("%s has the port of the container where it has none of the host", f.Name))
		d.Hint = "look into the ports of each container: " + elementOf(f.Name) + " regex '.*\"hostPort\":(80|443)[,}].*'"
	}
	n.oldValues(c, f, check, negated)
}

// oldValues is about constants that meant something.
func (n *noticer) oldValues(c *condition, f *ast.Field, check *ast.Check, negated bool) {
	for _, v := range check.Values() {
		switch {
		case idRange.MatchString(v.Text):
			d := n.add(c, NoticeOldPSP, v.Span, fmt.Sprintf("%s is no range any more, but a text to compare with, which no number equals", v.Text))
			pattern := "[1-9][0-9]{3}"
			if strings.HasSuffix(f.Name, ".host_port") {
				pattern = `.*"hostPort":` + pattern + "[,}].*"
			}
			d.Hint = fmt.Sprintf("write a regular expression, such as this one for 1000 to 9999: %s regex '%s'", elementOf(f.Name), pattern)
		case v.Text == missing:
			d := n.add(c, NoticeOldPSP, v.Span, "<NA> is what is printed where there is no value; no value equals it")
			d.Hint = c.withoutMissing(f, check, negated)
		}
	}
}

// missing is what old rules compare with where there is no value.
const missing = "<NA>"

// withoutMissing says how to write a check against missing, with the not before it.
func (c *condition) withoutMissing(f *ast.Field, check *ast.Check, negated bool) string {
	name := c.written(f.Span)
	var others []string
	for _, v := range check.Values() {
		if v.Text != missing {
			others = append(others, c.written(v.Span))
		}
	}
	if len(others) == 0 {
		if exists := check.Op == ast.OpNe; exists != negated {
			return fmt.Sprintf("write %s exists", name)
		}
		return fmt.Sprintf("write not %s exists", name)
	}
	rest := fmt.Sprintf("%s %s (%s)", name, check.Op, strings.Join(others, ", "))
	if negated {
		return fmt.Sprintf("write %s exists and not %s", name, rest)
	}
	return fmt.Sprintf("write (not %s exists or %s)", name, rest)
}

// isList reports whether a field of audit events is a list.
func (n *noticer) isList(ref *ast.Field) bool {
	audit := n.source("k8s_audit")
	if audit == nil {
		return false
	}
	f, _, err := audit.Resolve(ref)
	return err == nil && f.List
}

// pointers lead to what fields of pods are about, by the ends of their names.
var pointers = []struct{ end, container, pod string }{
	{".run_as_user", "/securityContext/runAsUser", "/securityContext/runAsUser"},
	{".eff_run_as_user", "/securityContext/runAsUser", "/securityContext/runAsUser"},
	{".run_as_group", "/securityContext/runAsGroup", "/securityContext/runAsGroup"},
	{".eff_run_as_group", "/securityContext/runAsGroup", "/securityContext/runAsGroup"},
	{".add_capabilities", "/securityContext/capabilities/add", ""},
	{".host_port", "/ports", ""},
	{".privileged", "/securityContext/privileged", ""},
	{".read_only_fs", "/securityContext/readOnlyRootFilesystem", ""},
	{".allow_privilege_escalation", "/securityContext/allowPrivilegeEscalation", ""},
	{".proc_mount", "/securityContext/procMount", ""},
}

// elementOf returns the field that has what a field of pods is about, of the first
// element of the list.
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
			return "jevt.value[/requestObject/spec/containers/0" + p.container + "]"
		}
	}
	return "jevt.value[/requestObject/spec/containers/0/image]"
}

// podsOwn returns the field that has what a pod says to all its containers.
func podsOwn(name string) string {
	for _, p := range pointers {
		if strings.HasSuffix(name, p.end) && p.pod != "" {
			return "jevt.value[/requestObject/spec" + p.pod + "]"
		}
	}
	return "jevt.value[/requestObject/spec/securityContext]"
}

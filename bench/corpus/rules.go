package corpus

import (
	"bufio"
	"fmt"
	"io"
)

// Rules writes a file of n system-call rules, with a macro and a list for every ten rules.
func Rules(w io.Writer, n int) error {
	d := newDice()
	out := bufio.NewWriter(w)
	for i := range n {
		group := i / 10
		if i%10 == 0 {
			fmt.Fprintf(out, "- list: tools_%d\n  items: [tool-%s, tool-%s, tool-%s]\n\n", group, d.letters(5), d.letters(5), d.letters(5))
			fmt.Fprintf(out, "- macro: started_by_%d\n  condition: (evt.type in (execve, execveat) and proc.pname in (tools_%d))\n\n", group, group)
		}
		fmt.Fprintf(out, `- rule: Tool %d in a container
  desc: One of many rules that are like each other and still not the same.
  condition: >
    started_by_%d and container.id != host and proc.name = program-%s
    and (proc.cmdline contains "--%s" or fd.name startswith /srv/%s/) and not user.name in (root, tools_%d)
  output: tool ran (command %%proc.cmdline, parent %%proc.pname, user %%user.name, container %%container.name)
  priority: %s
  tags: [container, process]

`, i, group, d.letters(6), d.letters(4), d.letters(4), group, d.one("NOTICE", "WARNING", "ERROR"))
	}
	return out.Flush()
}

// OtherVerbs writes n k8s_audit rules about verbs and resources that the events of [Audit]
// do not have.
func OtherVerbs(w io.Writer, n int) error {
	d := newDice()
	out := bufio.NewWriter(w)
	for i := range n {
		fmt.Fprintf(out, `- rule: Custom resource %d changed
  desc: One of many rules about resources that this log does not have.
  condition: >
    jevt.value[/stage] = ResponseComplete and ka.verb in (deletecollection, %s) and ka.target.resource = widgets%d
    and not ka.user.name startswith "system:" and ka.target.namespace != %s
  output: custom resource changed (user %%ka.user.name, name %%ka.target.name)
  priority: NOTICE
  source: k8s_audit

`, i, d.one("create", "delete", "patch"), i%500, d.letters(6))
	}
	return out.Flush()
}

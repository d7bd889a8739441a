package falcorules_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/falcorules/falcorules"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/events"
)

func Example() {
	rules, err := falcorules.Load("examples/k8s_audit/rules")
	if err != nil {
		log.Fatal(err)
	}
	in := events.Files([]string{"examples/k8s_audit/eventlist.json"}, events.InputOptions{})
	stats, err := rules.Run(context.Background(), in, func(m *falcorules.Match) error {
		_, err := fmt.Println(m.Rule().Name, "-", m.Message())
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(stats.Events, "events")
	// Output:
	// Session in a pod - tom@shop.example had an exec session in pod payments/payments-0 (stage ResponseStarted, container payments, command cat, client kubectl/v1.32.3 (linux/amd64) kubernetes/32cc146)
	// Role with all verbs - tom@shop.example wrote roles debug with all verbs (namespace payments, groups (), resources (pods,pods/exec,secrets))
	// 4 events
}

// Mistakes are reported with their positions, and with suggestions.
func ExampleParse_diagnostics() {
	_, err := falcorules.Parse("rules.yaml", []byte(`
- rule: Shell in a container
  desc: Somebody started a shell in a container.
  condition: evt.type = execve and proc.nam in (bash, sh)
  output: shell in a container (command %proc.cmdline)
  priority: NOTICE
`))
	if err := diag.WriteText(os.Stdout, diag.Of(err), diag.TextOptions{}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// rules.yaml:4:36: error: LOAD_ERR_COMPILE_CONDITION: source syscall has no field proc.nam
	//     in rule "Shell in a container"
	//       condition: evt.type = execve and proc.nam in (bash, sh)
	//                                        ^~~~~~~~
	//     hint: did you mean proc.name?
}

// Single events, such as those that an audit webhook receives, can be matched on any
// goroutine.
func ExampleRules_MatchJSON() {
	rules, err := falcorules.Parse("rules.yaml", []byte(`
- rule: Namespace deleted
  desc: Somebody deletes a namespace.
  condition: ka.verb = delete and ka.target.resource = namespaces
  output: namespace %ka.target.name deleted by %ka.user.name
  priority: WARNING
  source: k8s_audit
`))
	if err != nil {
		log.Fatal(err)
	}
	event := `{"kind": "Event", "auditID": "1", "verb": "delete", "user": {"username": "eve"},
		"objectRef": {"resource": "namespaces", "name": "prod"}, "stageTimestamp": "2026-03-01T10:20:30.5Z"}`
	matches, err := rules.MatchJSON([]byte(event))
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range matches {
		alert, err := json.Marshal(m)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(string(alert))
	}
	// Output:
	// {"hostname":"","output":"10:20:30.500000000: Warning namespace prod deleted by eve","output_fields":{"evt.time":1772360430500000000,"ka.target.name":"prod","ka.user.name":"eve"},"priority":"Warning","rule":"Namespace deleted","source":"k8s_audit","tags":[],"time":"2026-03-01T10:20:30.500000000Z"}
}

// An explanation names the check because of which a rule did not fire.
func ExampleRules_Explain() {
	rules, err := falcorules.Load("examples/syscall/rules.yaml")
	if err != nil {
		log.Fatal(err)
	}
	in := events.Reader("event", strings.NewReader(`{"evt": {"type": "execve"}, "proc": {"name": "ls"}, "container": {"id": "3ad7b26ded6d"}}`), events.InputOptions{})
	for ev, err := range events.All(context.Background(), in, rules.NewDecoder()) {
		if err != nil {
			log.Fatal(err)
		}
		why, err := rules.Explain("Shell in a container", ev)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(why.Summary())
	}
	// Output: Shell in a container did not fire: proc.name is ls, so proc.name in (shell_binaries) is false (examples/syscall/rules.yaml:9)
}

// Rules can come from a file system, such as an embed.FS, and events from a reader.
func ExampleOptions_LoadFS() {
	options := falcorules.Options{
		Report: func(d *diag.Diagnostic) { log.Print(d) }, // an unreadable event
	}
	rules, err := options.LoadFS(os.DirFS("examples/k8s_audit"), "rules/pods.yaml")
	if err != nil {
		log.Fatal(err)
	}
	file, err := os.Open("examples/k8s_audit/eventlist.json")
	if err != nil {
		log.Fatal(err)
	}
	in := events.Reader(file.Name(), file, events.InputOptions{}) // closes the file
	stats, err := rules.WriteAlerts(context.Background(), os.Stdout, in, falcorules.AlertText)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(stats)
	// Output:
	// 10:42:17.976765000: Notice tom@shop.example had an exec session in pod payments/payments-0 (stage ResponseStarted, container payments, command cat, client kubectl/v1.32.3 (linux/amd64) kubernetes/32cc146)
	// 4 events, 0 bad events, 0 bad inputs
}

package k8saudit_test

import (
	"testing"

	"github.com/falcorules/falcorules/fieldsets/k8saudit"
)

func TestImpossibleValues(t *testing.T) {
	for _, c := range []struct {
		field, value string
		impossible   bool
	}{
		{"ka.verb", "create", false},
		{"ka.verb", "CREATE", true},
		{"ka.target.resource", "Pods", true},
		{"jevt.value[/stage]", "ResponseComplete", false},
		{"jevt.value[/stage]", "Complete", true},
		{"jevt.value[/verb]", "anything", false},
		{"ka.auth.decision", "deny", true},
		{"ka.response.code", "201", false},
		{"ka.response.code", "9", true},
		{"ka.response.code", "OK", true},
		{"ka.req.pod.host_network", "true", false},
		{"ka.req.pod.host_network", "yes", true},
		{"ka.req.pod.containers.privileged[0]", "1", true},
		{"ka.uri", "/api", false},
		{"ka.uri", "https://host/api", true},
	} {
		t.Run(c.field+"="+c.value, func(t *testing.T) {
			reasons := k8saudit.ImpossibleValues(map[string][]string{c.field: {c.value}})
			if got := reasons[c.field] != ""; got != c.impossible {
				t.Errorf("got %v", reasons)
			}
		})
	}
}

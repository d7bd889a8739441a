package psp_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/falcorules/falcorules/psp"
)

func Example() {
	policies, err := psp.Read(strings.NewReader(`
apiVersion: policy/v1beta1
kind: PodSecurityPolicy
metadata: {name: web}
spec:
  readOnlyRootFilesystem: true
  runAsUser: {rule: RunAsAny}
  fsGroup: {rule: RunAsAny}
  supplementalGroups: {rule: RunAsAny}
  seLinux: {rule: RunAsAny}
`), "policy.yaml")
	if err != nil {
		log.Fatal(err)
	}
	conversion, err := psp.Convert(policies, psp.Options{Sources: []psp.Source{psp.K8sAudit}})
	if err != nil {
		log.Fatal(err)
	}
	for _, rule := range conversion.Rules {
		if rule.Property == "readOnlyRootFilesystem" {
			fmt.Println(rule.Name)
		}
	}
	// Output:
	// PSP web Violation (readOnlyRootFilesystem) K8s Audit
	// PSP web Mutation (readOnlyRootFilesystem) K8s Audit
}

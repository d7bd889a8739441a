package k8saudit_test

import (
	"fmt"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
)

func Example() {
	source := k8saudit.NewSource()
	_, images, err := source.Resolve(&ast.Field{Name: "ka.req.pod.containers.image"})
	if err != nil {
		fmt.Println(err)
		return
	}

	payload := []byte(`{"kind": "EventList", "items": [
		{"auditID": "a1", "stageTimestamp": "2026-05-04T09:10:11.5Z", "requestObject": {"spec": {"containers": [{"image": "nginx:1.29"}, {"image": "busybox"}]}}},
		{"auditID": "a2", "stageTimestamp": "today"}
	]}`)
	decoder := k8saudit.NewDecoder(&fieldsets.Stream{Hostname: "node-1"})
	var values fieldsets.Values
	err = decoder.Decode(payload, func(ev *fieldsets.Event) error {
		values.Reset()
		images(ev, &values)
		for _, v := range values.All() {
			fmt.Println(ev.Number, v.Text())
		}
		return nil
	})
	fmt.Println(err)
	// Output:
	// 1 nginx:1.29
	// 1 busybox
	// item 2: invalid stageTimestamp "today" of an audit event: want a time such as 2006-01-02T15:04:05Z
}

func ExampleDocumented() {
	payload := []byte(`{"kind": "Event", "auditID": "a1", "stageTimestamp": "2026-05-04T09:10:11Z", "requestObject": {"spec": {
		"securityContext": {"runAsUser": 1000},
		"containers": [{"name": "app"}, {"name": "root", "securityContext": {"runAsUser": 0}}]}}}`)
	for _, opts := range [][]k8saudit.Option{nil, {k8saudit.Documented()}} {
		_, users, err := k8saudit.NewSource(opts...).Resolve(&ast.Field{Name: "ka.req.pod.containers.eff_run_as_user"})
		if err != nil {
			fmt.Println(err)
			return
		}
		err = k8saudit.NewDecoder(nil).Decode(payload, func(ev *fieldsets.Event) error {
			var values fieldsets.Values
			users(ev, &values)
			for _, v := range values.All() {
				fmt.Println(v.Text())
			}
			fmt.Println("--")
			return nil
		})
		if err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// 0
	// 0
	// --
	// 1000
	// 0
	// --
}

package events_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall/fixtures"
)

// readWrapped reads text as log records, and returns a line for each event, each
// diagnostic and the number of records of other logs.
func readWrapped(text string, wrapper k8saudit.Wrapper) []string {
	var others atomic.Int64
	in := events.Reader("a", strings.NewReader(text), events.InputOptions{MaxEventSize: 300, Wrapped: wrapper != k8saudit.NoWrapper, OnlyJSON: true})
	decoder := events.NewDecoder(events.DecoderOptions{
		Wrapper: wrapper, OtherLogs: &others, MaxEventSize: 300, Fixtures: []*fixture.Source{fixtures.NewSource()},
	})
	var got []string
	for ev, err := range events.All(context.Background(), in, decoder) {
		var d *diag.Diagnostic
		switch {
		case errors.As(err, &d):
			got = append(got, lineOf(d))
		case err != nil:
			got = append(got, err.Error())
		default:
			got = append(got, fmt.Sprint(ev.Number, " ", ev.Source))
		}
	}
	if n := others.Load(); n > 0 {
		got = append(got, fmt.Sprint(n, " others"))
	}
	return got
}

func TestWrapped(t *testing.T) {
	ev := strings.TrimSpace(lines(1))
	text, err := json.Marshal(ev)
	if err != nil {
		t.Fatal(err)
	}
	message := `{"timestamp":1,"message":` + string(text) + `}`
	const hint = "an audit event has kind Event, or kind EventList and items; a fixture has source, fields, or groups of fields such as evt and proc"
	large := strings.Replace(ev, `"auditID"`, `"pad":"`+strings.Repeat("x", 300)+`","auditID"`, 1)
	const tooLarge = `1:1: value of 379 bytes exceeds the limit of 300: "{\"kind\":\"Event\",\"pad\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"`
	for _, c := range []struct {
		name    string
		wrapper k8saudit.Wrapper
		text    string
		want    []string
	}{
		{"without a wrapper", "", message, []string{"1:1: neither an audit event nor a fixture; " + hint}},
		{"events and fixtures", "auto", ev + "\n[" + ev + ",{\"evt\":{}},[" + ev + "]]\n" + message, []string{"1 k8s_audit", "2 k8s_audit", "3 syscall", "4 k8s_audit", "5 k8s_audit"}},
		{"list over the limit", "eks", `{"events":[` + strings.Repeat(message+",\n", 999) + `{"timestamp":2,"message":"{,"}]}`, append(numbered(999), `1000:28: not JSON: expected a key in double quotes`)},
		{"escapes over the limit", "aks", `{"properties":{"log":"` + unicodeEscapes(ev) + `"}}`, []string{"1 k8s_audit"}},
		{"large event", "auto", large, []string{tooLarge}},
		{"large event without a wrapper", "", large, []string{tooLarge}},
		{"large fixture", "auto", `{"proc":{"name":"` + strings.Repeat("x", 300) + `"}}`, []string{
			`1:1: value of 320 bytes exceeds the limit of 300: "{\"proc\":{\"name\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"`,
		}},
		{"white space", "auto", "{\"proc\":{\"name\":\"x\"" + strings.Repeat(" ", 300) + "}}", []string{"1 syscall"}},
		{"truncated lines", "eks", ev[:40] + "[Truncated...]\n" + ev + "\n" + ev[:28] + "[Truncated...]", []string{
			"1:55: audit event 0 was truncated by the log", "1 k8s_audit", "3:43: the audit event was truncated by the log",
		}},
		{"truncated line without a wrapper", "", ev[:40] + "[Truncated...]\n", []string{
			`1:55: line ends inside a string: "{\"kind\":\"Event\",\"auditID\":\"0\",\"stageTime[Truncated...]"`,
		}},
		{"other logs", "eks", strings.ReplaceAll(message, string(text), `"I0301"`) + message, []string{"1 k8s_audit", "1 others"}},
		{"broken text", "aks", "\n{\"properties\":\n {\"log\":\"{\\\"kind\\\":x}\"}}", []string{"3:20: not JSON: invalid value"}},
		{"no record", "gke", `{"a":1}`, []string{"1:1: neither an audit event nor a fixture; " + hint + "; a log entry of GKE has logName, resource and protoPayload"}},
		{"no record in a list", "aks", `{"records":[{"a":1}]}`, []string{"1:13: neither an audit event nor a fixture; " + hint + "; a record of AKS has properties.log, or there is a list of records"}},
		{"no record in an array", "eks", `[[{"a":1},` + message + `]]`, []string{"1 k8s_audit", "1:3: neither an audit event nor a fixture; " + hint + "; a record of EKS has message, logEvents or events"}},
		{"many in an array", "eks", `[[` + strings.Repeat("1,", 200) + `1]]`, append(slicesOf(100, func(i int) string {
			return fmt.Sprintf("1:%d: neither an audit event nor a fixture; %s; a record of EKS has message, logEvents or events", 3+2*i, hint)
		}), "1:2: 101 more records of this list cannot be read")},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, readWrapped(c.text, c.wrapper)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("truncated record", func(t *testing.T) { // a Follower returns whole lines
		rec := events.Record{Raw: []byte(ev[:40] + "[Truncated...]"), Pos: diag.Pos{Line: 7, Column: 1}}
		err := events.NewDecoder(events.DecoderOptions{Wrapper: k8saudit.EKS}).Decode(&rec, nil)
		if got := lineOf(diag.Of(err)[0]); got != "7:1: audit event 0 was truncated by the log" {
			t.Error(got)
		}
	})
}

func slicesOf(n int, element func(int) string) []string {
	s := make([]string, n)
	for i := range s {
		s[i] = element(i)
	}
	return s
}

// numbered returns lines for n audit events.
func numbered(n int) []string {
	return slicesOf(n, func(i int) string { return fmt.Sprint(i+1, " k8s_audit") })
}

// unicodeEscapes escapes every byte of an ASCII text.
func unicodeEscapes(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, `\u%04x`, c)
	}
	return b.String()
}

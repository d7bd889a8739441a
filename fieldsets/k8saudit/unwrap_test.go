package k8saudit_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/internal/subtest"
)

// quoted returns a text as a JSON string.
func quoted(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(quoted)
}

// message returns an element of a subscription's payload.
func message(text string) string { return `{"id":"1","timestamp":1,"message":` + quoted(text) + `}` }

// auditLog returns a resource log of AKS.
func auditLog(category, text string) string {
	return `{"category":` + quoted(category) + `,"properties":{"log":` + quoted(text) + `}}`
}

// entry returns a log entry of GKE with a payload.
func entry(payload string) string {
	return `{"insertId":"i","logName":"projects/p/logs/cloudaudit.googleapis.com%2Factivity","resource":{"type":"k8s_cluster"},` +
		`"receiveTimestamp":"2026-03-01T10:20:30Z","protoPayload":` + payload + `}`
}

const gkePayload = `{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","serviceName":"k8s.io"}`

// unwrap decodes a payload and returns a line for each event, each error and the number of
// records of other logs.
func unwrap(t *testing.T, from k8saudit.Wrapper, payload string) []string {
	t.Helper()
	decoder := k8saudit.NewDecoder(nil)
	decoder.MaxEventSize = 1000
	u := k8saudit.NewUnwrapper(decoder, from)
	var doc jsonfields.Document
	if err := doc.Parse([]byte(payload)); err != nil {
		t.Fatal(err)
	}
	var got []string
	err := u.Decode(doc.JSON(), func(ev *fieldsets.Event) error {
		got = append(got, strings.Clone(ev.Data.(jsonfields.Data).JSON().Get("auditID").Text()))
		return nil
	})
	var bad *k8saudit.ListError
	switch {
	case errors.As(err, &bad):
		for _, item := range bad.Items {
			got = append(got, fmt.Sprintf("%d: byte %d: %v", item.Item, item.Offset, item.Err))
		}
	case err != nil:
		got = append(got, err.Error())
	}
	if u.OtherLogs > 0 {
		got = append(got, fmt.Sprintf("%d others", u.OtherLogs))
	}
	return got
}

func TestUnwrap(t *testing.T) {
	const (
		auto = k8saudit.AnyWrapper
		eks  = k8saudit.EKS
		gke  = k8saudit.GKE
		aks  = k8saudit.AKS
	)
	both := []k8saudit.Wrapper{auto}
	list := func(events ...string) string { return strings.Join(events, ",") }
	for _, c := range []struct {
		name    string
		from    []k8saudit.Wrapper // and auto
		payload string
		want    []string
	}{
		{"message", []k8saudit.Wrapper{eks}, message(event("a")), []string{"a"}},
		{"message with white space", []k8saudit.Wrapper{eks}, message(" \n" + event("a") + "\n"), []string{"a"}},
		{"message with a list", []k8saudit.Wrapper{eks}, message(`{"kind":"EventList","items":[` + event("a") + `,{}]}`), []string{
			"a", "1: byte 34: item 2: the audit event has no stageTimestamp",
		}},
		{
			"subscription", []k8saudit.Wrapper{eks},
			`{"messageType":"DATA_MESSAGE","logStream":"kube-apiserver-audit-1","logEvents":[` + list(message(event("a")), message(event("b"))) + `]}`,
			[]string{"a", "b"},
		},
		{
			"control message", []k8saudit.Wrapper{eks},
			`{"messageType":"CONTROL_MESSAGE","logEvents":[{"id":"","timestamp":1,"message":"CWL CONTROL MESSAGE: Checking health of destination."}]}`,
			[]string{"1 others"},
		},
		{
			"streams", []k8saudit.Wrapper{eks},
			`{"events":[{"logStreamName":"kube-apiserver-audit-1","timestamp":1,"message":` + quoted(event("a")) + `},` +
				`{"logStreamName":"authenticator-1","timestamp":1,"message":"{\"level\":\"info\"}"},{"logStreamName":"kube-apiserver-1","timestamp":1,"message":"I0301"}]}`,
			[]string{"a", "2 others"},
		},
		{"array of records", []k8saudit.Wrapper{eks}, `[` + list(message(event("a")), event("b"), `[`+message(event("c"))+`]`) + `]`, []string{"a", "b", "c"}},
		{"empty lists", both, `[{"logEvents":[]},{"records":[]},[]]`, nil},
		{"broken message", []k8saudit.Wrapper{eks}, message(`{"kind":"Event",, "x`), []string{"1: byte 55: not JSON: byte 16: expected a key in double quotes"}},
		{"message that is no event", []k8saudit.Wrapper{eks}, message(`{"kind":"Pod"}`), []string{"1: byte 34: " + k8saudit.ErrNotAuditEvent.Error()}},
		{"invalid event", []k8saudit.Wrapper{eks}, message(`{"kind":"Event"}`), []string{"1: byte 34: the audit event has no stageTimestamp"}},
		{"truncated", []k8saudit.Wrapper{eks}, message(event("a") + `[Truncated...]`), []string{"1: byte 34: audit event a was truncated by the log"}},
		{"truncated in the ID", []k8saudit.Wrapper{eks}, message(`{"kind":"Event","auditID": "a[Truncated...]`), []string{"1: byte 34: the audit event was truncated by the log"}},
		{"too large", []k8saudit.Wrapper{eks}, message(`{"kind":"Event","stageTimestamp":"2026-05-04T09:10:11Z","pad":"` + strings.Repeat("x", 1000) + `"}`), []string{
			"1: byte 34: audit event of 1065 bytes exceeds the limit of 1000",
		}},
		{"no record", []k8saudit.Wrapper{eks, gke, aks}, `{"a":1}`, []string{"not a log record"}},
		{"no record in an array", []k8saudit.Wrapper{eks}, `[` + list(message(event("a")), `{"a":1}`, `5`) + `]`, []string{
			"a", fmt.Sprintf("2: byte %d: not a log record", len(message(event("a")))+2), fmt.Sprintf("3: byte %d: not a log record", len(message(event("a")))+10),
		}},
		{"event", both, event("a"), []string{"not a log record"}}, // but see "array of records"

		{"resource log", []k8saudit.Wrapper{aks}, auditLog("kube-audit", event("a")), []string{"a"}},
		{
			"resource logs", []k8saudit.Wrapper{aks},
			`{"records":[` + list(
				auditLog("kube-audit", event("a")), auditLog("kube-audit-admin", event("b")),
				`{"properties":{"log":`+event("c")+`}}`, auditLog("kube-apiserver", event("d")), auditLog("kube-apiserver", "I0301 10:20:30 x"),
				auditLog("csi", `{"level":"info"}`), auditLog("csi", `{"level":`), auditLog("kube-audit", "I0301"), `{"properties":{"log":null}}`,
			) + `]}`,
			[]string{"a", "b", "c", "d", "5 others"},
		},
		{"broken resource log", []k8saudit.Wrapper{aks}, auditLog("kube-audit", `{"kind":`), []string{"1: byte 56: not JSON: byte 8: missing value"}},
		{"resource log without text", []k8saudit.Wrapper{aks}, `{"records":[{"category":"kube-audit"}]}`, []string{"1: byte 12: not a log record"}},

		{"log entry", []k8saudit.Wrapper{gke}, entry(gkePayload), []string{"i"}},
		{"other log", []k8saudit.Wrapper{gke}, `{"logName":"projects/p/logs/stdout","resource":{"type":"k8s_container"},"textPayload":"x"}`, []string{"1 others"}},
		{"other resource", []k8saudit.Wrapper{gke}, strings.Replace(entry(gkePayload), "k8s_cluster", "gke_cluster", 1), []string{"1 others"}},
		{"other service", []k8saudit.Wrapper{gke}, entry(strings.Replace(gkePayload, "k8s.io", "container.googleapis.com", 1)), []string{"1 others"}},
		{"other payload", []k8saudit.Wrapper{gke}, entry(`{"@type":"x","serviceName":"k8s.io"}`), []string{
			"1: byte 0: log entry i: want a protoPayload with @type type.googleapis.com/google.cloud.audit.AuditLog",
		}},
		{"no payload", []k8saudit.Wrapper{gke}, strings.Replace(entry(`{}`), "protoPayload", "jsonPayload", 1), []string{
			"1: byte 0: log entry i: want a protoPayload with @type type.googleapis.com/google.cloud.audit.AuditLog",
		}},
		{"invalid time", []k8saudit.Wrapper{gke}, strings.Replace(entry(gkePayload), "2026-03-01T", "", 1), []string{
			`1: byte 0: log entry i: invalid receiveTimestamp "10:20:30Z": want a time such as 2006-01-02T15:04:05Z`,
		}},
		{"large entry", []k8saudit.Wrapper{gke}, entry(strings.Replace(gkePayload, "{", `{"resourceName":"`+strings.Repeat("x", 1000)+`",`, 1)), []string{
			"1: byte 0: log entry i: audit event of 1350 bytes exceeds the limit of 1000",
		}},
	} {
		for _, from := range append([]k8saudit.Wrapper{auto}, c.from...) {
			t.Run(subtest.Name(c.name+" "+string(from)), func(t *testing.T) {
				if diff := cmp.Diff(c.want, unwrap(t, from, c.payload)); diff != "" {
					t.Errorf("%s\n(-want +got):\n%s", c.payload, diff)
				}
			})
		}
	}
	t.Run("another wrapper", func(t *testing.T) {
		for from, payload := range map[k8saudit.Wrapper]string{eks: entry(gkePayload), gke: auditLog("kube-audit", event("a")), aks: message(event("a"))} {
			if diff := cmp.Diff([]string{"not a log record"}, unwrap(t, from, payload)); diff != "" {
				t.Errorf("%s: (-want +got):\n%s", from, diff)
			}
		}
	})
	t.Run("message without a time", func(t *testing.T) {
		payload := `{"message":` + quoted(event("a")) + `}`
		if diff := cmp.Diff([]string{"a"}, unwrap(t, eks, payload)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"not a log record"}, unwrap(t, auto, payload)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("many errors", func(t *testing.T) {
		if got := unwrap(t, eks, `[`+strings.Repeat(`1,`, 999)+`1]`); len(got) != 100 {
			t.Errorf("%d errors", len(got))
		}
	})
}

// TestUnwrapStops checks that Decode returns the error of the function.
func TestUnwrapStops(t *testing.T) {
	stop := errors.New("stop")
	for _, payload := range []string{
		`[` + message(event("a")) + `,` + message(event("b")) + `,1]`, `[` + event("a") + `,{},` + event("b") + `]`,
		`[` + entry(gkePayload) + `,` + entry(gkePayload) + `]`, `{"records":[` + auditLog("", event("a")) + `,` + auditLog("", event("b")) + `]}`,
	} {
		var doc jsonfields.Document
		if err := doc.Parse([]byte(payload)); err != nil {
			t.Fatal(err)
		}
		n := 0
		err := k8saudit.NewUnwrapper(k8saudit.NewDecoder(nil), k8saudit.AnyWrapper).Decode(doc.JSON(), func(*fieldsets.Event) error { n++; return stop })
		if !errors.Is(err, stop) || n != 1 {
			t.Errorf("%s: %v after %d events", payload, err, n)
		}
	}
}

// TestGKE compares events with those of Falco's plugin: for each line of gke.jsonl,
// gke.events has the time and the event of k8saudit-gke 0.9.0.
func TestGKE(t *testing.T) {
	entries, err := os.ReadFile("testdata/gke.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/gke.events")
	if err != nil {
		t.Fatal(err)
	}
	u := k8saudit.NewUnwrapper(k8saudit.NewDecoder(nil), k8saudit.GKE)
	var got bytes.Buffer
	for line := range bytes.Lines(entries) {
		var doc jsonfields.Document
		if err := doc.Parse(bytes.TrimSpace(line)); err != nil {
			t.Fatal(err)
		}
		err := u.Decode(doc.JSON(), func(ev *fieldsets.Event) error {
			fmt.Fprintln(&got, ev.Time, ev.Data.(jsonfields.Data).JSON().Raw())
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestGKEIncomplete has entries that the plugin loses, or on which it crashes.
func TestGKEIncomplete(t *testing.T) {
	for name, c := range map[string]struct{ payload, want string }{
		"no user and no addresses": {`"methodName":"a.get"`, `"verb":"get","user":{},"responseStatus"`},
		"invalid text":             {`"authenticationInfo":{"principalEmail":"\ud800x"}`, `"user":{"username":"\\ud800x"}`},
		"repeated keys":            {`"request":{"b":1,"a":2,"b":3}`, `"requestObject":{"a":2,"b":1}`},
		"no object":                {`"request":[1,"x"]`, `"requestObject":[1,"x"]`},
		"numbers":                  {`"request":{"a":NaN,"b":1e999,"c":1-2,"d":-0.0}`, `"requestObject":{"a":"NaN","b":"1e999","c":"1-2","d":-0}`},
	} {
		t.Run(name, func(t *testing.T) {
			var doc jsonfields.Document
			if err := doc.Parse([]byte(entry(strings.TrimSuffix(gkePayload, "}") + "," + c.payload + "}"))); err != nil {
				t.Fatal(err)
			}
			err := k8saudit.NewUnwrapper(k8saudit.NewDecoder(nil), k8saudit.GKE).Decode(doc.JSON(), func(ev *fieldsets.Event) error {
				if got := ev.Data.(jsonfields.Data).JSON().Raw(); !strings.Contains(got, c.want) {
					t.Errorf("got %s", got)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func FuzzEKS(f *testing.F) {
	fuzzWrapper(f, k8saudit.EKS, message(event("a")), `{"logEvents":[`+message(event("a")+"[Truncated...]")+`]}`, message(`{"a":"\"\\\u00e9`), message("I0301"))
}

func FuzzGKE(f *testing.F) {
	entries, err := os.ReadFile("testdata/gke.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	fuzzWrapper(f, k8saudit.GKE, append(strings.Split(strings.TrimSpace(string(entries)), "\n"), entry(gkePayload))...)
}

func FuzzAKS(f *testing.F) {
	fuzzWrapper(f, k8saudit.AKS, auditLog("kube-audit", event("a")), `{"records":[`+auditLog("", event("a"))+`]}`, auditLog("", "I0301"), `{"properties":{"log":{}}}`)
}

// fuzzWrapper checks that all events are JSON objects, and that all errors are in the
// payload.
func fuzzWrapper(f *testing.F, from k8saudit.Wrapper, payloads ...string) {
	for _, payload := range payloads {
		f.Add([]byte(payload))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		var doc, event jsonfields.Document
		if doc.Parse(payload) != nil {
			return
		}
		u := k8saudit.NewUnwrapper(k8saudit.NewDecoder(nil), from)
		err := u.Decode(doc.JSON(), func(ev *fieldsets.Event) error {
			raw := ev.Data.(jsonfields.Data).JSON().Raw()
			if err := event.Parse([]byte(raw)); err != nil || event.JSON().Kind() != jsonfields.Object {
				t.Errorf("event %q: %v", raw, err)
			}
			return nil
		})
		var bad *k8saudit.ListError
		if !errors.As(err, &bad) {
			return
		}
		for _, item := range bad.Items {
			if item.Offset < 0 || item.Offset > len(payload) || item.Item < 1 {
				t.Errorf("error %+v in %d bytes", item, len(payload))
			}
		}
	})
}

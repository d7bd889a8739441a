package k8saudit_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/internal/subtest"
)

// event returns a small audit event.
func event(id string) string {
	return fmt.Sprintf(`{"kind":"Event","auditID":%q,"stageTimestamp":"2026-05-04T09:10:11.5Z"}`, id)
}

func TestDecode(t *testing.T) {
	item := strings.ReplaceAll(event("i"), `"kind":"Event",`, "")
	for _, c := range []struct {
		payload string
		ids     string
		err     string
	}{
		{event("a"), "a", ""},
		{" \n" + event("a") + "\r\n", "a", ""},
		{`{"kind":"EventList","items":[` + event("a") + `,` + item + `]}`, "a i", ""},
		{`{"kind":"EventList","items":[]}`, "", ""},
		{`[` + event("a") + `,` + event("b") + `]`, "a b", ""},
		{`[[` + event("a") + `],{"kind":"EventList","items":[` + item + `]},[]]`, "a i", ""},
		{`[]`, "", ""},
		{
			`{"kind":"EventList","items":[{},` + item + `,5,{"stageTimestamp":"x"}]}`, "i",
			`item 1: the audit event has no stageTimestamp; item 3: the audit event has no stageTimestamp; item 4: invalid stageTimestamp "x" of an audit event: want a time such as 2006-01-02T15:04:05Z`,
		},
		{
			`{"kind":"EventList","items":[{},{},{},{},{}]}`, "",
			`item 1: the audit event has no stageTimestamp; item 2: the audit event has no stageTimestamp; item 3: the audit event has no stageTimestamp; and 2 more`,
		},
		{`[{"kind":"Event"},` + event("b") + `]`, "b", "item 1: the audit event has no stageTimestamp"},
		{`{"kind":"Event"}`, "", "the audit event has no stageTimestamp"},
		{`{"kind":"Event","stageTimestamp":5}`, "", `invalid stageTimestamp "5" of an audit event: want a time such as 2006-01-02T15:04:05Z`},
		{`{"kind":"Event","stageTimestamp":"` + strings.Repeat("é", 50) + `"}`, "", `invalid stageTimestamp "` + strings.Repeat("é", 32) + `…" of an audit event: want a time such as 2006-01-02T15:04:05Z`},
		{item, "", k8saudit.ErrNotAuditEvent.Error()},
		{`{"kind":"EventList","items":{}}`, "", k8saudit.ErrNotAuditEvent.Error()},
		{`{"kind":"EventList"}`, "", k8saudit.ErrNotAuditEvent.Error()},
		{`[` + event("a") + `,{}]`, "", k8saudit.ErrNotAuditEvent.Error()},
		{`7`, "", k8saudit.ErrNotAuditEvent.Error()},
		{``, "", "not JSON: byte 0: missing value"},
		{event("a") + event("b"), "", "not JSON: byte 72: unexpected text after the document"},
		{`{"kind":"Event","stageTimestamp":"2026-05-04T09:10:11Z","pad":"` + strings.Repeat("x", 300) + `"}`, "", "audit event of 365 bytes exceeds the limit of 200"},
		{`{"kind":"EventList","items":[{"stageTimestamp":"2026-05-04T09:10:11Z","pad":"` + strings.Repeat("x", 300) + `"},` + event("b") + `]}`, "b", "item 1: audit event of 350 bytes exceeds the limit of 200"},
		// White space is not counted.
		{strings.ReplaceAll(event("a"), ",", strings.Repeat(" ", 100)+","), "a", ""},
	} {
		t.Run(subtest.Name(c.payload), func(t *testing.T) {
			decoder := k8saudit.NewDecoder(nil)
			decoder.MaxEventSize = 200
			var ids []string
			err := decoder.Decode([]byte(c.payload), func(ev *fieldsets.Event) error {
				ids = append(ids, strings.Clone(ev.Data.(jsonfields.Data).JSON().Get("auditID").Text()))
				return nil
			})
			if got := strings.Join(ids, " "); got != c.ids {
				t.Errorf("%s: events %q, want %q", c.payload, got, c.ids)
			}
			if err == nil && c.err != "" || err != nil && (c.err == "" || !strings.HasPrefix(err.Error(), c.err)) {
				t.Errorf("%s: error %q, want %q", c.payload, err, c.err)
			}
		})
	}
}

func TestDecodeItem(t *testing.T) {
	decoder := k8saudit.NewDecoder(nil)
	n := 0
	count := func(*fieldsets.Event) error { n++; return nil }
	if err := decoder.DecodeItem([]byte(`{"stageTimestamp":"2026-05-04T09:10:11Z"}`), count); err != nil || n != 1 {
		t.Errorf("%d events, error %v", n, err)
	}
	var syntax *jsonfields.SyntaxError
	if err := decoder.DecodeItem([]byte(`{`), count); !errors.As(err, &syntax) {
		t.Errorf("error %v", err)
	}
	var stamp *k8saudit.TimestampError
	for _, item := range []string{"5", "[]", "{}", `{"kind":"EventList","items":[` + event("a") + `]}`} {
		t.Run(subtest.Name(item), func(t *testing.T) {
			if err := decoder.DecodeItem([]byte(item), count); !errors.As(err, &stamp) || !stamp.Missing {
				t.Errorf("%s: error %v", item, err)
			}
		})
	}
	if n != 1 {
		t.Errorf("%d events", n)
	}
}

func TestErrorTypes(t *testing.T) {
	decoder := k8saudit.NewDecoder(nil)
	decoder.MaxEventSize = 10
	each := func(*fieldsets.Event) error { t.Error("an event"); return nil }
	var items []string
	for range 250 {
		items = append(items, event("a"))
	}
	items[1] = `{"stageTimestamp":""}`
	err := decoder.Decode([]byte(`{"kind":"EventList","items":[`+strings.Join(items, ",")+`]}`), each)
	var list *k8saudit.ListError
	var size *k8saudit.SizeError
	var stamp *k8saudit.TimestampError
	if !errors.As(err, &list) || list.Total != 250 || len(list.Items) != 100 || list.Items[1].Item != 2 {
		t.Errorf("%v", err)
	}
	if !errors.As(err, &size) || size.Size != len(event("a")) || size.Limit != 10 {
		t.Errorf("%v", err)
	}
	if !errors.As(err, &stamp) || stamp.Missing || stamp.Text != "" {
		t.Errorf("%v", err)
	}
}

// TestStream checks source, number and time of events.
func TestStream(t *testing.T) {
	stream := &fieldsets.Stream{}
	decoder := k8saudit.NewDecoder(stream)
	var got []string
	var start int64
	each := func(ev *fieldsets.Event) error {
		start = ev.Start
		if ev.Stream != stream || ev.Source != k8saudit.SourceName {
			t.Errorf("stream %v, source %s", ev.Stream, ev.Source)
		}
		got = append(got, fmt.Sprint(ev.Number, ev.Time))
		return nil
	}
	for _, payload := range []string{
		`{"kind":"Event"}`, // invalid, not counted
		`{"kind":"Event","stageTimestamp":"2026-03-24T01:30:15.836138Z"}`,
		`{"kind":"Event","stageTimestamp":"2026-03-24T03:30:15.8361381+02:00"}`,
	} {
		_ = decoder.Decode([]byte(payload), each)
	}
	want := []string{"1 1774315815836138000", "2 1774315815836138100"}
	if !slices.Equal(got, want) || start != 1774315815836138000 {
		t.Errorf("%q and start %d, want %q", got, start, want)
	}
}

func TestEachStops(t *testing.T) {
	stop := errors.New("stop")
	n := 0
	each := func(*fieldsets.Event) error {
		n++
		if n == 2 {
			return stop
		}
		return nil
	}
	payload := `[{"kind":"EventList","items":[5,` + event("a") + `,` + event("b") + `,` + event("c") + `]},` + event("d") + `]`
	if err := k8saudit.NewDecoder(nil).Decode([]byte(payload), each); !errors.Is(err, stop) || n != 2 {
		t.Errorf("error %v after %d events", err, n)
	}
	if err := k8saudit.NewDecoder(nil).Decode([]byte(event("a")), func(*fieldsets.Event) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error %v", err)
	}
}

func TestMissingAuditID(t *testing.T) {
	const stamp = `"stageTimestamp":"2026-05-04T09:10:11Z","verb":"get"}`
	for _, test := range []struct{ name, payload, want string }{
		{"an event with one", event("a"), "false"},
		{"an event without", `{"kind":"Event",` + stamp, "true"},
		{"an event with null, which the plugin accepts", `{"kind":"Event","auditID":null,` + stamp, "false"},
		{"an event with another case", `{"kind":"Event","auditid":"a",` + stamp, "true"},
		{"a list", `{"kind":"EventList","items":[{` + stamp + `,` + event("a") + `,{` + stamp + `]}`, "true false true"},
		{"an array", `[{"kind":"Event",` + stamp + `,` + event("a") + `]`, "true false"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			err := k8saudit.NewDecoder(nil).Decode([]byte(test.payload), func(ev *fieldsets.Event) error {
				got = append(got, strconv.FormatBool(k8saudit.MissingAuditID(ev)))
				return nil
			})
			if err != nil || strings.Join(got, " ") != test.want {
				t.Errorf("got %v and %v, want %s", got, err, test.want)
			}
		})
	}
	if k8saudit.MissingAuditID(&fieldsets.Event{Source: k8saudit.SourceName}) {
		t.Error("an event of another decoder is reported")
	}
}

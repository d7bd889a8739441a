package convert

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/scap"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/table"
)

// event returns an event whose parameters have the values mark+0, mark+1 and so on in the size
// of their types.
func event(code table.Code, count int, mark byte) *scap.Event {
	ev := &scap.Event{Info: &table.Events()[code], TID: 7}
	for i := range count {
		size := 4
		if i < len(ev.Info.Params) {
			size = max(table.Size(ev.Info.Params[i].Type), 1)
		}
		ev.Params = append(ev.Params, bytes.Repeat([]byte{mark + byte(i)}, size))
	}
	return ev
}

// TestTable carries out each row of the table: a step for an event, with and without the entry
// of the call.
func TestTable(t *testing.T) {
	rows := 0
	for code, byParams := range rules() {
		for count, r := range byParams {
			if r == nil {
				continue
			}
			rows++
			t.Run(fmt.Sprintf("%s_%d_%d", table.Events()[code].Name, code, count), func(t *testing.T) {
				for _, entered := range []bool{true, false} {
					checkRule(t, r, table.Code(code), count, entered)
				}
			})
		}
	}
	if rows != 253 {
		t.Errorf("%d rows, want 253", rows)
	}
}

// checkRule carries out the step of a rule.
func checkRule(t *testing.T, r *rule, code table.Code, count int, entered bool) {
	t.Helper()
	c := new(Converter)
	const old, enter = 0x10, 0x60
	if entered && code > 0 {
		c.store(event(code-1, 9, enter))
	}
	ev := event(code, count, old)
	if r.next == nil {
		if kept := c.Convert(ev); kept != r.pass || r.store != (c.stored[7] != nil && c.stored[7].code == code) {
			t.Errorf("kept %v, stored %v", kept, c.stored[7])
		}
		return
	}
	c.apply(r, ev, 0)
	if ev.Info != r.next {
		t.Errorf("event %s, want %s", ev.Info.Name, r.next.Name)
	}
	origins := r.params
	if r.add {
		for i := range count {
			origins = slices.Insert(origins, i, origin{from: fromOld, number: i})
		}
	}
	if len(ev.Params) != len(origins) {
		t.Fatalf("%d parameters, want %d", len(ev.Params), len(origins))
	}
	for i, o := range origins {
		got := ev.Params[i]
		missing := o.from == fromEnter && !entered
		size := table.Size(r.next.Params[i].Type)
		switch {
		case o.from == fromJSON:
			if !strings.HasPrefix(string(got), `{"id":`) {
				t.Errorf("parameter %d: %q", i, got)
			}
		case o.from == fromEmpty, missing && o.orEmpty:
			if len(got) != 0 {
				t.Errorf("parameter %d: %x, want none", i, got)
			}
		case o.from == fromDefault, missing:
			want := byte(0)
			if typ := r.next.Params[i].Type; typ == fieldsets.UID || typ == fieldsets.GID {
				want = 0xff
			}
			if !bytes.Equal(got, bytes.Repeat([]byte{want}, size)) {
				t.Errorf("parameter %d: %x, want the default of %d bytes", i, got, size)
			}
		default:
			want := byte(old + o.number)
			if o.from == fromEnter {
				want = byte(enter + o.number)
			}
			if len(got) == 0 || got[0] != want || size > 0 && len(got) > size {
				t.Errorf("parameter %d: %x, want %x", i, got, want)
			}
		}
	}
	if lost := c.Lost > 0; lost != (r.enter && !entered) {
		t.Errorf("lost %d entries", c.Lost)
	}
}

// TestChains converts old events all the way: every event in the table becomes one of today, or
// none.
func TestChains(t *testing.T) {
	for code, byParams := range rules() {
		for count, r := range byParams {
			if r == nil {
				continue
			}
			c := new(Converter)
			if code > 0 {
				c.store(event(table.Code(code)-1, 9, 1))
			}
			ev := event(table.Code(code), count, 1)
			kept := c.Convert(ev)
			switch {
			case c.Unknown > 0:
				t.Errorf("%s with %d parameters: unknown", ev.Info.Name, count)
			case kept && ev.Info.Has(table.Old) && !ev.Info.IsEnter(): // entries of execve are kept
				t.Errorf("%s with %d parameters: still old", ev.Info.Name, count)
			case kept && len(ev.Params) != len(ev.Info.Params):
				t.Errorf("%s with %d parameters: has %d, want %d", ev.Info.Name, count, len(ev.Params), len(ev.Info.Params))
			}
		}
	}
}

// TestConvert has an example of each kind of conversion.
func TestConvert(t *testing.T) {
	type step struct {
		symbol string
		params []string
	}
	for name, tt := range map[string]struct {
		steps []step
		want  string // the last event, or "" if it is dropped
		lost  int64
	}{
		"today":                   {[]step{{"SYSCALL_UNLINK_2_X", []string{"r", "path", "x"}}}, `unlink ["r" "path"]`, 0},
		"not_managed":             {[]step{{"PROCEXIT_1_E", []string{"s", "r"}}}, `procexit ["s" "r"]`, 0},
		"entry_of_today":          {[]step{{"SYSCALL_CLOSE_E", []string{"fd"}}}, "", 0},
		"unused":                  {[]step{{"TRACER_E", nil}}, "", 0},
		"from_the_entry":          {[]step{{"SYSCALL_CLOSE_E", []string{"fdfdfdfd"}}, {"SYSCALL_CLOSE_X", []string{"rrrrrrrr"}}}, `close ["rrrrrrrr" "fdfdfdfd"]`, 0},
		"lost_entry":              {[]step{{"SYSCALL_CLOSE_X", []string{"rrrrrrrr"}}}, `close ["rrrrrrrr" "\x00\x00\x00\x00\x00\x00\x00\x00"]`, 1},
		"entry_of_another_call":   {[]step{{"SYSCALL_READ_E", []string{"fd", "size"}}, {"SYSCALL_CLOSE_X", []string{"rrrrrrrr"}}}, `close ["rrrrrrrr" "\x00\x00\x00\x00\x00\x00\x00\x00"]`, 1},
		"entry_is_used_once":      {[]step{{"SYSCALL_LINK_E", []string{"a", "b"}}, {"SYSCALL_LINK_X", []string{"r"}}, {"SYSCALL_LINK_X", []string{"r"}}}, `link ["r" "" ""]`, 1},
		"entry_that_may_be_empty": {[]step{{"SYSCALL_LINK_E", []string{"a", "b"}}, {"SYSCALL_LINK_X", []string{"r"}}}, `link ["r" "a" "b"]`, 0},
		"entry_is_kept":           {[]step{{"SYSCALL_OPEN_E", []string{"name", "f", "m"}}}, `open ["name" "f" "m"]`, 0},
		"several_steps":           {[]step{{"SYSCALL_UNLINK_E", []string{"path"}}, {"SYSCALL_UNLINK_X", []string{"r"}}}, `unlink ["r" "path"]`, 0},
		"old_container": {
			[]step{{"CONTAINER_E", []string{"id\x00", "\x0b\x00\x00\x00", "na\"me\x00", "image\x00"}}},
			`container ["{\"id\":\"id\",\"type\":11,\"name\":\"na\\\"me\",\"image\":\"image\"}\x00"]`, 0,
		},
		"unknown_version": {[]step{{"SYSCALL_CLOSE_X", nil}}, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			c := new(Converter)
			got := ""
			for _, s := range tt.steps {
				code, ok := table.Lookup(s.symbol)
				if !ok {
					t.Fatalf("unknown event %s", s.symbol)
				}
				ev := &scap.Event{Info: &table.Events()[code], TID: 1}
				for _, p := range s.params {
					ev.Params = append(ev.Params, []byte(p))
				}
				if got = ""; c.Convert(ev) {
					got = fmt.Sprintf("%s %q", ev.Info.Name, ev.Params)
				}
			}
			if got != tt.want || c.Lost != tt.lost {
				t.Errorf("got %s, %d lost; want %s, %d lost", got, c.Lost, tt.want, tt.lost)
			}
		})
	}
}

// TestThreads keeps the entries of different threads apart, and their memory bounded.
func TestThreads(t *testing.T) {
	c := new(Converter)
	code, _ := table.Lookup("SYSCALL_LINK_E")
	enter := &scap.Event{Info: &table.Events()[code], Params: [][]byte{bytes.Repeat([]byte("x"), 60000), []byte("b")}}
	for tid := range int64(3000) {
		enter.TID = tid
		enter.Params[1] = fmt.Append(nil, tid)
		c.Convert(enter)
		if c.bytes > maxStored+100000 {
			t.Fatalf("%d bytes stored", c.bytes)
		}
	}
	exit := &scap.Event{Info: &table.Events()[code+1], TID: 2999, Params: [][]byte{[]byte("r")}}
	if !c.Convert(exit) || string(exit.Params[2]) != "2999" {
		t.Errorf("parameters %.20q", exit.Params)
	}
}

// FuzzConvert converts random events.
func FuzzConvert(f *testing.F) {
	f.Add([]byte{4, 0, 1, 8, 5, 0, 1, 8})
	f.Add([]byte{6, 0, 2, 8, 4, 7, 0, 2, 8, 4})
	f.Fuzz(func(t *testing.T, data []byte) {
		c := new(Converter)
		for len(data) >= 3 {
			code := (int(data[0]) | int(data[1])<<8) % table.Codes
			count := int(data[2]) % table.MaxParams
			data = data[3:]
			ev := &scap.Event{Info: &table.Events()[code], TID: 1}
			for range count {
				n := 0
				if len(data) > 0 {
					n, data = int(data[0]), data[1:]
				}
				n = min(n, len(data))
				ev.Params = append(ev.Params, data[:n])
				data = data[n:]
			}
			if c.Convert(ev) && (ev.Info.Has(table.Old) && !ev.Info.IsEnter() || len(ev.Params) > table.MaxParams) {
				t.Errorf("%s with %d parameters", ev.Info.Name, len(ev.Params))
			}
		}
	})
}

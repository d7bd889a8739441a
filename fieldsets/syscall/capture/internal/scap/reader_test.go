package scap_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/scap"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/scaptest"
)

// items reads a capture and describes its items.
func items(t *testing.T, data []byte) ([]string, error) {
	t.Helper()
	r, err := scap.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	var out []string
	for {
		kind, err := r.Next()
		if err != nil {
			if again, same := r.Next(); again != 0 || !errors.Is(same, err) {
				t.Errorf("Next after the error %v: %v, %v", err, again, same)
			}
			return out, err
		}
		switch kind {
		case scap.SectionItem:
			out = append(out, "section")
		case scap.MachineItem:
			out = append(out, "machine "+r.Machine.Hostname)
		case scap.ProcessItem:
			out = append(out, fmt.Sprintf("process %d %s", r.Process.TID, r.Process.Comm))
		case scap.FileItem:
			out = append(out, fmt.Sprintf("file %d %d %s", r.File.TID, r.File.FD, r.File.Name))
		case scap.IfacesItem:
			out = append(out, "interfaces")
		case scap.IfaceItem:
			out = append(out, fmt.Sprintf("interface %s %v", r.Iface.Name, r.Iface.Addr[:4]))
		case scap.UsersItem:
			out = append(out, "users")
		case scap.UserItem:
			out = append(out, fmt.Sprintf("user %d %s", r.User.ID, r.User.Name))
		case scap.GroupItem:
			out = append(out, fmt.Sprintf("group %d %s", r.User.ID, r.User.Name))
		case scap.EventItem:
			out = append(out, fmt.Sprintf("%s %d %q flags=%d", r.Event.Info.Name, r.Event.TID, r.Event.Params, r.Event.Flags))
		}
	}
}

func process() scap.Process {
	return scap.Process{
		TID: 10, PID: 10, PTID: 1, SID: 7, VPGID: 8, PGID: 9, VTID: 3, VPID: 3, Comm: []byte("cat"), Exe: []byte("/bin/cat"),
		ExePath: []byte("/usr/bin/cat"), Args: []byte("-n\x00f\x00"), Env: []byte("A=1\x00"), Cgroups: []byte("cpu=/\x00"), CWD: []byte("/root/"),
		Root: []byte("/"), FDLimit: 1024, Flags: 1, UID: 5, GID: 6, LoginUID: 4, VMSize: 11, VMRSS: 12, VMSwap: 13, MajorFaults: 14,
		MinorFaults: 15, PIDNSStart: 16, TTY: 17, ExeWritable: true, ExeUpper: true, ExeMemfd: true, CapInheritable: 18, CapPermitted: 19,
		CapEffective: 20, ExeIno: 21, ExeCtime: 22, ExeMtime: 23,
	}
}

// TestProcessLists reads an entry of each version, which has the parts of that version.
func TestProcessLists(t *testing.T) {
	for version := 1; version <= 9; version++ {
		t.Run(fmt.Sprint("version_", version), func(t *testing.T) {
			want := process()
			w := scaptest.New()
			w.Old = version == 2
			w.Processes(version, want, want)
			r, err := scap.NewReader(bytes.NewReader(w.Bytes()))
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for kind, err := r.Next(); !errors.Is(err, io.EOF); kind, err = r.Next() {
				if err != nil {
					t.Fatal(err)
				}
				if kind != scap.ProcessItem {
					continue
				}
				n++
				without(version, &want)
				if diff := cmp.Diff(want, r.Process, cmpopts.IgnoreUnexported(scap.Process{}), cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("process (-want +got):\n%s", diff)
				}
			}
			if n != 2 {
				t.Errorf("%d processes, want 2", n)
			}
		})
	}
}

// without removes what a version does not have.
func without(version int, p *scap.Process) {
	if version < 2 {
		p.VMSize, p.VMRSS, p.VMSwap, p.MajorFaults, p.MinorFaults = 0, 0, 0, 0, 0
	}
	if version < 3 {
		p.Env = nil
	}
	if version < 4 {
		p.VTID, p.VPID, p.Cgroups = -1, -1, nil
	}
	if version < 5 {
		p.Root = nil
	}
	if version < 6 {
		p.SID = -1
	}
	if version < 7 {
		p.ExePath = nil
	}
	if version < 8 {
		p.VPGID = -1
	}
	if version < 9 {
		p.PIDNSStart, p.TTY, p.LoginUID, p.PGID = 0, 0, math.MaxUint32, -1
		p.ExeWritable, p.ExeUpper, p.ExeMemfd = false, false, false
		p.CapInheritable, p.CapPermitted, p.CapEffective, p.ExeIno, p.ExeCtime, p.ExeMtime = 0, 0, 0, 0, 0, 0
	}
}

// whole writes a capture with all kinds of items.
func whole(w *scaptest.Writer, version int) {
	w.Processes(version, process())
	w.Files(10,
		scap.File{FD: 0, Type: scap.File2, Name: []byte("/dev/null")}, scap.File{FD: 1, Type: scap.IPv4}, scap.File{FD: 2, Type: scap.IPv6},
		scap.File{FD: 3, Type: scap.IPv4Server}, scap.File{FD: 4, Type: scap.IPv6Server}, scap.File{FD: 5, Type: scap.Unix, Name: []byte("sock")},
		scap.File{FD: 6, Type: scap.UnknownFile}, scap.File{FD: 7, Type: scap.FIFO, Name: []byte("pipe")})
	w.Ifaces(scap.Iface{Name: []byte("lo"), Addr: [16]byte{127, 0, 0, 1}}, scap.Iface{Name: []byte("eth0"), V6: true})
	w.Users([]scap.User{{ID: 1, Name: []byte("tom")}}, []scap.User{{ID: 2, Name: []byte("staff")}})
	w.Event(10, "SYSCALL_CLOSE_X", 0, 3)
	if !w.V1 { // there were no large parameters then
		w.Event(10, "CONTAINER_JSON_2_E", "{}")
	}
}

var wholeItems = []string{
	"section", "machine box", "process 10 cat",
	"file 10 0 /dev/null", "file 10 1 ", "file 10 2 ", "file 10 3 ", "file 10 4 ", "file 10 5 sock", "file 10 6 ", "file 10 7 pipe",
	"interfaces", "interface lo [127 0 0 1]", "interface eth0 [0 0 0 0]", "users", "user 1 tom", "group 2 staff",
}

func TestBlocks(t *testing.T) {
	const closed, container = `close 10 ["\x00\x00\x00\x00\x00\x00\x00\x00" "\x03\x00\x00\x00\x00\x00\x00\x00"] flags=`, `container 10 ["{}\x00"] flags=`
	for name, tt := range map[string]struct {
		writer *scaptest.Writer
		flags  string
	}{
		"today":              {scaptest.New(), "0"},
		"with_flags":         {&scaptest.Writer{Flags: true}, "7"},
		"large":              {&scaptest.Writer{Large: true}, "0"},
		"large_with_flags":   {&scaptest.Writer{Large: true, Flags: true}, "7"},
		"first_version":      {&scaptest.Writer{V1: true}, "0"},
		"first_with_flags":   {&scaptest.Writer{V1: true, Flags: true}, "7"},
		"unregistered_types": {&scaptest.Writer{V1: true, Old: true}, "0"},
	} {
		t.Run(name, func(t *testing.T) {
			w, version := tt.writer, 9
			if w.V1 {
				version = 3
			}
			if len(w.Bytes()) == 0 {
				w.Section()
				w.Machine(scap.Machine{Hostname: "box"})
			}
			whole(w, version)
			want := append(slices.Clone(wholeItems), closed+tt.flags)
			if !w.V1 {
				want = append(want, container+tt.flags)
			}
			got, err := items(t, w.Bytes())
			if !errors.Is(err, io.EOF) {
				t.Error(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("items (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSections(t *testing.T) {
	w := scaptest.New()
	w.Event(1, "SYSCALL_CLOSE_X", 0, 3)
	w.Section()
	w.Block(0xBAD, []byte("from the future"))
	w.Event(2, "SYSCALL_CLOSE_X", 0, 4)
	got, err := items(t, w.Bytes())
	if !errors.Is(err, io.EOF) || len(got) != 5 || got[3] != "section" || !strings.HasPrefix(got[4], "close 2 ") {
		t.Errorf("items %q, error %v", got, err)
	}
}

func TestGzip(t *testing.T) {
	w := scaptest.New()
	whole(w, 9)
	plain, zipped := w.Bytes(), w.Gzip()
	want, _ := items(t, plain)
	t.Run("whole", func(t *testing.T) {
		got, err := items(t, zipped)
		if diff := cmp.Diff(want, got); diff != "" || !errors.Is(err, io.EOF) {
			t.Errorf("error %v, items (-want +got):\n%s", err, diff)
		}
	})
	t.Run("two_members", func(t *testing.T) {
		got, err := items(t, append(bytes.Clone(zipped), zipped...))
		if len(got) != 2*len(want) || !errors.Is(err, io.EOF) {
			t.Errorf("%d items, error %v", len(got), err)
		}
	})
	t.Run("garbage_after_it", func(t *testing.T) {
		got, err := items(t, append(bytes.Clone(zipped), "some garbage"...))
		if len(got) != len(want) || !errors.Is(err, io.EOF) {
			t.Errorf("%d items, error %v", len(got), err)
		}
	})
	t.Run("cut", func(t *testing.T) {
		for n := 20; n < len(zipped)-9; n++ { // the checksum does not matter
			_, err := items(t, zipped[:n])
			if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, scap.ErrNotCapture) {
				t.Fatalf("cut at %d: error %v", n, err)
			}
		}
	})
}

// TestTruncated cuts a capture everywhere: what is before is read, and the error says where.
func TestTruncated(t *testing.T) {
	w := scaptest.New()
	whole(w, 9)
	data := w.Bytes()
	want, _ := items(t, data)
	last := 0
	for n := range data {
		got, err := items(t, data[:n])
		var at *scap.Error
		if !errors.Is(err, io.EOF) && (!errors.As(err, &at) || at.Offset < 0 || at.Offset > int64(n)) {
			t.Fatalf("cut at %d: error %v", n, err)
		}
		if len(got) < last || !slices.Equal(want[:len(got)], got) {
			t.Fatalf("cut at %d: items %q", n, got)
		}
		last = len(got)
	}
	if last != len(want)-1 {
		t.Errorf("%d items before the last byte, want %d", last, len(want)-1)
	}
}

func TestNotCapture(t *testing.T) {
	for name, tt := range map[string]struct{ data, want string }{
		"empty":      {"", "offset 0: empty file: not a capture"},
		"short":      {"abc", "offset 0: not a capture: the file is too short"},
		"json":       {`{"kind": "Event"}`, `offset 0: not a capture: it begins with "{\"ki", like JSON`},
		"pcap":       {"\xd4\xc3\xb2\xa1\x02\x00\x04\x00", `offset 0: not a capture: it begins with "\xd4ò\xa1", like a packet capture (pcap)`},
		"elf":        {"\x7fELF\x02\x01\x01\x00", `offset 0: not a capture: it begins with "\x7fELF", like an ELF executable`},
		"zip":        {"PK\x03\x04\x00\x00\x00\x00", `offset 0: not a capture: it begins with "PK\x03\x04", like a zip archive`},
		"other":      {"some text", `offset 0: not a capture: it begins with "some"`},
		"big_endian": {"\x0A\x0D\x0D\x0A\x00\x00\x00\x1c\x1A\x2B\x3C\x4D" + strings.Repeat("\x00", 20), "offset 0: the capture is from a big-endian machine, which is not supported"},
		"pcapng":     {"\x0A\x0D\x0D\x0A\x1c\x00\x00\x00\x4D\x3C\x2B\x1A\x02\x00" + strings.Repeat("\x00", 20), "offset 0: version 2 of the format is newer than this reader, which knows 1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := items(t, []byte(tt.data))
			if err == nil || err.Error() != tt.want {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}

func TestHostile(t *testing.T) {
	for name, tt := range map[string]struct {
		write func(w *scaptest.Writer)
		want  string
	}{
		"unknown_block_after_an_event": {func(w *scaptest.Writer) {
			w.Event(1, "SYSCALL_CLOSE_X", 0, 3)
			w.Block(0xBAD, nil)
		}, "unexpected block type 0xBAD after an event"},
		"list_after_an_event": {func(w *scaptest.Writer) {
			w.Event(1, "SYSCALL_CLOSE_X", 0, 3)
			w.Users(nil, nil)
		}, "unexpected block type 0x220 after an event"},
		"short_event":     {func(w *scaptest.Writer) { w.Block(0x216, make([]byte, 8)) }, "event block with a body of 8 bytes: want at least 28"},
		"many_parameters": {func(w *scaptest.Writer) { w.Block(0x216, event(34, 1, 1<<20)) }, "event of 34 bytes with 1048576 parameters"},
		"long_event":      {func(w *scaptest.Writer) { w.Block(0x216, event(1<<30, 1, 0)) }, "event of 1073741824 bytes in a block with room for 34"},
		"long_parameters": {func(w *scaptest.Writer) { w.Block(0x216, event(34, 5, 1, 99)) }, "the parameters of an event of 34 bytes are longer than it"},
		"long_name": {func(w *scaptest.Writer) {
			w.Users([]scap.User{{Name: bytes.Repeat([]byte("x"), 300)}}, nil)
		}, "text of 300 bytes: want at most 255"},
		"machine":         {func(w *scaptest.Writer) { w.Block(0x201, make([]byte, 100)) }, "machine information of 100 bytes: want 180"},
		"interface":       {func(w *scaptest.Writer) { w.Block(0x205, make([]byte, 100)) }, "unknown type 0 of an interface"},
		"long_entry":      {func(w *scaptest.Writer) { w.Block(0x220, []byte{200, 0, 0, 0, 0, 0, 0, 0}) }, "entry of 196 bytes in a block with room for 4"},
		"short_entry":     {func(w *scaptest.Writer) { w.Block(0x220, append([]byte{6, 0, 0, 0}, make([]byte, 40)...)) }, "an entry is longer than its length"},
		"unfinished_list": {func(w *scaptest.Writer) { w.Block(0x211, make([]byte, 40)) }, "an entry exceeds its block of 52 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			w := scaptest.New()
			tt.write(w)
			_, err := items(t, w.Bytes())
			var at *scap.Error
			if !errors.As(err, &at) || at.Msg != tt.want || at.Offset == 0 {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}

// event returns the body of an event block with any header.
func event(size uint32, code uint16, params uint32, lengths ...uint16) []byte {
	b := make([]byte, 36)
	b[18], b[19], b[20], b[21] = byte(size), byte(size>>8), byte(size>>16), byte(size>>24)
	b[22], b[23] = byte(code), byte(code>>8)
	b[24], b[25], b[26], b[27] = byte(params), byte(params>>8), byte(params>>16), byte(params>>24)
	for i, n := range lengths {
		b[28+2*i], b[29+2*i] = byte(n), byte(n>>8)
	}
	return b
}

// TestUnknownEvents skips events from the future.
func TestUnknownEvents(t *testing.T) {
	w := scaptest.New()
	w.Block(0x216, event(28, 9999, 0))
	w.Event(1, "SYSCALL_CLOSE_X", 0, 3)
	got, err := items(t, w.Bytes())
	if len(got) != 3 || !errors.Is(err, io.EOF) {
		t.Errorf("items %q, error %v", got, err)
	}
}

// FuzzReader reads random bytes.
func FuzzReader(f *testing.F) {
	for _, w := range []*scaptest.Writer{scaptest.New(), {V1: true}, {Large: true, Flags: true}} {
		if len(w.Bytes()) == 0 {
			w.Section()
		}
		whole(w, 3)
		f.Add(w.Bytes())
	}
	w := scaptest.New()
	whole(w, 9)
	f.Add(w.Gzip())
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := items(t, data)
		var at *scap.Error
		if !errors.Is(err, io.EOF) && !errors.As(err, &at) {
			t.Errorf("error %v", err)
		}
		if len(got) > len(data) {
			t.Errorf("%d items of %d bytes", len(got), len(data))
		}
	})
}

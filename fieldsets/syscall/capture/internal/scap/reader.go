package scap

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/table"
)

// Error reports a capture that cannot be read on from a position.
type Error struct {
	// Offset is the position in bytes, after decompression.
	Offset int64
	Msg    string
	// Err is the cause, or nil.
	Err error
}

func (e *Error) Error() string { return fmt.Sprintf("offset %d: %s", e.Offset, e.Msg) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ErrNotCapture is the cause of an [Error] for a file that is not a capture.
var ErrNotCapture = errors.New("not a capture")

// Kind is the kind of an item.
type Kind uint8

// The kinds of items. Each is followed by the member of Reader that holds it.
const (
	SectionItem Kind = iota + 1 // the start of a capture; there may be several in a file
	MachineItem                 // Machine
	ProcessItem                 // Process
	FileItem                    // File
	IfacesItem                  // the start of a list of interfaces, which replaces earlier ones
	IfaceItem                   // Iface
	UsersItem                   // the start of a list of users, which replaces earlier ones
	UserItem                    // User
	GroupItem                   // User
	EventItem                   // Event
)

// Reader reads the items of a capture. It is not safe for concurrent use.
type Reader struct {
	Machine Machine
	Process Process
	File    File
	Iface   Iface
	User    User
	Event   Event

	in  source
	err error // returned by all further calls

	// The current list, if left > 0 or version > 0.
	list    blockType
	version int   // of a process list
	left    int64 // bytes of the list
	total   uint32
	started bool // whether there was an event in this section
	section bool // whether there was a section header
	tid     int64
}

// NewReader returns a reader of a capture, which may be compressed with gzip. The error is
// an [*Error].
func NewReader(in io.Reader) (*Reader, error) {
	buffered := bufio.NewReaderSize(in, 64<<10)
	r := &Reader{}
	magic, err := buffered.Peek(2)
	if err != nil && len(magic) == 0 && !errors.Is(err, io.EOF) {
		return nil, &Error{Msg: err.Error(), Err: err}
	}
	r.in.in = buffered
	if bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		unzip, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, &Error{Msg: "not a capture: " + err.Error(), Err: ErrNotCapture}
		}
		r.in.in, r.in.gzip = unzip, true
	}
	return r, nil
}

// IsCapture reports whether data, the start of a file after decompression, is that of a
// capture.
func IsCapture(data []byte) bool {
	return len(data) >= 4 && binary.LittleEndian.Uint32(data) == uint32(sectionHeader)
}

// Offset returns the position after the last item, in bytes after decompression.
func (r *Reader) Offset() int64 { return r.in.offset() }

// Next reads the next item and returns its kind, or io.EOF at the end of the capture. Any
// other error is an [*Error]; what is before it has been read.
func (r *Reader) Next() (Kind, error) {
	if r.err != nil {
		return 0, r.err
	}
	kind, err := r.next()
	if err != nil {
		r.err = err
	}
	return kind, err
}

func (r *Reader) next() (Kind, error) {
	for {
		if r.list != 0 {
			if r.left >= 4 {
				return r.entry()
			}
			if err := r.endList(); err != nil {
				return 0, err
			}
		}
		kind, err := r.block()
		if kind != 0 || err != nil {
			return kind, err
		}
	}
}

// block reads the next block or, for lists, its header. It returns 0 if there is no item
// yet.
func (r *Reader) block() (Kind, error) {
	at := r.in.offset()
	head, err := r.in.take(blockHeader)
	switch {
	case errors.Is(err, io.EOF) && at == 0:
		return 0, &Error{Msg: "empty file: not a capture", Err: ErrNotCapture}
	case errors.Is(err, io.EOF):
		return 0, io.EOF
	case err != nil && at == 0 && errors.Is(err, io.ErrUnexpectedEOF):
		return 0, &Error{Msg: "not a capture: the file is too short", Err: ErrNotCapture}
	case err != nil:
		return 0, r.in.failed("a block header", err)
	}
	kind, total := blockType(binary.LittleEndian.Uint32(head)), binary.LittleEndian.Uint32(head[4:])
	if t, ok := oldTypes[kind]; ok {
		kind = t
	}
	switch {
	case kind == sectionHeader:
		return SectionItem, r.sectionHeader(at, total)
	case !r.section:
		return 0, r.notCapture(head)
	case total < blockHeader+blockTrailer:
		return 0, &Error{Offset: at, Msg: fmt.Sprintf("block of %d bytes: want at least %d", total, blockHeader+blockTrailer)}
	case kind.isEvent():
		return r.event(at, kind, total)
	case r.started:
		return 0, &Error{Offset: at, Msg: fmt.Sprintf("unexpected block type 0x%X after an event", uint32(kind))}
	}
	r.total, r.left, r.version = total, int64(total)-blockHeader-blockTrailer, 0
	switch version := processLists[kind]; {
	case version > 0:
		r.list, r.version = kind, version
		return 0, nil
	case kind == machineInfo:
		r.list = kind
		return r.machine()
	case kind == fileList || kind == fileListV2:
		r.list = kind
		var err error
		r.tid, err = r.int64()
		return 0, err
	case kind == ifaceList || kind == ifaceListV2:
		r.list = kind
		return IfacesItem, nil
	case kind == userList || kind == userListV2:
		r.list = kind
		return UsersItem, nil
	}
	r.list = kind // unknown: skip it
	return 0, r.skip(r.left)
}

// notCapture describes a file that does not begin with a section header.
func (r *Reader) notCapture(head []byte) error {
	what := ""
	switch {
	case bytes.HasPrefix(head, []byte{0xd4, 0xc3, 0xb2, 0xa1}), bytes.HasPrefix(head, []byte{0xa1, 0xb2, 0xc3, 0xd4}):
		what = "a packet capture (pcap)"
	case bytes.HasPrefix(head, []byte("\x7fELF")):
		what = "an ELF executable"
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		what = "a zip archive"
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		what = "zstd data"
	case head[0] == '{' || head[0] == '[':
		what = "JSON"
	}
	msg := fmt.Sprintf("not a capture: it begins with %q", head[:min(4, len(head))])
	if what != "" {
		msg += ", like " + what
	}
	return &Error{Msg: msg, Err: ErrNotCapture}
}

func (r *Reader) sectionHeader(at int64, total uint32) error {
	const size = 16 // magic, versions, length of the section
	body, err := r.in.take(size)
	if err != nil {
		return r.in.failed("a section header", err)
	}
	switch magic := binary.LittleEndian.Uint32(body); {
	case magic == 0x4D3C2B1A:
		return &Error{Offset: at, Msg: "the capture is from a big-endian machine, which is not supported"}
	case magic != 0x1A2B3C4D:
		return &Error{Offset: at, Msg: fmt.Sprintf("invalid magic number 0x%X in a section header", magic), Err: ErrNotCapture}
	case total < blockHeader+size+blockTrailer:
		return &Error{Offset: at, Msg: fmt.Sprintf("section header of %d bytes: want at least %d", total, blockHeader+size+blockTrailer)}
	}
	if major := binary.LittleEndian.Uint16(body[4:]); major > 1 {
		return &Error{Offset: at, Msg: fmt.Sprintf("version %d of the format is newer than this reader, which knows 1", major)}
	}
	if err := r.in.discard(int64(total) - blockHeader - size); err != nil {
		return r.in.failed("a section header", err)
	}
	r.section, r.started, r.list = true, false, 0
	return nil
}

// endList reads the padding and the trailer of a list.
func (r *Reader) endList() error {
	if err := r.skip(r.left); err != nil {
		return err
	}
	at := r.in.offset()
	trailer, err := r.in.take(blockTrailer)
	if err != nil {
		return r.in.failed("the end of a block", err)
	}
	if n := binary.LittleEndian.Uint32(trailer); n != r.total {
		return &Error{Offset: at, Msg: fmt.Sprintf("a block of %d bytes ends with the length %d", r.total, n)}
	}
	r.list = 0
	return nil
}

// event reads an event block. It returns 0 for events that this version does not know.
func (r *Reader) event(at int64, kind blockType, total uint32) (Kind, error) {
	limit := uint32(maxBlock + blockHeader)
	if kind.isLarge() {
		limit = maxLarge
	}
	if total > limit {
		return 0, &Error{Offset: at, Msg: fmt.Sprintf("event block of %d bytes: want at most %d", total, limit)}
	}
	body, err := r.in.take(int(total) - blockHeader)
	if err != nil {
		return 0, r.in.failed("an event", err)
	}
	r.started = true
	known, problem := r.Event.decode(kind, body[:len(body)-blockTrailer])
	switch {
	case problem != "":
		return 0, &Error{Offset: at, Msg: problem}
	case !known:
		return 0, nil
	}
	return EventItem, nil
}

// source is a buffered input that knows its position.
type source struct {
	in       io.Reader
	gzip     bool
	buf      []byte
	from, to int   // of the unread data in buf
	read     int64 // bytes read into buf so far
	err      error // of the input
}

func (s *source) offset() int64 { return s.read - int64(s.to-s.from) }

// take returns the next n bytes, which are valid until the following call. It returns io.EOF
// if there are none, and io.ErrUnexpectedEOF if there are less than n.
func (s *source) take(n int) ([]byte, error) {
	if s.to-s.from < n {
		if err := s.fill(n); err != nil {
			return nil, err
		}
	}
	s.from += n
	return s.buf[s.from-n : s.from], nil
}

// bufferSize is the initial size of the buffer. It grows for large events only.
const bufferSize = 256 << 10

// fill reads until there are n unread bytes.
func (s *source) fill(n int) error {
	if n > len(s.buf)-s.from {
		size := max(bufferSize, len(s.buf))
		for size < n {
			size *= 2
		}
		buf := s.buf
		if size > len(s.buf) {
			buf = make([]byte, size)
		}
		s.to = copy(buf, s.buf[s.from:s.to])
		s.from, s.buf = 0, buf
	}
	for s.to-s.from < n {
		if s.err != nil {
			if errors.Is(s.err, io.EOF) && s.to > s.from {
				return io.ErrUnexpectedEOF
			}
			return s.err
		}
		// A Reader may return bytes together with an error.
		k, err := s.in.Read(s.buf[s.to:])
		s.to += k
		s.read += int64(k)
		s.err = err
		if s.gzip && errors.Is(err, gzip.ErrHeader) {
			s.err = io.EOF // zlib also ignores what follows the last gzip member
		}
	}
	return nil
}

// discard skips n bytes.
func (s *source) discard(n int64) error {
	for n > 0 {
		k := int(min(n, bufferSize/2))
		if _, err := s.take(k); err != nil {
			return err
		}
		n -= int64(k)
	}
	return nil
}

// failed returns the error for a part of a capture that cannot be read.
func (s *source) failed(what string, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		msg := "the capture ends in the middle of " + what
		if s.gzip && errors.Is(s.err, io.ErrUnexpectedEOF) {
			msg += " (truncated gzip data)"
		}
		return &Error{Offset: s.offset(), Msg: msg, Err: io.ErrUnexpectedEOF}
	}
	return &Error{Offset: s.offset(), Msg: err.Error(), Err: err}
}

// decode decodes the body of an event block. It reports whether the event is known, and what
// is wrong with it, if anything.
func (e *Event) decode(kind blockType, body []byte) (known bool, problem string) {
	header := 26
	if kind.isV1() {
		header = 22
	}
	start := 2
	if kind.hasFlags() {
		start += 4
	}
	if len(body) < start+header {
		return false, fmt.Sprintf("event block with a body of %d bytes: want at least %d", len(body), start+header)
	}
	e.CPU, e.Flags = binary.LittleEndian.Uint16(body), 0
	if kind.hasFlags() {
		e.Flags = binary.LittleEndian.Uint32(body[2:])
	}
	body = body[start:]
	e.Time = binary.LittleEndian.Uint64(body)
	e.TID = int64(binary.LittleEndian.Uint64(body[8:]))
	size := binary.LittleEndian.Uint32(body[16:])
	code := binary.LittleEndian.Uint16(body[20:])
	if code >= table.Codes {
		return false, ""
	}
	e.Info = &table.Events()[code]
	if kind.isV1() {
		return true, e.v1(body, size)
	}
	count := binary.LittleEndian.Uint32(body[22:])
	if size < uint32(header) || int64(size) > int64(len(body)) {
		return false, fmt.Sprintf("event of %d bytes in a block with room for %d", size, len(body))
	}
	width := 2
	if e.Info.Has(table.Large) {
		width = 4
	}
	if count > table.MaxParams || header+int(count)*width > int(size) {
		return false, fmt.Sprintf("event of %d bytes with %d parameters", size, count)
	}
	if !e.params(body[header:size], int(count), width) {
		return false, fmt.Sprintf("the parameters of an event of %d bytes are longer than it", size)
	}
	return true, ""
}

// v1 finds the number of parameters of an event without it: the one with which the lengths add
// up to the size of the event.
func (e *Event) v1(body []byte, size uint32) (problem string) {
	const header = 22
	if e.Info.Code == table.NotificationE || e.Info.Code == table.InfrastructureEventE {
		size -= 3 // their length is wrong in old captures
	}
	if size < header || int64(size) > int64(len(body)) {
		return fmt.Sprintf("event of %d bytes in a block with room for %d", size, len(body))
	}
	body = body[header:size]
	for count := len(e.Info.Params); count >= 0; count-- {
		if 2*count > len(body) {
			continue
		}
		sum := 2 * count
		for i := range count {
			sum += int(binary.LittleEndian.Uint16(body[2*i:]))
		}
		switch {
		case sum == len(body):
			e.params(body, count, 2)
			return ""
		case sum < len(body):
			return fmt.Sprintf("the parameters of an event of %d bytes do not add up", size)
		}
	}
	return fmt.Sprintf("the parameters of an event of %d bytes do not add up", size)
}

// params decodes the parameters: their lengths and then their values.
func (e *Event) params(body []byte, count, width int) bool {
	e.Params = e.storage[:count]
	values := body[count*width:]
	for i := range count {
		var n int
		if width == 2 {
			n = int(binary.LittleEndian.Uint16(body[2*i:]))
		} else if size := binary.LittleEndian.Uint32(body[4*i:]); size <= maxLarge {
			n = int(size)
		} else {
			return false
		}
		if n > len(values) {
			return false
		}
		e.Params[i] = values[:n:n]
		values = values[n:]
	}
	return true
}

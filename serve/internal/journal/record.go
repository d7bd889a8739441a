package journal

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
)

// A record in a segment is a header and the data. The header has, in little endian, the
// four bytes of magic, the length of the data, a checksum of everything after it, and the
// number of the record.
const headerSize = 4 + 4 + 4 + 8

// maxSeq limits the numbers of records, so that they can be counted on after damage.
const maxSeq = 1 << 62

var magic = []byte{0xfa, 0x1c, 0x0a, 0x01}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendRecord appends a record.
func appendRecord(dst []byte, seq uint64, data []byte) []byte {
	dst = append(dst, magic...)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(data)))
	at := len(dst)
	dst = binary.LittleEndian.AppendUint32(dst, 0)
	dst = binary.LittleEndian.AppendUint64(dst, seq)
	dst = append(dst, data...)
	binary.LittleEndian.PutUint32(dst[at:], crc32.Checksum(dst[at+4:], castagnoli))
	return dst
}

// scanner reads the intact records of a segment, and skips what is damaged.
type scanner struct {
	file io.ReaderAt
	// end is the end of what can be read. It may grow between calls of scan.
	end int64
	// offset is the position after the current record, whose number and data follow.
	// The data is valid until the next scan.
	offset int64
	seq    uint64
	data   []byte
	// skipped is how many damaged bytes are before the current record.
	skipped int64
	err     error // of reading

	// window is a part of the file that starts at windowAt.
	window   []byte
	windowAt int64
}

// scan reads the next intact record. At the end it returns false, and offset does not change.
func (s *scanner) scan() bool {
	for at := s.offset; s.err == nil; {
		header := s.bytes(at, headerSize)
		if header == nil {
			return false
		}
		if n := int(binary.LittleEndian.Uint32(header[4:])); bytes.HasPrefix(header, magic) && n <= MaxRecord {
			if record := s.bytes(at, headerSize+n); record != nil && crc32.Checksum(record[12:], castagnoli) == binary.LittleEndian.Uint32(record[8:]) {
				if s.seq = binary.LittleEndian.Uint64(record[12:]); s.seq <= maxSeq {
					s.data, s.skipped = record[headerSize:], at-s.offset
					s.offset = at + int64(len(record))
					return true
				}
			}
		}
		at = s.candidate(at + 1)
	}
	return false
}

// candidate returns the next position from which a record could start, or the end.
func (s *scanner) candidate(at int64) int64 {
	for {
		chunk := s.bytes(at, int(min(s.end-at, 64<<10)))
		if len(chunk) < len(magic) {
			return s.end
		}
		if i := bytes.Index(chunk, magic); i >= 0 {
			return at + int64(i)
		}
		at += int64(len(chunk) - len(magic) + 1)
	}
}

// bytes returns n bytes of the file, or nil if they are not all before the end.
func (s *scanner) bytes(at int64, n int) []byte {
	if at+int64(n) > s.end || s.err != nil {
		return nil
	}
	if at < s.windowAt || at+int64(n) > s.windowAt+int64(len(s.window)) {
		size := int(min(s.end-at, int64(max(n, 256<<10))))
		if cap(s.window) < size {
			s.window = make([]byte, size)
		}
		s.window, s.windowAt = s.window[:size], at
		if _, err := s.file.ReadAt(s.window, at); err != nil {
			s.err = err
			return nil
		}
	}
	i := at - s.windowAt
	return s.window[i : i+int64(n)]
}

package events

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Position is how far a [Follower] has read, for [FollowOptions.From]. Store it as JSON.
// The zero Position means that no position is known.
type Position struct {
	// files are the files that may have more lines, in the order of reading. The last one
	// is the newest.
	files []filePosition
}

type filePosition struct {
	Path string `json:"path"`
	// Device and Inode are 0 if the system has none.
	Device uint64 `json:"device,omitempty"`
	Inode  uint64 `json:"inode,omitempty"`
	// Head is the SHA-256 of the first HeadSize bytes after HeadAt zero bytes.
	Head     string `json:"head,omitempty"`
	HeadSize int    `json:"head_size,omitempty"`
	HeadAt   int64  `json:"head_at,omitempty"`
	// Offset and Line are those after the last record, with Line 0 if it is not known.
	Offset int64 `json:"offset"`
	Line   int   `json:"line,omitempty"`
	// Modified is the time when the file was modified, in nanoseconds since 1970.
	Modified int64 `json:"modified"`
}

// IsZero reports whether p is the zero Position.
func (p Position) IsZero() bool { return len(p.files) == 0 }

type positionJSON struct {
	Files []filePosition `json:"files"`
}

// MarshalJSON implements [json.Marshaler].
func (p Position) MarshalJSON() ([]byte, error) { return json.Marshal(positionJSON{p.files}) }

// UnmarshalJSON implements [json.Unmarshaler].
func (p *Position) UnmarshalJSON(text []byte) error {
	var given positionJSON
	if err := json.Unmarshal(text, &given); err != nil {
		return err
	}
	const most = 2 * maxLate
	if len(given.Files) > most {
		return fmt.Errorf("invalid position: want at most %d files", most)
	}
	for i := range given.Files {
		if f := &given.Files[i]; f.Path == "" || f.HeadSize < 0 || f.HeadSize > headSize || f.Offset < 0 || f.Line < 0 {
			return errors.New("invalid position: want files with a path, and with head_size, offset and line in range")
		}
	}
	p.files = given.Files
	return nil
}

// Position returns the position after a record of a [Follower]. For records of other
// inputs it is zero.
func (r *Record) Position() Position {
	if r.origin == nil {
		return Position{}
	}
	files := slices.Clone(r.origin.files)
	if i := r.origin.index; i >= 0 {
		files[i].Offset, files[i].Line = r.end, r.Pos.Line
	}
	return Position{files}
}

// origin is what the positions after successive records of a file have in common. It is
// immutable.
type origin struct {
	files []filePosition
	index int // of the file, or negative
}

// newOrigin returns the origin of the next record of t, or, if t is nil, that of the
// position before the first record.
func (f *Follower) newOrigin(t *tail) *origin {
	o := &origin{index: -1}
	open := slices.Clone(f.late)
	if f.current != nil {
		open = append(open, f.current)
	}
	for _, other := range append(open, f.queue...) {
		if other == t {
			o.index = len(o.files)
		}
		o.files = append(o.files, other.position())
	}
	if len(o.files) == 0 {
		o.files = []filePosition{{Path: f.path, Modified: f.since.UnixNano()}}
	}
	return o
}

// position returns the position after the last line that was returned. After the file was
// truncated, this is a position in its copy until there is new text.
func (t *tail) position() filePosition {
	if len(t.head) == 0 && t.before != nil {
		return *t.before
	}
	// The time is that of the last look at the end of the file: copies that have been made
	// since then have not been read.
	p := filePosition{Path: t.name, HeadSize: len(t.head), HeadAt: t.headAt, Offset: t.done, Line: t.doneLine, Modified: t.info.ModTime().UnixNano()}
	p.Device, p.Inode = fileID(t.file)
	if len(t.head) > 0 {
		p.Head = hash(t.head)
	}
	return p
}

func hash(head []byte) string {
	sum := sha256.Sum256(head)
	return hex.EncodeToString(sum[:])
}

// match returns how well a file matches the position: 2 if it is the same file, 1 if it
// may be a copy, otherwise 0. An empty file cannot be recognized.
func (p *filePosition) match(t *tail) int {
	if p.HeadSize == 0 || len(t.head) < p.HeadSize || t.headAt != p.HeadAt || t.info.Size() < p.Offset || hash(t.head[:p.HeadSize]) != p.Head {
		return 0
	}
	if device, inode := fileID(t.file); device == p.Device && inode == p.Inode {
		return 2
	}
	return 1
}

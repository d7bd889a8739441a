package serve

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/falcorules/falcorules/events"
)

// Follow returns an input that follows a file. It stores in a folder how far the events of
// the file have been processed, and resumes there the next time.
func Follow(path, stateDir string, o events.FollowOptions) (events.Input, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(abs))
	s := &positions{path: filepath.Join(stateDir, "position-"+hex.EncodeToString(sum[:8])+".json")}
	if o.From, err = s.read(); err != nil {
		return nil, fmt.Errorf("reading the position in %s: %w", path, err)
	}
	s.Follower = events.Follow(path, o)
	// Even if the process is killed before the first event, the next one begins here.
	if s.store(); s.err != nil {
		return nil, errors.Join(s.err, s.Follower.Close())
	}
	return s, nil
}

// positions is a follower that stores its position.
type positions struct {
	*events.Follower
	path string

	mu      sync.Mutex
	pending *time.Timer // writes the position soon; nil if it is written
	err     error       // of the last write
}

// storeAfter is the time after which a position is written.
const storeAfter = 500 * time.Millisecond

// Ack implements [events.Acker]. Its error is about an earlier position.
func (s *positions) Ack(rec *events.Record) error {
	if err := s.Follower.Ack(rec); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pending == nil {
		s.pending = time.AfterFunc(storeAfter, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.store()
		})
	}
	err := s.err
	s.err = nil
	return err
}

// store writes the position.
func (s *positions) store() {
	s.pending = nil
	text, err := json.Marshal(s.Acked())
	if err == nil {
		err = replaceFile(s.path, text)
	}
	s.err = err
}

// Close implements [events.Input].
func (s *positions) Close() error {
	err := s.Follower.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pending != nil {
		s.pending.Stop()
	}
	if s.pending != nil || s.err != nil {
		s.store()
	}
	return errors.Join(err, s.err)
}

// read returns the stored position, or the zero position if nothing is stored.
func (s *positions) read() (events.Position, error) {
	var p events.Position
	text, err := os.ReadFile(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return p, nil
	case err != nil:
		return p, err
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return p, fmt.Errorf("%s: %w", s.path, err)
	}
	return p, nil
}

// replaceFile writes a file so that after a crash it has either its old or its new content.
func replaceFile(path string, data []byte) error {
	tmp := path + ".new"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

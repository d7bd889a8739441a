//go:build unix

package events

import (
	"os"
	"syscall"
)

// openShared opens a file for reading without waiting, even if it is a named pipe.
func openShared(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// fileID returns numbers that identify a file as long as it exists.
func fileID(f *os.File) (device, inode uint64) {
	info, err := f.Stat()
	if err != nil {
		return 0, 0
	}
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(s.Dev), uint64(s.Ino) //nolint:unconvert // the types differ between systems
	}
	return 0, 0
}

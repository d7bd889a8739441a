//go:build unix

package serve

import (
	"io/fs"
	"syscall"
)

// fileID returns the number of the file in its file system.
func fileID(info fs.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Ino) //nolint:unconvert // it has another type on some systems
	}
	return 0
}

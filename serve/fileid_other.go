//go:build !unix

package serve

import "io/fs"

// fileID returns 0: there are no file numbers here.
func fileID(fs.FileInfo) uint64 { return 0 }

// Package fileerr shortens errors of files for messages that name the file themselves.
package fileerr

import (
	"errors"
	"io/fs"
)

// Cause returns an error without the names of the file and the system call.
func Cause(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

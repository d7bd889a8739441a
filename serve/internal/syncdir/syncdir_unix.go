//go:build unix

// Package syncdir makes changes of folders durable.
package syncdir

import (
	"errors"
	"os"
)

// Sync makes new and renamed files in a folder durable.
func Sync(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

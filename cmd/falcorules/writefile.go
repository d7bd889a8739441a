package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/internal/fileerr"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/psp"
)

func addForce(cmd *cobra.Command, force *bool) {
	cmd.Flags().BoolVar(force, "force", false, "replace existing files")
}

// checkWritable returns an error if writeFile would not replace a file.
func checkWritable(path string, force bool) error {
	info, err := os.Stat(path)
	if err != nil || force || !info.Mode().IsRegular() {
		return nil // nothing can be lost in a device or a pipe
	}
	return callError("%s already exists: use --force to replace it", quote.Name(path))
}

// isGenerated reports whether convert wrote a file, which it may then replace.
func isGenerated(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	start := make([]byte, len(psp.GeneratedMark))
	_, err = io.ReadFull(f, start)
	return err == nil && bytes.Equal(start, []byte(psp.GeneratedMark))
}

// writeFile writes a file. It replaces an existing one only with force.
func writeFile(path string, text []byte, force bool) error {
	if err := checkWritable(path, force); err != nil {
		return err
	}
	if err := os.WriteFile(path, text, 0o666); err != nil {
		return callError("cannot write %s: %v", quote.Name(path), fileerr.Cause(err))
	}
	return nil
}

// writeDiff writes the changes of a file as a unified diff.
func writeDiff(w io.Writer, file loader.File, text []byte) error {
	_, err := w.Write(diff.Diff(file.Name+".orig", file.Data, file.Name, text))
	return err
}

// replaceFile atomically replaces the content of a file, which keeps its permissions. It
// returns an error if the content is no longer the old one.
func replaceFile(path string, old, text []byte) error {
	if err := replace(path, old, text); err != nil {
		return fmt.Errorf("cannot write: %w", fileerr.Cause(err))
	}
	return nil
}

func replace(path string, old, text []byte) error {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0) // fails if the file must not be written
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }() // has no effect after the file is renamed
	_, err = temp.Write(text)
	if err := errors.Join(err, temp.Chmod(info.Mode().Perm()), temp.Sync(), temp.Close()); err != nil {
		return err
	}
	keepOwner(temp.Name(), info)
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, old) {
		return cmp.Or(err, errors.New("the file has changed in the meantime"))
	}
	return os.Rename(temp.Name(), path)
}

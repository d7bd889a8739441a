package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/psp"
)

func addForce(cmd *cobra.Command, force *bool) {
	cmd.Flags().BoolVar(force, "force", false, "replace existing files")
}

// checkWritable returns an error if writeFile would not replace a file.
func checkWritable(path string, force bool) error {
	info, err := os.Stat(path)
	if err != nil || force || !info.Mode().IsRegular() {
		return nil // a device or a pipe holds nothing that could be lost
	}
	return callError("%s exists already; use --force to replace it", quote.Name(path))
}

// isGenerated reports whether a file is one that convert wrote, so that converting
// again may replace it.
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

// writeFile writes a file. Without force it does not replace one.
func writeFile(path string, text []byte, force bool) error {
	if err := checkWritable(path, force); err != nil {
		return err
	}
	err := os.WriteFile(path, text, 0o666)
	var bad *fs.PathError
	if errors.As(err, &bad) {
		err = bad.Err
	}
	if err != nil {
		return callError("cannot write %s: %v", quote.Name(path), err)
	}
	return nil
}

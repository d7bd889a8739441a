package ruletest

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/falcorules/falcorules/internal/quote"
)

// inRoot returns an error if path, after following links, is outside of the folder root.
// An empty root allows every path.
func inRoot(root, path string) error {
	if root == "" {
		return nil
	}
	folder, err := resolve(root)
	if err != nil {
		return err
	}
	file, err := resolve(path)
	if err != nil {
		return err
	}
	if rel, err := filepath.Rel(folder, file); err != nil || !filepath.IsLocal(rel) {
		return fmt.Errorf("outside of the root %s", quote.Name(root))
	}
	return nil
}

// resolve returns the absolute path without links. If path does not exist, it resolves
// the part of it that does.
func resolve(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	rest := ""
	for {
		target, err := filepath.EvalSymlinks(path)
		if err == nil {
			return filepath.Join(target, rest), nil
		}
		if link, linkErr := os.Lstat(path); linkErr == nil && link.Mode()&os.ModeSymlink != 0 {
			return "", err // its target could be created anywhere
		}
		parent := filepath.Dir(path)
		if parent == path {
			return "", err
		}
		path, rest = parent, filepath.Join(filepath.Base(path), rest)
	}
}

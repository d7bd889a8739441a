package ruletest

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/falcorules/falcorules/internal/quote"
)

// inRoot returns an error if path leads out of the folder root, links followed. The
// empty root is no restriction.
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

// resolve returns the absolute path of what a path leads to. Of a path that leads
// nowhere it resolves the part that does.
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
			return "", err // a link that leads nowhere may lead anywhere
		}
		parent := filepath.Dir(path)
		if parent == path {
			return "", err
		}
		path, rest = parent, filepath.Join(filepath.Base(path), rest)
	}
}

package events

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sibling is a file that may hold an earlier part of a log.
type sibling struct {
	path     string
	info     fs.FileInfo
	rotation string // what was added to the name of the log
}

// siblings returns the rotated files of a log, oldest first. They are in the folder of
// the log and, if that is a link, in the folder of its target.
func siblings(path string) []sibling {
	found := siblingsIn(path)
	if target, err := filepath.EvalSymlinks(path); err == nil && target != filepath.Clean(path) {
		found = append(found, siblingsIn(target)...)
	}
	numbered := !slices.ContainsFunc(found, func(s sibling) bool { return s.number() < 0 })
	slices.SortStableFunc(found, func(a, b sibling) int {
		if numbered {
			return cmp.Compare(b.number(), a.number())
		}
		return cmp.Or(a.info.ModTime().Compare(b.info.ModTime()), strings.Compare(a.rotation, b.rotation))
	})
	return found
}

// number returns the number of a rotated file, which is higher for older files, or -1 if
// it has a time instead.
func (s *sibling) number() int {
	const most = 3 // digits
	if n, err := strconv.Atoi(s.rotation[1:]); err == nil && len(s.rotation) <= 1+most {
		return n
	}
	return -1
}

// indexOf returns the index of a file, or -1.
func indexOf(files []sibling, info fs.FileInfo) int {
	return slices.IndexFunc(files, func(s sibling) bool { return os.SameFile(s.info, info) })
}

func modifiedSince(files []sibling, since time.Time) []sibling {
	return slices.DeleteFunc(files, func(s sibling) bool { return s.info.ModTime().Before(since) })
}

func siblingsIn(path string) []sibling {
	dir, base := filepath.Split(path)
	folder, err := os.Open(cmp.Or(dir, "."))
	if err != nil {
		return nil
	}
	defer folder.Close()
	var found []sibling
	for {
		const some = 1000
		entries, err := folder.Readdirnames(some)
		for _, name := range entries {
			rotation := rotationOf(base, name)
			if rotation == "" {
				continue
			}
			if info, err := os.Stat(dir + name); err == nil && info.Mode().IsRegular() {
				found = append(found, sibling{dir + name, info, rotation})
			}
		}
		if errors.Is(err, io.EOF) || err != nil {
			return found
		}
	}
}

// rotationOf returns what was added to the name of a log when it was rotated, such as
// ".1" for audit.log.1. It is empty if name is not that of a rotated file.
func rotationOf(base, name string) string {
	if rest, ok := strings.CutPrefix(name, base); ok && countDigits(rest) > 0 {
		return rest
	}
	ext := filepath.Ext(base)
	rest, ok := strings.CutPrefix(name, strings.TrimSuffix(base, ext))
	if !ok || ext == "" {
		return ""
	}
	rest, ok = strings.CutSuffix(rest, ext)
	// audit-2.log beside audit.log is another log.
	const date = len("20260301")
	if n := countDigits(rest); ok && (n >= date || n > 0 && rest[0] == '.') {
		return rest
	}
	return ""
}

// countDigits returns the number of digits in a number or time after a separator, such
// as .1 or -2026-03-01T10:20:30Z, and 0 for other texts.
func countDigits(s string) int {
	if s == "" || strings.IndexByte(".-_", s[0]) < 0 || strings.Trim(s, "0123456789.-_:+TZ") != "" {
		return 0
	}
	n := 0
	for _, c := range []byte(s) {
		if '0' <= c && c <= '9' {
			n++
		}
	}
	return n
}

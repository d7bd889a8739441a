package capture

import (
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/scap"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/state"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/table"
)

// pathsOf says which parameters of a call are paths: the one that it acts on, or a source and
// a target. The name fd stands for the file descriptor.
type pathsOf struct{ path, source, target string }

var pathCalls = map[table.Code]pathsOf{
	table.Mkdir2X:    {path: "path"},
	table.MkdiratX:   {path: "path"},
	table.Rmdir2X:    {path: "path"},
	table.Unlink2X:   {path: "path"},
	table.Unlinkat2X: {path: "name"},
	table.OpenX:      {path: "name"},
	table.OpenatTwoX: {path: "name"},
	table.Openat2X:   {path: "name"},
	table.FchmodatX:  {path: "filename"},
	table.ChmodX:     {path: "filename"},
	table.FchmodX:    {path: "fd"},
	table.ChownX:     {path: "path"},
	table.LchownX:    {path: "path"},
	table.FchownX:    {path: "fd"},
	table.FchownatX:  {path: "pathname"},
	table.QuotactlX:  {path: "special"},
	table.Umount1X:   {path: "name"},
	table.Umount2X:   {path: "name"},
	table.RenameX:    {source: "oldpath", target: "newpath"},
	table.RenameatX:  {source: "oldpath", target: "newpath"},
	table.Renameat2X: {source: "oldpath", target: "newpath"},
	table.Link2X:     {source: "newpath", target: "oldpath"},
	table.Linkat2X:   {source: "newpath", target: "oldpath"},
	table.SymlinkX:   {source: "linkpath", target: "target"},
	table.SymlinkatX: {source: "linkpath", target: "target"},
	table.MountX:     {source: "dev", target: "dir"},
}

// pathField returns the reader of a field fs.path.
func pathField(name string) reader {
	what := strings.TrimPrefix(name, "fs.path.")
	what, raw := strings.CutSuffix(what, "raw")
	return func(e *Event, out *fieldsets.Values) {
		paths, ok := pathCalls[e.ev.Info.Code]
		if !ok || !e.succeeded() {
			return
		}
		param := paths.path
		switch what {
		case "source":
			param = paths.source
		case "target":
			param = paths.target
		}
		if param == "" {
			return
		}
		found := false
		n := out.Len()
		out.AddBuilt(func(buf []byte) []byte {
			start := len(buf)
			buf, found = e.appendPathParam(buf, param)
			t := e.state.EventThread()
			if !found || raw {
				return buf
			}
			if found = t != nil; !found {
				return buf
			}
			path := append([]byte(nil), buf[start:]...)
			return e.appendResolved(buf[:start], path, what, t)
		})
		if !found {
			out.Truncate(n)
		}
	}
}

// succeeded reports whether a call with paths was successful. For those that open files, it is
// enough that the result is not -1.
func (e *Event) succeeded() bool {
	res, ok := e.result()
	switch e.ev.Info.Code {
	case table.OpenX, table.OpenatTwoX, table.Openat2X:
		return ok && res != -1
	}
	return ok && res == 0
}

// appendPathParam appends a parameter with a path, or the name of the file descriptor.
func (e *Event) appendPathParam(buf []byte, param string) ([]byte, bool) {
	if param != "fd" {
		i := e.find(param)
		if i < 0 {
			return buf, false
		}
		return append(buf, state.Text(e.param(i))...), true
	}
	_, f, ok := e.fileOf()
	switch {
	case !ok:
		return buf, false
	case f != nil:
		return append(buf, f.Name...), true
	}
	return e.nameFromEvent(buf, false)
}

// appendResolved appends the absolute path for a path of the call.
func (e *Event) appendResolved(buf, path []byte, what string, t *state.Thread) []byte {
	if len(path) > 0 && path[0] == '/' {
		return state.AppendPath(buf, nil, path)
	}
	dir := ""
	switch e.ev.Info.Code {
	case table.OpenatTwoX, table.Openat2X:
		if path = []byte("<UNKNOWN>"); e.state.File != nil {
			path = []byte(e.state.File.Name)
		}
	case table.FchownatX, table.FchmodatX, table.MkdiratX, table.Unlinkat2X:
		dir = e.fileDir()
	case table.SymlinkatX:
		if dir = "<UNKNOWN>"; what == "source" {
			dir = e.fileDir()
		}
	case table.Renameat2X:
		i := 1
		if what == "target" {
			i = 3
		}
		dir = e.state.DirOf(path, int64(state.Number(e.param(i))))
	default:
		dir = t.Dir()
	}
	return state.AppendPath(buf, e.state.Scratch(dir, false), path)
}

// fileDir returns the directory that the file descriptor is for.
func (e *Event) fileDir() string {
	f := e.state.File
	switch {
	case f == nil || f.Type != scap.Directory:
		return "<UNKNOWN>"
	case f.Name == "" || strings.HasSuffix(f.Name, "/"):
		return f.Name
	}
	return e.state.String(e.state.Scratch(f.Name, true))
}

package loader

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/fileerr"
	"github.com/falcorules/falcorules/internal/filename"
)

// Limits on the files that are loaded. Falco's own files have less than 100,000 bytes each.
const (
	maxFile      = 16 << 20 // bytes of a file
	maxFileBytes = 64 << 20 // bytes of all files
	maxFiles     = 50_000   // files, those inside of other files included
	maxDefined   = 150_000  // items of all files
)

// errTooLarge reports a file of more than maxFile bytes.
var errTooLarge = fmt.Errorf("the file has more than %d bytes", maxFile)

// prepared returns copies of files that Load may change. It drops the data of files that
// exceed a limit, alone or together with those before them, and renames files that have
// the name of an override or a condition.
func prepared(files []File) []File {
	out := slices.Clone(files)
	size := 0
	for i := range out {
		f := &out[i]
		f.Name = apart(f.Name)
		if f.Skipped != nil {
			f.Skipped = ownDiagnostic(f.Skipped)
		}
		if f.Err == nil && len(f.Data) > maxFile {
			f.Err = errTooLarge
		}
		if size += len(f.Data); f.Err == nil && size > maxFileBytes {
			f.Err = fmt.Errorf("the files so far have more than %d bytes in total", maxFileBytes)
		}
		if f.Err != nil {
			f.Data = nil
		}
	}
	return out
}

// apart returns a path of the same file that is not the name of an override or a
// condition.
func apart(path string) string {
	if path == conditionName || IsOverrideName(path) {
		return "./" + path
	}
	return path
}

// ownDiagnostic returns a copy of a file's diagnostic, because Load completes it, and may
// be called concurrently with the same files.
func ownDiagnostic(d *diag.Diagnostic) *diag.Diagnostic {
	own, context := *d, FalcoContextOf(d)
	own.Range.File, own.Extra = apart(d.Range.File), &context
	return &own
}

// File is a rules file in memory.
type File struct {
	// Name is the file name in diagnostics. If it is "condition" or an [OverrideName],
	// diagnostics put ./ before it.
	Name string
	Data []byte
	// Context marks a file that is loaded only because other files use its definitions.
	// It has no [Result].
	Context bool
	// Path is the argument of [Reader.Read] that named the file or its folder.
	Path string
	// Err is the error from reading the file, or nil. Load reports it as ErrFileRead and
	// loads the other files.
	Err error
	// Skipped is a notice that something in a folder was not read, or nil. Load adds it
	// to [Ruleset.Notices].
	Skipped *diag.Diagnostic
}

// Reader finds and reads rules files. The zero Reader reads the files that Falco would
// read.
type Reader struct {
	// FS is the file system; nil means the operating system's.
	FS fs.FS
	// Recursive also reads subfolders, after the files of their folder, except for hidden
	// ones and symbolic links.
	Recursive bool
	// Stdin is the input for the path "-". If it is nil, "-" is an ordinary file name.
	Stdin io.Reader
	// Context has paths to read before the arguments of Read. Their files are marked as
	// [File.Context], unless an argument names them too.
	Context []string
	// Ignore, if it is not nil, reports whether a file or a folder is left out, although an
	// argument names it or its folder. It is not asked about Context.
	Ignore func(name string) bool
}

// Read reads the given files, and the files in the given folders, in order. In a folder
// it reads regular files, and symbolic links to them, whose names end in .yaml or .yml,
// sorted by name. It leaves out .falcorules.yaml and test suites, whose names end in
// _test.yaml or _test.yml, unless a path names them. A file that several paths name is
// read once. If a file cannot be read, the result has its [File.Err]; if something in a
// folder is skipped, the result has a File with [File.Skipped] and no data.
func (r Reader) Read(paths ...string) []File {
	found := &reading{Reader: r, system: osFiles, byName: map[string]int{}, byStat: map[fileStat][]foundFile{}}
	if r.FS != nil {
		found.system = fsFiles(r.FS)
	}
	for _, name := range r.Context {
		found.path(name, true)
	}
	for _, name := range paths {
		found.path(name, false)
	}
	return found.files
}

// ReadFile reads one rules file from r, for which diagnostics use name. The error is a
// [*diag.Diagnostic] with code ErrFileRead, for example if the file has more than 16 MiB.
func ReadFile(r io.Reader, name string) (File, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = errTooLarge
	}
	if err != nil {
		return File{}, unreadable(name, err)
	}
	return File{Name: name, Data: data}, nil
}

func unreadable(name string, err error) *diag.Diagnostic {
	d := newDiagnostic(ErrFileRead, diag.Range{File: name}, nil, "cannot read: "+fileerr.Cause(err).Error())
	d.Err = err
	return d
}

// fileSystem has the operations that reading needs.
type fileSystem struct {
	open    func(string) (fs.File, error)
	stat    func(string) (fs.FileInfo, error)   // of what a link leads to
	readDir func(string) ([]fs.DirEntry, error) // sorted by name
	join    func(...string) string
	clean   func(string) string
}

var osFiles = fileSystem{
	open:    func(name string) (fs.File, error) { return os.Open(name) },
	stat:    os.Stat,
	readDir: os.ReadDir,
	join:    filepath.Join,
	clean:   filepath.Clean,
}

func fsFiles(fsys fs.FS) fileSystem {
	return fileSystem{
		open:    func(name string) (fs.File, error) { return fsys.Open(path.Clean(name)) },
		stat:    func(name string) (fs.FileInfo, error) { return fs.Stat(fsys, path.Clean(name)) },
		readDir: func(name string) ([]fs.DirEntry, error) { return fs.ReadDir(fsys, path.Clean(name)) },
		join:    path.Join,
		clean:   path.Clean,
	}
}

// reading is one call of [Reader.Read].
type reading struct {
	Reader
	system fileSystem
	files  []File
	// byName has the indexes of files by their clean names, and byStat recognizes a file
	// that was found under another name.
	byName map[string]int
	byStat map[fileStat][]foundFile
	// arg is the current argument. context is true if it is one of Context.
	arg     string
	context bool
}

// fileStat is the same for two names of one file, and rarely for two files.
type fileStat struct {
	size     int64
	modified time.Time
}

type foundFile struct {
	info  fs.FileInfo
	index int
}

// ignores reports whether a file or a folder is left out.
func (r *reading) ignores(name string) bool { return !r.context && r.Ignore != nil && r.Ignore(name) }

// path reads a file, or the files in a folder.
func (r *reading) path(name string, context bool) {
	if r.arg, r.context = name, context; r.ignores(name) {
		return
	}
	if name == stdinName && r.Stdin != nil {
		if r.isNew(name, nil) {
			r.add(ReadFile(r.Stdin, name))
		}
		return
	}
	info, err := r.system.stat(name)
	switch {
	case err != nil:
		r.unreadable(name, err)
	case !info.IsDir():
		r.file(name, info)
	case !r.folder(name):
		r.unreadable(name, errors.New("the folder has no files that end in .yaml or .yml"))
	}
}

// stdinName is the path of standard input.
const stdinName = "-"

// folder reads the files in a folder and reports whether there are any, ignored or not.
func (r *reading) folder(dir string) bool {
	entries, err := r.system.readDir(dir)
	if err != nil {
		r.unreadable(dir, err)
		return true
	}
	found := false
	var folders []string
	for _, e := range entries {
		name, link := r.system.join(dir, e.Name()), e.Type()&fs.ModeSymlink != 0
		info, err := r.system.stat(name)
		isRules := filename.IsYAML(name) && !filename.IsSuite(name) && e.Name() != filename.Config
		if r.ignores(name) {
			found = found || isRules
			continue
		}
		switch {
		case err == nil && info.IsDir():
			switch {
			case strings.HasPrefix(e.Name(), "."):
			case link:
				r.skip(name, "the link to a folder is not followed, as in Falco", "name the folder itself")
			default:
				folders = append(folders, name)
			}
		case !isRules:
		case err == nil && info.Mode().IsRegular():
			r.file(name, info)
			found = true
		case err == nil:
			r.skip(name, "this is "+kindOfFile(info.Mode())+", which Falco does not read from a folder", "")
		case link && !errors.Is(err, fs.ErrPermission):
			r.skip(name, "the link is broken: "+fileerr.Cause(err).Error(), "")
		default:
			r.unreadable(name, err)
			found = true
		}
	}
	if !r.Recursive {
		r.skipFolders(dir, folders)
		return found
	}
	for _, name := range folders {
		found = r.folder(name) || found
	}
	return found
}

// skipFolders adds the notice that the subfolders of a folder are not read.
func (r *reading) skipFolders(dir string, folders []string) {
	const most = 5
	if len(folders) == 0 {
		return
	}
	var names []string
	for _, name := range folders[:min(len(folders), most)] {
		names = append(names, filepath.Base(name))
	}
	msg := "subfolders are not read, as in Falco: " + strings.Join(names, ", ")
	if more := len(folders) - most; more > 0 {
		msg += fmt.Sprintf(" and %d more", more)
	}
	r.skip(dir, msg, "use --recursive (-R) to read them too")
}

func kindOfFile(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "not a regular file"
}

// file reads a file.
func (r *reading) file(name string, info fs.FileInfo) {
	if !r.isNew(name, info) {
		return
	}
	in, err := r.system.open(name)
	if err != nil {
		r.add(File{}, unreadable(name, err))
		return
	}
	defer in.Close()
	r.add(ReadFile(in, name))
}

// isNew reports whether a file was not found before; then the caller must add it. If it
// was found before only as context, and is an argument now, it is no longer context.
func (r *reading) isNew(name string, info fs.FileInfo) bool {
	clean := r.system.clean(name)
	index, known := r.byName[clean]
	var stat fileStat
	if info != nil {
		stat = fileStat{info.Size(), info.ModTime()}
		for _, f := range r.byStat[stat] {
			if !known && os.SameFile(f.info, info) {
				index, known = f.index, true
			}
		}
	}
	if known {
		r.files[index].Context = r.files[index].Context && r.context
		return false
	}
	r.byName[clean] = len(r.files)
	if info != nil {
		r.byStat[stat] = append(r.byStat[stat], foundFile{info, len(r.files)})
	}
	return true
}

// unreadable adds a file that cannot be read.
func (r *reading) unreadable(name string, err error) {
	if r.isNew(name, nil) {
		r.add(File{}, unreadable(name, err))
	}
}

// add adds a file, or the error of one.
func (r *reading) add(f File, err error) {
	var d *diag.Diagnostic
	if errors.As(err, &d) {
		f.Name, f.Err = d.Range.File, d
	}
	f.Path, f.Context = r.arg, r.context
	r.files = append(r.files, f)
}

// skip adds the notice that something is not read.
func (r *reading) skip(name, msg, hint string) {
	d := newDiagnostic(NoticeSkipped, diag.Range{File: name}, nil, msg)
	d.Hint = hint
	r.files = append(r.files, File{Name: name, Path: r.arg, Context: r.context, Skipped: d})
}

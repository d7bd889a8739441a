package falcoconfig

import (
	"os"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/fileerr"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/loader"
)

// RulesFiles reads the files that rules_files names, and those in the folders that it
// names, in Falco's order. As in Falco, paths are relative to the working directory, and
// only files that end in .yaml or .yml are read. The list has warnings about entries that
// Falco ignores.
func (c *Config) RulesFiles() ([]loader.File, diag.List) {
	var files []loader.File
	var warnings diag.List
	ignore := func(entry Setting[string], hint, msg string) {
		d := &diag.Diagnostic{Code: Ignored, Severity: diag.Warning, Range: entry.Range, Message: msg, Hint: hint}
		c.Locate(d)
		warnings = append(warnings, d)
	}
	read := func(name string) { files = append(files, loader.Reader{}.Read(name)...) }
	for _, entry := range c.Rules {
		info, err := os.Stat(entry.Value)
		switch {
		case err != nil:
			ignore(entry, "", "Falco ignores "+quote.Name(entry.Value)+": "+fileerr.Cause(err).Error())
		case !info.IsDir() && !IsRulesFile(entry.Value):
			ignore(entry, extensionHint, "Falco ignores "+quote.Name(entry.Value)+", because of its name")
		case !info.IsDir():
			read(entry.Value)
		default:
			names, err := regularFiles(entry.Value)
			if err != nil {
				files = append(files, loader.File{Name: entry.Value, Path: entry.Value, Err: err})
			}
			for _, name := range names {
				if IsRulesFile(name) {
					read(name)
				}
			}
		}
	}
	return files, warnings
}

const extensionHint = "rename it: the path must end in .yaml or .yml, and not contain that ending earlier"

// IsRulesFile reports whether Falco reads a file of this path as rules: whether it ends in
// .yaml or .yml. Falco also ignores a file whose path contains the same ending earlier, as in
// rules.yaml.d/local.yaml; see [loader.MatchWildcard].
func IsRulesFile(path string) bool {
	return loader.MatchWildcard("*.yaml", path) || loader.MatchWildcard("*.yml", path)
}

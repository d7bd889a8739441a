// Package docs has the pages of the documentation that the command prints.
package docs

import "embed"

// Lint has a page for each analyzer of package lint, lint/ID.md.
//
//go:embed lint/*.md
var Lint embed.FS

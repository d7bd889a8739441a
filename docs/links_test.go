package docs

import (
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"
)

// TestLinks checks that the relative links of all pages lead to files of the repository, and
// their fragments to headings.
func TestLinks(t *testing.T) {
	pages := readPages(t, os.DirFS(".."))
	links := 0
	for name, text := range pages {
		t.Run(name, func(t *testing.T) {
			for _, link := range linksOf(text) {
				links++
				if problem := checkLink(os.DirFS(".."), pages, name, link); problem != "" {
					t.Errorf("link to %s: %s", link, problem)
				}
			}
		})
	}
	if links < 100 {
		t.Errorf("found only %d links", links)
	}
}

// readPages returns the Markdown pages of a folder by name, without their code blocks.
func readPages(t *testing.T, root fs.FS) map[string]string {
	t.Helper()
	pages := map[string]string{}
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == ".git"):
			return fs.SkipDir
		case !entry.IsDir() && path.Ext(name) == ".md":
			text, err := fs.ReadFile(root, name)
			if err != nil {
				return err
			}
			pages[name] = codeBlock.ReplaceAllString(string(text), "")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

var (
	codeBlock = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	codeSpan  = regexp.MustCompile("``.+?``|`[^`]+`")
	linkParts = regexp.MustCompile(`\]\(<?([^)\s>]+)|(?m:^ {0,3}\[[^\]]+\]: *<?([^\s>]+))|(?:href|src)="([^"]+)"`)
	heading   = regexp.MustCompile(`(?m)^#+ +(.+?)[ #]*$`)
	linkText  = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
)

// linksOf returns the targets of the relative links on a page.
func linksOf(page string) []string {
	var links []string
	for _, parts := range linkParts.FindAllStringSubmatch(codeSpan.ReplaceAllString(page, ""), -1) {
		link := parts[1] + parts[2] + parts[3] // one of them matches
		if u, err := url.Parse(link); err != nil || u.Scheme == "" && u.Host == "" {
			links = append(links, link)
		}
	}
	return links
}

// checkLink returns what is wrong with a link on the page with the given name, or "".
func checkLink(root fs.FS, pages map[string]string, page, link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return err.Error()
	}
	target := page
	if u.Path != "" {
		target = path.Join(path.Dir(page), u.Path)
	}
	if !filepath.IsLocal(target) || strings.HasPrefix(u.Path, "/") {
		return "it leads out of the repository"
	}
	if _, err := fs.Stat(root, target); err != nil {
		return "there is no " + target
	}
	if u.Fragment != "" && !anchors(pages[target])[u.Fragment] {
		return target + " has no heading #" + u.Fragment
	}
	return ""
}

// anchors returns the fragments of the headings on a page, as GitHub forms them.
func anchors(page string) map[string]bool {
	found := map[string]bool{}
	for _, parts := range heading.FindAllStringSubmatch(page, -1) {
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, linkText.ReplaceAllString(parts[1], "$1"))
		unique := name
		for i := 1; found[unique]; i++ {
			unique = name + "-" + strconv.Itoa(i)
		}
		found[unique] = true
	}
	return found
}

// TestCheckLink checks that TestLinks finds broken links.
func TestCheckLink(t *testing.T) {
	pages := map[string]string{"a.md": "# One `two`, three\n\n## Twice\n\n## Twice\n\n## See [docs](x.md)\n"}
	root := fstest.MapFS{"a.md": {}, "docs.go": {}, "lint/b.md": {}}
	for _, test := range []struct{ name, link, want string }{
		{"file", "docs.go", ""},
		{"folder", "lint", ""},
		{"fragment of this page", "#one-two-three", ""},
		{"repeated heading", "#twice-1", ""},
		{"heading with a link", "#see-docs", ""},
		{"missing page", "none.md", "there is no none.md"},
		{"missing heading", "#twice-2", "a.md has no heading #twice-2"},
		{"heading of a file that is not a page", "docs.go#package", "docs.go has no heading #package"},
		{"outside", "../../x.md", "it leads out of the repository"},
		{"absolute", "/docs.go", "it leads out of the repository"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := checkLink(root, pages, "a.md", test.link); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestLinksOf checks which parts of pages are links.
func TestLinksOf(t *testing.T) {
	page := "[a](a.md) and `[b](b.md)`, [c](<c.md>) [d](https://example.com/d.md)\n[e]: e.md\n<img src=\"f.png\"> [g](g.md \"title\")\n"
	if got, want := strings.Join(linksOf(page), " "), "a.md c.md e.md f.png g.md"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

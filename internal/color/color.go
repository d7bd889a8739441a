// Package color writes text in the colours of terminals.
package color

// Style is the escape sequence that begins a style.
type Style string

// The styles. Those with a colour are bold too.
const (
	Bold   Style = "\x1b[1m"
	Faint  Style = "\x1b[2m"
	Red    Style = "\x1b[1;31m"
	Green  Style = "\x1b[1;32m"
	Yellow Style = "\x1b[1;33m"
	Cyan   Style = "\x1b[1;36m"
)

const off = "\x1b[0m"

// Enabled says whether text has colours.
type Enabled bool

// In returns text in a style, or unchanged if colours are off.
func (e Enabled) In(style Style, text string) string {
	if !e {
		return text
	}
	return string(style) + text + off
}

package capture

import (
	"strconv"
	"time"

	"github.com/falcorules/falcorules/internal/quote"
)

// AppendText appends a line that describes the event: its number, time, program, thread, type
// and parameters. Characters that could control a terminal are replaced.
func (e *Event) AppendText(dst []byte) ([]byte, error) {
	start := len(dst)
	dst = append(strconv.AppendUint(dst, e.number, 10), ' ')
	dst = append(time.Unix(0, int64(e.ev.Time)).UTC().AppendFormat(dst, "2006-01-02T15:04:05.000000000Z"), ' ')
	if t := e.state.EventThread(); t != nil {
		dst = append(append(dst, t.Comm...), '(')
		dst = append(strconv.AppendInt(dst, t.TID, 10), ") "...)
	}
	dst = append(dst, e.name()...)
	if e.count() > 0 {
		dst = e.appendArgs(append(dst, ' '))
	}
	return append(dst[:start], quote.Line(string(dst[start:]))...), nil
}

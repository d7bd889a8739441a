//go:build !unix

package output

import (
	"errors"

	"github.com/falcorules/falcorules/serve"
)

// Syslog returns an error: this system has no syslog.
func Syslog(serve.Format) (serve.Output, error) {
	return nil, errors.New("this system has no syslog")
}

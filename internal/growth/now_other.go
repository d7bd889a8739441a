//go:build !unix

package growth

import "time"

var began = time.Now()

// now returns the time since the program started.
func now() time.Duration { return time.Since(began) }

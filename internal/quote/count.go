package quote

import "fmt"

// Count returns a number and what is counted: "1 event", "2 events".
func Count[N int | int64](n N, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

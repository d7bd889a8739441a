// Package output has the outputs of package serve: files, HTTP servers, programs and syslog.
//
//	out, err := output.File(output.FileOptions{Path: "alerts.jsonl", Format: serve.JSON})
//	...
//	server, err := serve.New(serve.Config{Outputs: map[string]serve.Output{"alerts": out}, …})
//
// When an alert counts as written depends on the output: for [File] when it is on disk, for
// [HTTP] after a 2xx answer, and for [Program] and [Syslog] when another process has taken it.
package output

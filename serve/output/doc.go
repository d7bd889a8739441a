// Package output has the outputs of package serve: files, HTTP servers, programs and syslog.
//
//	out, err := output.File(output.FileOptions{Path: "alerts.jsonl", Format: serve.JSON})
//	...
//	server, err := serve.New(serve.Config{Outputs: map[string]serve.Output{"alerts": out}, …})
//
// How sure an output is of an alert that it has written differs: [File] has it on the disk,
// [HTTP] has a 2xx answer; [Program] and [Syslog] only know that another process took it.
package output

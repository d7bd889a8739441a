// Package serve runs rules over live Kubernetes audit events and delivers the alerts.
//
//	server, err := serve.New(serve.Config{
//		Rules:    serve.Rules{Paths: []string{"k8s_audit_rules.yaml"}},
//		Webhooks: []serve.Webhook{{URL: "http://127.0.0.1:9765/k8s-audit"}},
//		Outputs:  map[string]serve.Output{"stdout": serve.Writer(os.Stdout, serve.JSON)},
//	})
//	...
//	err = server.Run(ctx)
//
// # Delivery
//
// Sources read events, rules turn them into alerts, and each [Output] has a queue of
// alerts to write. A source acknowledges an event only when its alerts have been written
// to all outputs that they go to: the webhook then answers 200, the position in a followed
// file is stored, and the offset of a Kafka record is committed. Until then, the sender
// still has the event. After a failure, events can arrive twice; their alerts have the same
// [Alert.ID].
//
// With a journal, the webhook answers as soon as the events that have alerts are on disk.
// Their alerts are written from there, even after a restart.
//
// All queues and the journal are bounded. If one is full, the webhook answers 503 and asks
// to try again later, and files are not read further until there is room.
package serve

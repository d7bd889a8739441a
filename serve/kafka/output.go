package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/falcorules/falcorules/rulesfile"
	"github.com/falcorules/falcorules/serve"
)

// OutputOptions are the options of [Output].
type OutputOptions struct {
	Client
	// Topic is an output template over the alert and its event. Characters of values that
	// a topic cannot have become underscores.
	Topic rulesfile.Value
	// Key is an output template for the key of records. Records with the same key are in
	// the same partition, in order. The zero Value means no key.
	Key rulesfile.Value
	// DeadLetterTopic, if not empty, gets alerts that the topic rejects.
	DeadLetterTopic string
	// Compression is one of [Compressions]; empty means snappy.
	Compression string
	// Timeout is how long to wait for the brokers before an attempt counts as failed, by
	// default 10 seconds.
	Timeout time.Duration
}

const defaultTimeout = 10 * time.Second

// The headers of records.
const (
	// IDHeader has the ID of an alert. By it, a receiver recognizes an alert that arrives twice.
	IDHeader = "falcorules-alert-id"
	// ErrorHeader and TopicHeader are those of dead letters: what was wrong, and the topic
	// that rejected the alert or that the record was read from.
	ErrorHeader = "falcorules-error"
	TopicHeader = "falcorules-topic"
)

// codecs are the kinds of compression by name.
var codecs = map[string]kgo.CompressionCodec{
	"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
}

// Compressions returns the names of the kinds of compression.
func Compressions() []string { return []string{"none", "gzip", "snappy", "lz4", "zstd"} }

// Validate returns an error if the options are invalid.
func (o *OutputOptions) Validate() error {
	if err := o.Client.Validate(); err != nil {
		return err
	}
	for _, topic := range []string{o.Topic.Text(), o.DeadLetterTopic} {
		switch {
		case topic == "" && !o.Topic.Exists():
			return errors.New("there is no topic")
		case topic != "" && !isTemplate(topic) && topic != topicName(topic):
			return fmt.Errorf("invalid topic %q: want up to %d letters, digits, dots, underscores and hyphens", topic, maxTopic)
		}
	}
	if o.Compression != "" && !slices.Contains(Compressions(), o.Compression) {
		return fmt.Errorf("invalid compression %q: want %s", o.Compression, strings.Join(Compressions(), ", "))
	}
	return nil
}

// maxTopic is the largest length of a topic's name.
const maxTopic = 249

// topicName returns a valid name of a topic.
func topicName(text string) string {
	name := []byte(text[:min(len(text), maxTopic)])
	for i, c := range name {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-' {
			continue
		}
		name[i] = '_'
	}
	if s := string(name); s != "" && s != "." && s != ".." {
		return s
	}
	return "_"
}

// isTemplate reports whether a text has fields.
func isTemplate(text string) bool { return strings.Contains(text, "%") }

// Output returns an output that writes alerts as JSON to topics. An alert counts as written
// when all in-sync replicas have it. The producer is idempotent, so that attempts of the
// client itself write an alert once; after a restart, an alert can be written twice.
//
// The output connects when the first alert is written, and reconnects when needed. If a topic
// does not exist, alerts wait until it is created. But if its name depends on the alert, the
// alert is rejected.
func Output(o OutputOptions) (serve.Output, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	codec, ok := codecs[o.Compression]
	if !ok {
		codec = kgo.SnappyCompression()
	}
	out := &output{options: o, pending: map[*serve.Alert]*attempt{}}
	client, err := kgo.NewClient(append(o.options(&out.last),
		kgo.RequiredAcks(kgo.AllISRAcks()), kgo.ProducerBatchCompression(codec), kgo.RecordDeliveryTimeout(max(o.Timeout, time.Second)), kgo.ProducerLinger(0),
		// Topics that do not exist are noticed before the timeout.
		kgo.UnknownTopicRetries(1), kgo.MetadataMinAge(time.Second),
	)...)
	if err != nil {
		return nil, err
	}
	out.client = client
	return out, nil
}

type output struct {
	options OutputOptions
	client  *kgo.Client
	last    lastError
	// pending are the alerts that Write was called with and that it has not counted. They
	// are not produced again unless their attempts have failed.
	pending map[*serve.Alert]*attempt
}

// attempt is a record that was given to the client.
type attempt struct {
	done chan struct{} // is closed when err is set
	err  error
}

// failed reports whether the attempt is over and failed, perhaps together with others.
func (t *attempt) failed() bool {
	select {
	case <-t.done:
		return t.err != nil
	default:
		return false
	}
}

// produce gives a record to a client. The client cannot take back what it has sent, so waiting
// for the attempt can end before the attempt does.
func produce(client *kgo.Client, r *kgo.Record) *attempt {
	t := &attempt{done: make(chan struct{})}
	client.Produce(context.Background(), r, func(_ *kgo.Record, err error) {
		t.err = err
		close(t.done)
	})
	return t
}

var errNoAnswer = errors.New("no answer from the brokers")

// wait waits for the result. When ctx is done, it returns its error.
func (t *attempt) wait(ctx context.Context) error {
	select {
	case <-t.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	return t.err
}

// Write implements [serve.Output].
func (o *output) Write(ctx context.Context, alerts []*serve.Alert) (int, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, o.options.Timeout, errNoAnswer)
	defer cancel()
	for _, a := range alerts {
		if t := o.pending[a]; t == nil || t.failed() {
			o.pending[a] = produce(o.client, o.record(a))
		}
	}
	for i, a := range alerts {
		err := o.pending[a].wait(ctx)
		if errors.Is(err, kerr.MessageTooLarge) {
			// All records of the batch have failed, so this one may be small.
			o.pending[a] = produce(o.client, o.record(a))
			err = o.pending[a].wait(ctx)
		}
		if err != nil && ctx.Err() != nil {
			return i, o.last.wrap(context.Cause(ctx))
		}
		delete(o.pending, a)
		if err != nil {
			return i, o.classify(err)
		}
	}
	return len(alerts), nil
}

// record returns the record of an alert.
func (o *output) record(a *serve.Alert) *kgo.Record {
	r := &kgo.Record{Topic: topicName(fill(a, o.options.Topic)), Value: a.JSON, Headers: []kgo.RecordHeader{{Key: IDHeader, Value: []byte(a.ID)}}}
	if o.options.Key.Exists() {
		r.Key = []byte(fill(a, o.options.Key))
	}
	return r
}

// fill returns the text of a template.
func fill(a *serve.Alert, template rulesfile.Value) string {
	if text, ok := a.Filled[template.Text()]; ok {
		return text
	}
	return template.Text()
}

// classify returns a [serve.RejectError] for an error that will not go away.
func (o *output) classify(err error) error {
	switch {
	case errors.Is(err, kerr.MessageTooLarge), errors.Is(err, kerr.InvalidRecord), errors.Is(err, kerr.RecordListTooLarge), errors.Is(err, kerr.InvalidTopicException),
		errors.Is(err, kerr.UnknownTopicOrPartition) && isTemplate(o.options.Topic.Text()):
		return &serve.RejectError{Err: err}
	case errors.Is(err, kgo.ErrRecordTimeout):
		return o.last.wrap(errNoAnswer)
	}
	return o.last.wrap(err)
}

// WriteDeadLetter implements [serve.DeadLetterer].
func (o *output) WriteDeadLetter(ctx context.Context, a *serve.Alert, cause error) error {
	if o.options.DeadLetterTopic == "" {
		return &serve.RejectError{Err: cause}
	}
	r := o.record(a)
	r.Headers = append(r.Headers, kgo.RecordHeader{Key: ErrorHeader, Value: []byte(cause.Error())}, kgo.RecordHeader{Key: TopicHeader, Value: []byte(r.Topic)})
	r.Topic = o.options.DeadLetterTopic
	ctx, cancel := context.WithTimeoutCause(ctx, o.options.Timeout, errNoAnswer)
	defer cancel()
	err := produce(o.client, r).wait(ctx)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return o.last.wrap(context.Cause(ctx))
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		return err // it can be created
	}
	return o.classify(err)
}

// Templates implements [serve.Templated].
func (o *output) Templates() []rulesfile.Value { return o.options.Templates() }

// Templates returns the templates that have fields.
func (o *OutputOptions) Templates() []rulesfile.Value {
	var out []rulesfile.Value
	for _, v := range []rulesfile.Value{o.Topic, o.Key} {
		if isTemplate(v.Text()) {
			out = append(out, v)
		}
	}
	return out
}

// Format implements [serve.Output].
func (*output) Format() serve.Format { return serve.JSON }

// Close implements [serve.Output].
func (o *output) Close() error {
	o.client.Close()
	return nil
}

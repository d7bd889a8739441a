package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/events"
)

// InputOptions are the options of [Input].
type InputOptions struct {
	Client
	Topics []string
	// Group is the consumer group. Processes of the same group share the partitions. A new
	// group begins with the oldest records.
	Group string
	// DeadLetterTopic, if not empty, gets records that have no event.
	DeadLetterTopic string
}

// Headers of dead letters of an input, besides [ErrorHeader] and [TopicHeader].
const (
	PartitionHeader = "falcorules-partition"
	OffsetHeader    = "falcorules-offset"
)

// Validate returns an error if the options are invalid.
func (o *InputOptions) Validate() error {
	if err := o.Client.Validate(); err != nil {
		return err
	}
	topics := o.Topics
	if o.DeadLetterTopic != "" {
		topics = append(topics[:len(topics):len(topics)], o.DeadLetterTopic)
	}
	for _, topic := range topics {
		if topic != topicName(topic) {
			return fmt.Errorf("invalid topic %q: want up to %d letters, digits, dots, underscores and hyphens", topic, maxTopic)
		}
	}
	switch {
	case len(o.Topics) == 0:
		return errors.New("there are no topics")
	case o.Group == "":
		return errors.New("there is no consumer group")
	}
	return nil
}

// InputReader reads records of topics. It implements [events.Acker]: the offset of a record
// is committed after it has been acknowledged, within a second or when the reader is closed.
// What has not been committed is read again after a crash, or by another process of the group
// that takes over the partition.
//
// The order of records in a partition is kept. Records without a value, which delete others
// in compacted topics, are skipped.
//
// It also is a [prometheus.Collector] of its metrics.
type InputReader struct {
	options InputOptions
	client  *kgo.Client
	stop    context.CancelFunc // ends what the client does
	last    lastError
	records []*kgo.Record // that have been fetched
	record  *kgo.Record   // that Next returned

	mu         sync.Mutex
	partitions map[partition]*progress

	deadLetters, tombstones, failures prometheus.Counter
}

type partition struct {
	topic  string
	number int32
}

// progress is how far a partition has been read.
type progress struct {
	end  int64 // the offset after the last record of the partition, when it was last fetched
	next int64 // the offset after the last acknowledged record
}

// reference identifies a record for Ack.
type reference struct {
	partition
	epoch  int32
	offset int64
}

// Input returns a reader of topics. It does not connect before its first record is needed.
func Input(o InputOptions) (*InputReader, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	labels := prometheus.Labels{"group": strings.ToValidUTF8(o.Group, "\uFFFD")}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help, ConstLabels: labels})
	}
	in := &InputReader{
		options: o, partitions: map[partition]*progress{},
		deadLetters: counter("falcorules_kafka_dead_letters_total", "Records without an event that are in the topic of dead letters."),
		tombstones:  counter("falcorules_kafka_tombstones_total", "Records without a value, which were skipped."),
		failures:    counter("falcorules_kafka_errors_total", "Errors of reading from brokers."),
	}
	const maxFetch = 16 << 20
	ctx, stop := context.WithCancel(context.Background())
	client, err := kgo.NewClient(append(o.options(&in.last),
		kgo.WithContext(ctx), kgo.ConsumeTopics(o.Topics...), kgo.ConsumerGroup(o.Group), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.AutoCommitMarks(), kgo.AutoCommitInterval(time.Second), kgo.FetchMaxBytes(maxFetch), kgo.MaxConcurrentFetches(2),
		kgo.RecordDeliveryTimeout(defaultTimeout), // of dead letters
		kgo.KeepRetryableFetchErrors(),            // so that topics that do not exist are reported
		kgo.OnPartitionsRevoked(in.revoked), kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, lost map[string][]int32) { in.forget(lost) }),
	)...)
	if err != nil {
		stop()
		return nil, err
	}
	in.client, in.stop = client, stop
	return in, nil
}

// revoked commits what has been acknowledged of partitions that another process gets.
func (in *InputReader) revoked(ctx context.Context, client *kgo.Client, revoked map[string][]int32) {
	if err := client.CommitMarkedOffsets(ctx); err != nil {
		in.failures.Inc() // the other process reads these records again
	}
	in.forget(revoked)
}

// forget removes the metrics of partitions.
func (in *InputReader) forget(partitions map[string][]int32) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for topic, numbers := range partitions {
		for _, n := range numbers {
			delete(in.partitions, partition{topic, n})
		}
	}
}

// Next implements [events.Input]. A record without a value has no text.
func (in *InputReader) Next(ctx context.Context) (*events.Record, error) {
	for len(in.records) == 0 {
		if err := in.fetch(ctx); err != nil {
			return nil, err
		}
	}
	r := in.records[0]
	in.records[0] = nil
	in.records, in.record = in.records[1:], r
	if r.Value == nil {
		in.tombstones.Inc()
	}
	return &events.Record{
		Raw: r.Value, Name: fmt.Sprintf("%s[%d]@%d", r.Topic, r.Partition, r.Offset), Pos: diag.Pos{Line: 1, Column: 1},
		Ref: reference{partition{r.Topic, r.Partition}, r.LeaderEpoch, r.Offset},
	}, nil
}

// fetch waits for records. An error of a broker is a diagnostic, because the client tries
// again.
func (in *InputReader) fetch(ctx context.Context) error {
	const most = 1000
	fetches := in.client.PollRecords(ctx, most)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case fetches.IsClientClosed():
		return io.EOF
	}
	in.mu.Lock()
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		if len(p.Records) == 0 {
			return
		}
		at := partition{p.Topic, p.Partition}
		if in.partitions[at] == nil {
			in.partitions[at] = &progress{next: p.Records[0].Offset}
		}
		in.partitions[at].end = p.HighWatermark
		in.records = append(in.records, p.Records...)
	})
	in.mu.Unlock()
	errs := fetches.Errors()
	if len(errs) == 0 || len(in.records) > 0 {
		return nil
	}
	in.failures.Inc()
	wait := time.NewTimer(time.Second) // so that errors do not fill the log
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-wait.C:
	}
	name := "kafka"
	if errs[0].Topic != "" {
		name = errs[0].Topic
	}
	return &diag.Diagnostic{Code: events.BadInput, Range: diag.Range{File: name}, Message: in.last.wrap(errs[0].Err).Error()}
}

// Ack implements [events.Acker].
func (in *InputReader) Ack(rec *events.Record) error {
	ref, ok := rec.Ref.(reference)
	if !ok {
		return errors.New("the record is not from Kafka")
	}
	in.client.MarkCommitRecords(&kgo.Record{Topic: ref.topic, Partition: ref.number, LeaderEpoch: ref.epoch, Offset: ref.offset})
	in.mu.Lock()
	defer in.mu.Unlock()
	if p := in.partitions[ref.partition]; p != nil {
		p.next = max(p.next, ref.offset+1)
	}
	return nil
}

// Reject writes a record that has no event to the topic of dead letters, if there is one. It
// must be the one that Next returned last.
func (in *InputReader) Reject(ctx context.Context, _ *events.Record, cause error) error {
	if in.options.DeadLetterTopic == "" {
		return nil
	}
	from := in.record
	dead := &kgo.Record{Topic: in.options.DeadLetterTopic, Key: from.Key, Value: from.Value, Headers: append(from.Headers[:len(from.Headers):len(from.Headers)],
		kgo.RecordHeader{Key: ErrorHeader, Value: []byte(cause.Error())},
		kgo.RecordHeader{Key: TopicHeader, Value: []byte(from.Topic)},
		kgo.RecordHeader{Key: PartitionHeader, Value: strconv.AppendInt(nil, int64(from.Partition), 10)},
		kgo.RecordHeader{Key: OffsetHeader, Value: strconv.AppendInt(nil, from.Offset, 10)},
	)}
	ctx, cancel := context.WithTimeout(ctx, defaultTimeout)
	defer cancel()
	err := produce(in.client, dead).wait(ctx)
	if errors.Is(err, kerr.MessageTooLarge) {
		dead.Value = nil // the headers say where it is
		err = produce(in.client, dead).wait(ctx)
	}
	if err != nil {
		return in.last.wrap(err)
	}
	in.deadLetters.Inc()
	return nil
}

// Close implements [events.Input]. It commits what has been acknowledged and leaves the
// group.
func (in *InputReader) Close() error {
	const patience = 5 * time.Second
	defer in.stop()
	defer time.AfterFunc(patience, in.stop).Stop()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := in.client.CommitMarkedOffsets(ctx)
	in.client.Close()
	if err != nil {
		return fmt.Errorf("committing offsets: %w", err)
	}
	return nil
}

// Describe implements [prometheus.Collector]. It describes nothing, because partitions come
// and go.
func (*InputReader) Describe(chan<- *prometheus.Desc) {}

// Collect implements [prometheus.Collector].
func (in *InputReader) Collect(out chan<- prometheus.Metric) {
	for _, c := range []prometheus.Counter{in.deadLetters, in.tombstones, in.failures} {
		c.Collect(out)
	}
	group := strings.ToValidUTF8(in.options.Group, "\uFFFD")
	failing := 0.
	if in.last.err.Load() != nil {
		failing = 1
	}
	desc := prometheus.NewDesc("falcorules_kafka_failing", "Whether the last attempt to connect to a broker failed.", []string{"group"}, nil)
	out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, failing, group)
	desc = prometheus.NewDesc("falcorules_kafka_lag_records", "Records of a partition that have not been acknowledged, when it was last fetched.", []string{"group", "topic", "partition"}, nil)
	in.mu.Lock()
	defer in.mu.Unlock()
	for p, at := range in.partitions {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(max(0, at.end-at.next)), group, p.topic, strconv.Itoa(int(p.number)))
	}
}

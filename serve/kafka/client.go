// Package kafka has an output of package serve that writes alerts to topics of Apache Kafka,
// and an input that reads events from topics.
//
//	out, err := kafka.Output(kafka.OutputOptions{
//		Client: kafka.Client{Brokers: []string{"kafka:9093"}, TLS: new(tls.Config)},
//		Topic:  topic, // an output template, such as "alerts" or "falco-%alert.source"
//	})
//	...
//	server, err := serve.New(serve.Config{Outputs: map[string]serve.Output{"kafka": out}, …})
package kafka

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// Client says how to connect to brokers.
type Client struct {
	// Brokers are HOST:PORT. One is enough to find the others.
	Brokers []string
	// TLS is used for connections if it is not nil.
	TLS *tls.Config
	// SASL logs in if it is not nil.
	SASL *SASL
}

// SASL is how to log in.
type SASL struct {
	// Mechanism is one of [Mechanisms].
	Mechanism string
	User      string
	// PasswordFile is a file with the password. It is read for each connection, because
	// passwords are replaced.
	PasswordFile string
}

// Mechanisms returns the names of the mechanisms of SASL.
func Mechanisms() []string { return []string{"plain", "scram-sha-256", "scram-sha-512"} }

// Validate returns an error if a broker or the mechanism is invalid.
func (c *Client) Validate() error {
	if len(c.Brokers) == 0 {
		return errors.New("there are no brokers")
	}
	for _, b := range c.Brokers {
		host, port, err := net.SplitHostPort(b)
		if n, numErr := strconv.ParseUint(port, 10, 16); err != nil || numErr != nil || n == 0 || host == "" {
			return fmt.Errorf("invalid broker %q: want HOST:PORT, such as kafka:9092", b)
		}
	}
	if c.SASL != nil && !slices.Contains(Mechanisms(), c.SASL.Mechanism) {
		return fmt.Errorf("invalid mechanism %q: want %s", c.SASL.Mechanism, strings.Join(Mechanisms(), ", "))
	}
	return nil
}

// options returns the options of a client that keeps the last error of a connection.
func (c *Client) options(last *lastError) []kgo.Opt {
	opts := []kgo.Opt{kgo.SeedBrokers(c.Brokers...), kgo.ClientID("falcorules"), kgo.WithHooks(last)}
	if c.TLS != nil {
		opts = append(opts, kgo.DialTLSConfig(c.TLS))
	}
	if c.SASL != nil {
		opts = append(opts, kgo.SASL(c.SASL.mechanism()))
	}
	return opts
}

// password reads the password.
func (s *SASL) password() (string, error) {
	data, err := os.ReadFile(s.PasswordFile)
	return string(bytes.TrimRight(data, "\r\n")), err
}

func (s *SASL) mechanism() sasl.Mechanism {
	if s.Mechanism == "plain" {
		return plain.Plain(func(context.Context) (plain.Auth, error) {
			password, err := s.password()
			return plain.Auth{User: s.User, Pass: password}, err
		})
	}
	auth := func(context.Context) (scram.Auth, error) {
		password, err := s.password()
		return scram.Auth{User: s.User, Pass: password}, err
	}
	if s.Mechanism == "scram-sha-256" {
		return scram.Sha256(auth)
	}
	return scram.Sha512(auth)
}

// lastError keeps the last error of a connection, which explains why nothing is written.
type lastError struct{ err atomic.Pointer[error] }

// OnBrokerConnect implements [kgo.HookBrokerConnect].
func (l *lastError) OnBrokerConnect(_ kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	if err == nil {
		l.err.Store(nil)
	} else {
		l.err.Store(&err)
	}
}

// wrap adds the last error, if there is one.
func (l *lastError) wrap(err error) error {
	if last := l.err.Load(); last != nil && !errors.Is(err, *last) {
		return fmt.Errorf("%w: %w", err, *last)
	}
	return err
}

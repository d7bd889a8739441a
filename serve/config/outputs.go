package config

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/routesfile"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/rulesfile"
	"github.com/falcorules/falcorules/serve"
	"github.com/falcorules/falcorules/serve/kafka"
	"github.com/falcorules/falcorules/serve/output"
)

// outputs reads the outputs.
func (r *reader) outputs(n *yamlfile.Node, data []byte) {
	stdouts := 0
	var file rulesfile.Value // with the positions of templates
	for i := 0; n != nil && i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if len(value.Content) != 2 {
			r.Fail(value, "", "output %s must have one of stdout, file, http, kafka, program and syslog", quote.Name(key.Value))
			continue
		}
		kind, options := value.Content[0].Value, value.Content[1]
		o := Output{Name: key.Value}
		switch kind {
		case "stdout":
			if stdouts++; stdouts > 1 {
				r.Fail(key, "", "only one output can be standard output")
			}
			o.Target = "standard output"
			o.open = func(stdout io.Writer) (serve.Output, error) { return serve.Writer(stdout, formatOf(options)), nil }
		case "file":
			o.Target, o.open = r.file(options)
		case "http":
			o.Target, o.open = r.http(options)
		case "kafka":
			if !file.Exists() {
				file = documentOf(r.File.Name, data)
			}
			r.kafka(&o, options, file.Get("outputs").Get(o.Name).Get(kind))
		case "program":
			p := output.ProgramOptions{Command: text(options, "command"), KeepAlive: flag(options, "keep_alive", false), Format: formatOf(options)}
			o.Target = "program " + quote.Text(p.Command)
			o.open = func(io.Writer) (serve.Output, error) { return output.Program(p), nil }
		case "syslog":
			o.Target = "syslog"
			o.open = func(io.Writer) (serve.Output, error) { return output.Syslog(formatOf(options)) }
		}
		r.config.Outputs = append(r.config.Outputs, o)
	}
}

type opener = func(stdout io.Writer) (serve.Output, error)

func formatOf(n *yamlfile.Node) serve.Format {
	if text(n, "format") == "text" {
		return serve.Text
	}
	return serve.JSON
}

func (r *reader) file(n *yamlfile.Node) (string, opener) {
	o := output.FileOptions{Path: text(n, "path"), Format: formatOf(n), Rotate: r.size(n.Get("rotate"))}
	if keep := n.Get("keep"); keep != nil {
		_ = keep.Decode(&o.Keep) // the format allows positive integers only
	}
	return "file " + quote.Name(o.Path), func(io.Writer) (serve.Output, error) { return output.File(o) }
}

func (r *reader) http(n *yamlfile.Node) (string, opener) {
	o := output.HTTPOptions{URL: text(n, "url"), Gzip: flag(n, "gzip", false), Timeout: r.Duration(n.Get("timeout")), TokenFile: text(n, "token_file"), Header: http.Header{}}
	if err := o.Validate(); err != nil {
		r.Fail(n.Get("url"), "", "%v", err)
	}
	if h := n.Get("headers"); h != nil {
		for i := 0; i < len(h.Content); i += 2 {
			name, value := h.Content[i].Value, h.Content[i+1].Value
			if strings.ContainsAny(name, " \t\r\n:") || name == "" || strings.ContainsAny(value, "\r\n") {
				r.Fail(h.Content[i], "", "invalid header %s", quote.Text(name))
			}
			o.Header.Add(name, value)
		}
	}
	files := n.Get("tls")
	return o.URL, func(io.Writer) (serve.Output, error) {
		if files != nil {
			f := clientFiles{cert: text(files, "cert"), key: text(files, "key")}
			if ca := text(files, "ca"); ca != "" {
				f.authorities = []string{ca}
			}
			t, err := f.load()
			if err != nil {
				return nil, err
			}
			o.Transport = transport(t)
		}
		return output.HTTP(o)
	}
}

// documentOf returns the document in a file.
func documentOf(name string, data []byte) rulesfile.Value {
	file, _ := rulesfile.Parse(name, data)
	if docs := file.Documents(); len(docs) > 0 {
		return docs[0].Value
	}
	return rulesfile.Value{}
}

// kafka reads a Kafka output, which is also v.
func (r *reader) kafka(out *Output, n *yamlfile.Node, v rulesfile.Value) {
	o := kafka.OutputOptions{DeadLetterTopic: text(n, "dead_letter_topic"), Compression: text(n, "compression"), Timeout: r.Duration(n.Get("timeout"))}
	client, files := r.kafkaClient(n)
	o.Client = client
	o.Topic = routesfile.Text(r.File.Name, n.Get("topic"), v.Get("topic"))
	if key := n.Get("key"); key != nil {
		o.Key = routesfile.Text(r.File.Name, key, v.Get("key"))
	}
	if err := o.Validate(); err != nil {
		r.Fail(n, "", "%v", err)
	}
	out.Target = "topic " + quote.Name(o.Topic.Text()) + " on " + strings.Join(o.Brokers, ", ")
	out.Templates = o.Templates()
	out.open = func(io.Writer) (serve.Output, error) {
		var err error
		if files != nil {
			if o.TLS, err = files.load(); err != nil {
				return nil, err
			}
		}
		return kafka.Output(o)
	}
}

// kafkaInput reads an input from topics.
func (r *reader) kafkaInput(n *yamlfile.Node) Kafka {
	client, files := r.kafkaClient(n)
	o := kafka.InputOptions{Client: client, Group: text(n, "group"), DeadLetterTopic: text(n, "dead_letter_topic")}
	for _, topic := range items(n.Get("topics")) {
		o.Topics = append(o.Topics, topic.Value)
	}
	if err := o.Validate(); err != nil {
		r.Fail(n, "", "%v", err)
	}
	open := func() (*kafka.InputReader, error) {
		var err error
		if files != nil {
			if o.TLS, err = files.load(); err != nil {
				return nil, err
			}
		}
		return kafka.Input(o)
	}
	return Kafka{"kafka " + strings.Join(o.Topics, ", ") + " on " + strings.Join(o.Brokers, ", ") + " as group " + quote.Name(o.Group), open}
}

// kafkaClient reads how to connect to brokers. The files are those of TLS, or nil.
func (r *reader) kafkaClient(n *yamlfile.Node) (c kafka.Client, files *clientFiles) {
	for _, b := range items(n.Get("brokers")) {
		c.Brokers = append(c.Brokers, b.Value)
	}
	if s := n.Get("sasl"); s != nil {
		c.SASL = &kafka.SASL{Mechanism: text(s, "mechanism"), User: text(s, "user"), PasswordFile: text(s, "password_file")}
	}
	if t := n.Get("tls"); t != nil {
		files = &clientFiles{cert: text(t, "cert"), key: text(t, "key")}
		if ca := text(t, "ca"); ca != "" {
			files.authorities = []string{ca}
		}
	}
	return c, files
}

// clientFiles are the PEM files of a TLS client.
type clientFiles struct {
	// authorities have certificate authorities. Without any, those of the system are used.
	authorities []string
	// cert has the certificate of the client, or is empty. If key is empty, cert also has
	// the key.
	cert, key string
}

func (f clientFiles) load() (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if len(f.authorities) > 0 {
		t.RootCAs = x509.NewCertPool()
		found := false
		for _, file := range f.authorities {
			data, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			found = t.RootCAs.AppendCertsFromPEM(data) || found
		}
		if !found {
			return nil, fmt.Errorf("no certificate authority found in %s", strings.Join(f.authorities, ", "))
		}
	}
	if f.cert == "" {
		return t, nil
	}
	if _, err := f.certificate(nil); err != nil {
		return nil, err
	}
	t.GetClientCertificate = f.certificate
	return t, nil
}

// certificate reads the certificate of the client. That happens for each connection, because
// certificates are replaced before they expire.
func (f clientFiles) certificate(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(f.cert, cmp.Or(f.key, f.cert))
	if err != nil {
		return nil, fmt.Errorf("certificate %s: %w", f.cert, err)
	}
	return &pair, nil
}

// transport returns a transport with the given TLS settings.
func transport(t *tls.Config) http.RoundTripper {
	out := http.DefaultTransport.(*http.Transport).Clone()
	out.TLSClientConfig = t
	return out
}

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/falcorules/falcorules/bench/corpus"
)

// serving measures falcorules serve, on one core, with batches of audit events as API
// servers send them: over a loopback connection, without and with a journal.
func serving(s settings, t *table) error {
	const events, batch = 100_000, 400
	bodies, err := batches(events, batch)
	if err != nil {
		return err
	}
	falcorules, err := s.falcorules()
	if err != nil {
		return err
	}
	for _, mode := range []struct {
		name, config string
		most         float64 // nanoseconds for an event
		rate         float64 // events a second, half of what that allows
	}{
		{"without a journal", "", 8333, 60_000}, {"with a journal", "journal: {}\n", 16_667, 30_000},
	} {
		var cost, speed, middle, high []float64
		for range s.runs {
			// The process also loads rules. What it takes for one batch does not count.
			least, err := s.serve(falcorules, mode.config, bodies[:1], 0)
			if err != nil {
				return err
			}
			most, err := s.serve(falcorules, mode.config, bodies, 0)
			if err != nil {
				return err
			}
			paced, err := s.serve(falcorules, mode.config, bodies, mode.rate/batch)
			if err != nil {
				return err
			}
			cost = append(cost, float64((most.processor-least.processor).Nanoseconds())/float64(events-batch))
			speed = append(speed, events/most.took.Seconds())
			middle, high = append(middle, percentile(paced.latencies, 50)), append(high, percentile(paced.latencies, 99))
		}
		t.add("processor time for an event, "+mode.name, "ns", cost).atMost(mode.most)
		t.add("events a second, "+mode.name, "", speed)
		at := fmt.Sprintf("at %g events a second", mode.rate)
		t.add("time to the answer "+at+", median", "ms", middle)
		t.add("time to the answer "+at+", 99th percentile", "ms", high).atMost(50)
	}
	return nil
}

// batches returns n audit events as EventLists of the given size.
func batches(n, size int) ([][]byte, error) {
	var lines bytes.Buffer
	if err := corpus.Audit(&lines, n); err != nil {
		return nil, err
	}
	var bodies [][]byte
	for items := range slices.Chunk(bytes.Split(bytes.TrimSpace(lines.Bytes()), []byte("\n")), size) {
		list := []byte(`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[`)
		list = append(list, bytes.Join(items, []byte(","))...)
		bodies = append(bodies, append(list, "]}\n"...))
	}
	return bodies, nil
}

// served is what a run of the server took.
type served struct {
	processor time.Duration // of the server, with its start
	took      time.Duration // from the first request to the last answer
	latencies []float64     // in milliseconds
}

var listening = regexp.MustCompile(`msg=listening address=(\S+)`)

// serve starts a server, sends it bodies, and stops it. Requests begin at the given rate a
// second; if it is 0, as soon as others have been answered. A latency counts from the time
// when a request should begin.
func (s settings) serve(falcorules, config string, bodies [][]byte, rate float64) (_ served, err error) {
	dir, err := os.MkdirTemp(s.dir, "serve")
	if err != nil {
		return served{}, err
	}
	defer os.RemoveAll(dir)
	var rules []string
	for _, file := range s.auditRules() {
		path, err := filepath.Abs(file)
		if err != nil {
			return served{}, err
		}
		rules = append(rules, path)
	}
	list, err := json.Marshal(rules)
	if err != nil {
		return served{}, err
	}
	config += fmt.Sprintf("rules_files: %s\nwebhooks: [{url: 'http://127.0.0.1:0/k8s-audit'}]\nstate: .\noutputs: {file: {file: {path: alerts.json, format: json}}}\n", list)
	if err := os.WriteFile(filepath.Join(dir, "serve.yaml"), []byte(config), 0o600); err != nil {
		return served{}, err
	}
	cmd := exec.Command(falcorules, "serve", "-c", "serve.yaml")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return served{}, err
	}
	if err := cmd.Start(); err != nil {
		return served{}, err
	}
	var log strings.Builder
	url := ""
	for lines := bufio.NewScanner(stderr); url == "" && lines.Scan(); {
		fmt.Fprintln(&log, lines.Text())
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			url = "http://" + m[1] + "/k8s-audit"
		}
	}
	if url == "" {
		return served{}, errors.Join(cmd.Wait(), fmt.Errorf("the server does not listen:\n%s", log.String()))
	}
	rest := make(chan struct{})
	go func() {
		defer close(rest)
		_, _ = io.Copy(&log, stderr) // so that the server does not block
	}()
	var out served
	out.latencies, out.took, err = send(url, bodies, rate)
	if err != nil {
		_ = cmd.Process.Kill()
	} else {
		err = cmd.Process.Signal(os.Interrupt)
	}
	<-rest
	if err := errors.Join(err, cmd.Wait()); err != nil {
		return served{}, fmt.Errorf("%w\n%s", err, log.String())
	}
	out.processor = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return out, nil
}

// send posts bodies from several goroutines.
func send(url string, bodies [][]byte, rate float64) (latencies []float64, took time.Duration, err error) {
	const senders = 8
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	var (
		mu      sync.Mutex
		next    int
		running sync.WaitGroup
	)
	begin := time.Now()
	for range senders {
		running.Go(func() {
			for {
				mu.Lock()
				i, failed := next, err != nil
				next++
				mu.Unlock()
				if i >= len(bodies) || failed {
					return
				}
				due := time.Now()
				if rate > 0 {
					due = begin.Add(time.Duration(float64(i) / rate * float64(time.Second)))
					time.Sleep(time.Until(due))
				}
				problem := postBody(client, url, bodies[i])
				mu.Lock()
				latencies = append(latencies, float64(time.Since(due).Microseconds())/1000)
				err = errors.Join(err, problem)
				mu.Unlock()
			}
		})
	}
	running.Wait()
	return latencies, time.Since(begin), err
}

func postBody(client *http.Client, url string, body []byte) error {
	resp, err := client.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(resp.Body) // it is only for the error
		return fmt.Errorf("the server answered %s: %s", resp.Status, text)
	}
	return nil
}

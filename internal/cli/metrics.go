package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"guestlist/batch"
	"guestlist/batch/send"
	"guestlist/internal/durable"
	"guestlist/internal/pause"
	"guestlist/internal/session"
	"guestlist/internal/text"
)

// metricsEnding is what the collector wants names to end in; it reads no other file. No
// file of a batch ends so.
const metricsEnding = ".prom"

// metricsEvery is how often the file is written while a run goes on.
const metricsEvery = 15 * time.Second

// metricsFile is a run as the textfile collector of Prometheus' node exporter reads it
// (github.com/prometheus/node_exporter, prometheus.io/docs/instrumenting/exposition_formats).
// A nil one is written nowhere.
type metricsFile struct {
	path, results, command string
	sandbox                bool
	begun                  time.Time
	notice                 func(string)

	// mine says that no other run works on the batch: what one of those writes stays.
	mine bool

	mu      sync.Mutex
	running *runMetrics // nil before the first request
	result  *batchMetrics
	told    bool

	quit func() // ends the writing now and then
}

// runMetrics are what a run says of itself.
type runMetrics struct {
	tenant  string
	planned int
	read    func() send.Snapshot
}

// batchMetrics are what the results say when a run has written them.
type batchMetrics struct {
	counts     batch.Counts
	unfinished int
}

// startMetrics makes sure that the file can be written, where there is to be one. A dry run
// writes none.
func (r *run) startMetrics(list string) error {
	if r.o.metricsFile == "" || r.o.dryRun {
		return nil
	}
	results := cmp.Or(r.o.out, session.ResultsPath(list, r.o.ending()))
	if whole, err := filepath.Abs(results); err == nil {
		results = whole
	}
	m := &metricsFile{
		path: r.o.metricsFile, results: results, command: r.verb, sandbox: r.o.sandbox, begun: time.Now(), notice: r.notice,
		quit: func() {},
	}
	if err := durable.Writable(m.path); err != nil {
		return &session.UsageError{Err: fmt.Errorf("--metrics-file: %w", err), Next: "name a file in a folder that can be written"}
	}
	r.metrics = m
	return nil
}

// joined writes the file for the first time: no other run has it any more.
func (m *metricsFile) joined() {
	if m == nil {
		return
	}
	m.mine = true
	m.tell(m.write(nil))
}

// watch writes the file now and then from now on.
func (m *metricsFile) watch(running runMetrics) {
	if m == nil {
		return
	}
	m.mu.Lock()
	m.running = &running
	m.mu.Unlock()
	m.quit = pause.Every(metricsEvery, func() { m.tell(m.write(nil)) })
}

// counted notes what the results have.
func (m *metricsFile) counted(counts batch.Counts, tally *batch.Tally) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.result = &batchMetrics{counts, tally.Unfinished()}
}

// end writes the file for the last time, unless another run keeps this one out: it may be
// that one's.
func (m *metricsFile) end(err error) {
	if m == nil || !m.mine && isKeptOut(err) {
		return
	}
	m.quit()
	code := exitCode(err)
	m.tell(m.write(&code))
}

// tell says once that the file cannot be written: it ends no run.
func (m *metricsFile) tell(err error) {
	if err == nil || m.told {
		return
	}
	m.told = true
	m.notice(fmt.Sprintf("--metrics-file: %s could not be written: %s. The run goes on; the file is older than it should be.", text.Line(m.path), text.Error(durable.Cause(err))))
}

// write writes the file; code is nil while the run goes on.
func (m *metricsFile) write(code *int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	content := m.content(time.Now(), code)
	return durable.Publish(m.path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// content is the whole file. HELP is the same in every file, or the collector refuses all
// of them.
func (m *metricsFile) content(now time.Time, code *int) []byte {
	page := metricsPage{own: label("results", m.results)}
	tenant := ""
	if m.running != nil {
		tenant = m.running.tenant
	}
	page.metric("guestlist_run_info", "gauge", "The latest run: its command, tenant and version.")
	page.value(1, label("command", m.command), label("tenant", tenant), label("sandbox", strconv.FormatBool(m.sandbox)), label("version", release()))
	active := 1.0
	if code != nil {
		active = 0
	}
	page.single("guestlist_run_active", "gauge", "1 while the run goes on. A run that was killed leaves it at 1.", active)
	page.single("guestlist_run_start_timestamp_seconds", "gauge", "When the run began.", unixSeconds(m.begun))
	if code != nil {
		page.single("guestlist_run_end_timestamp_seconds", "gauge", "When the run ended.", unixSeconds(now))
		page.single("guestlist_run_exit_code", "gauge", "The exit code of the run.", float64(*code))
	}
	if m.running != nil {
		seen := m.running.read()
		if code != nil { // nothing is waited for any more
			seen.Parked, seen.Retrying, seen.OutageSince = 0, 0, time.Time{}
		}
		page.run(m.running.planned, seen, now)
	}
	if m.result != nil {
		page.metric("guestlist_batch_rows", "gauge", "Rows of the list by status, as the run wrote them into the results.")
		for _, status := range batch.Statuses() {
			page.value(float64(m.result.counts[status]), label("status", string(status)))
		}
		page.single("guestlist_batch_unfinished_steps", "gauge", "Guests with steps after the invitation that are not done.", float64(m.result.unfinished))
	}
	return page.text.Bytes()
}

// metricsPage is a text of metrics in the making.
type metricsPage struct {
	text      bytes.Buffer
	own, name string // own is the label that each value has
}

// metric begins a metric.
func (p *metricsPage) metric(name, kind, help string) {
	p.name = name
	fmt.Fprintf(&p.text, "# HELP %s %s\n# TYPE %[1]s %[3]s\n", name, help, kind)
}

// value adds a value of the metric.
func (p *metricsPage) value(v float64, labels ...string) {
	fmt.Fprintf(&p.text, "%s{%s} %s\n", p.name, strings.Join(append([]string{p.own}, labels...), ","), strconv.FormatFloat(v, 'f', -1, 64))
}

// single adds a metric of one value.
func (p *metricsPage) single(name, kind, help string, v float64) {
	p.metric(name, kind, help)
	p.value(v)
}

// run adds how a run goes.
func (p *metricsPage) run(planned int, seen send.Snapshot, now time.Time) {
	outage := 0.0
	if !seen.OutageSince.IsZero() {
		outage = now.Sub(seen.OutageSince).Seconds()
	}
	p.single("guestlist_run_planned_rows", "gauge", "Rows that the run means to send.", float64(planned))
	p.metric("guestlist_run_rows", "gauge", "Rows that the run has sent, by outcome; those of remind are reminders.")
	p.value(float64(seen.Invited), label("outcome", string(batch.Invited)))
	p.value(float64(seen.Failed), label("outcome", string(batch.Failed)))
	p.value(float64(seen.Unconfirmed), label("outcome", string(batch.Unconfirmed)))
	p.metric("guestlist_run_waiting_rows", "gauge", "Rows that wait for a look-up, since no answer came, or for their next attempt.")
	p.value(float64(seen.Parked), label("for", "look-up"))
	p.value(float64(seen.Retrying), label("for", "attempt"))
	p.single("guestlist_run_outage_seconds", "gauge", "How long Microsoft Graph has not answered, 0 while it does.", outage)
	p.single("guestlist_run_requests_total", "counter", "Requests that left.", float64(seen.Requests))
	p.single("guestlist_run_throttled_requests_total", "counter", "Requests that Microsoft throttled.", float64(seen.Throttled))
	p.single("guestlist_run_rate_limit_wait_seconds_total", "counter", "How long the rate limit made the run wait.", seen.Waited.Seconds())
	p.single("guestlist_run_throttled_wait_seconds_total", "counter", "How long Microsoft's throttling made the run wait.", seen.Held.Seconds())
}

// label is a name with its value, quoted as the format wants it.
func label(name, value string) string {
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(strings.ToValidUTF8(value, "\uFFFD"))
	return name + `="` + quoted + `"`
}

// unixSeconds is a time as Prometheus has it.
func unixSeconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

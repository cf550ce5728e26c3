package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/batch"
	"guestlist/batch/send"
	"guestlist/internal/assert"
	"guestlist/internal/machine"
)

var (
	helpLine  = regexp.MustCompile(`^# HELP (guestlist_[a-z_]+) \S.*\.$`)
	typeLine  = regexp.MustCompile(`^# TYPE (guestlist_[a-z_]+) (gauge|counter)$`)
	valueLine = regexp.MustCompile(`^(guestlist_[a-z_]+)\{((?:[a-z]+="(?:[^"\\\n]|\\[\\"n])*",?)+)\} (-?[0-9.]+)$`)
)

// readMetrics reads the file as strictly as the format is meant: HELP and TYPE once and in
// front of the values, no value twice, and counters that end in _total.
func readMetrics(t *testing.T, path string) map[string]float64 {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines, isWhole := strings.CutSuffix(string(content), "\n")
	if !isWhole {
		t.Errorf("%q is cut off", content)
	}
	values := make(map[string]float64)
	seen := make(map[string]bool)
	helped, typed := "", ""
	for line := range strings.SplitSeq(lines, "\n") {
		if found := helpLine.FindStringSubmatch(line); found != nil {
			helped = found[1]
			if seen[helped] {
				t.Errorf("%s comes twice", helped)
			}
			seen[helped] = true
			continue
		}
		if found := typeLine.FindStringSubmatch(line); found != nil {
			typed = found[1]
			if typed != helped || strings.HasSuffix(typed, "_total") != (found[2] == "counter") {
				t.Errorf("%s after the HELP of %s", line, helped)
			}
			continue
		}
		found := valueLine.FindStringSubmatch(line)
		if len(found) == 0 || found[1] != typed || typed != helped {
			t.Errorf("%q is no value of %s", line, typed)
			continue
		}
		labels := regexp.MustCompile(`^results="(?:[^"\\]|\\.)*",?`).ReplaceAllString(found[2], "")
		if labels == found[2] {
			t.Errorf("%q does not say of which results", line)
		}
		key := found[1]
		if labels != "" {
			key += "{" + labels + "}"
		}
		if _, twice := values[key]; twice {
			t.Errorf("%s comes twice", key)
		}
		if values[key], err = strconv.ParseFloat(found[3], 64); err != nil {
			t.Error(err)
		}
	}
	return values
}

// The file is written at the begin, every 15 seconds, and at the end; never in between.
func TestMetricsAreWrittenNowAndThen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "partners.prom")
	synctest.Test(t, func(t *testing.T) {
		m := &metricsFile{path: path, results: "C:\\lists\\a \"b\"\n\xff.xlsx", command: "invite", begun: time.Now(), notice: func(s string) { t.Error(s) }, quit: func() {}}
		if err := m.write(nil); err != nil {
			t.Fatal(err)
		}
		values := readMetrics(t, path)
		assert.Equal(t, "active", values["guestlist_run_active"], float64(1))
		if _, has := values["guestlist_run_exit_code"]; has {
			t.Error("a run that goes on has an exit code")
		}
		begun := time.Now()
		m.watch(runMetrics{tenant: "t", planned: 100, read: func() send.Snapshot {
			done := int(time.Since(begun) / time.Second)
			return send.Snapshot{Done: done, Invited: done, Failed: 1, Requests: 2 * done, Throttled: 3, Parked: 4, Retrying: 5, OutageSince: begun, Waited: 1500 * time.Millisecond}
		}})
		const invited = `guestlist_run_rows{outcome="invited"}`
		for _, step := range []struct {
			wait time.Duration
			want float64
		}{{14 * time.Second, 0}, {time.Second, 15}, {14 * time.Second, 15}, {time.Second, 30}} {
			<-time.After(step.wait)
			synctest.Wait()
			assert.Equal(t, "invited after "+time.Since(begun).String(), readMetrics(t, path)[invited], step.want)
		}
		values = readMetrics(t, path)
		assert.Equal(t, "planned", values["guestlist_run_planned_rows"], float64(100))
		assert.Equal(t, "outage", values["guestlist_run_outage_seconds"], float64(30))
		assert.Equal(t, "looked up", values[`guestlist_run_waiting_rows{for="look-up"}`], float64(4))
		assert.Equal(t, "attempts", values[`guestlist_run_waiting_rows{for="attempt"}`], float64(5))
		assert.Equal(t, "waited", values["guestlist_run_rate_limit_wait_seconds_total"], float64(1.5))

		tally := batch.NewTally()
		tally.FollowUps = map[batch.FollowUpState]int{batch.FollowUpPending: 2}
		m.counted(batch.Counts{batch.Invited: 31, batch.Pending: 69}, tally)
		<-time.After(time.Second)
		m.end(send.ErrLimit)
		values = readMetrics(t, path)
		assert.Equal(t, "active", values["guestlist_run_active"], float64(0))
		assert.Equal(t, "exit code", values["guestlist_run_exit_code"], float64(exitStopped))
		assert.Equal(t, "took", values["guestlist_run_end_timestamp_seconds"]-values["guestlist_run_start_timestamp_seconds"], float64(31))
		assert.Equal(t, "outage", values["guestlist_run_outage_seconds"], float64(0))
		assert.Equal(t, "pending", values[`guestlist_batch_rows{status="pending"}`], float64(69))
		assert.Equal(t, "removed", values[`guestlist_batch_rows{status="removed"}`], float64(0))
		assert.Equal(t, "steps", values["guestlist_batch_unfinished_steps"], float64(2))
		assert.Equal(t, "requests", values["guestlist_run_requests_total"], float64(62))
	})
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v: the collector runs as somebody else", info.Mode(), err)
	}
}

// A file that cannot be written any more is told once, and ends no run.
func TestMetricsThatCannotBeWritten(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "gone")
	var told []string
	synctest.Test(t, func(*testing.T) {
		m := &metricsFile{path: filepath.Join(folder, "partners.prom"), notice: func(s string) { told = append(told, s) }, quit: func() {}}
		m.watch(runMetrics{read: func() send.Snapshot { return send.Snapshot{} }})
		<-time.After(3 * metricsEvery)
		m.end(nil)
	})
	if len(told) != 1 || !strings.Contains(told[0], "could not be written") {
		t.Errorf("told %q", told)
	}
}

// A run that another one keeps out leaves that one's file alone.
func TestMetricsOfAnotherRunStay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "partners.prom")
	if err := os.WriteFile(path, []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	newMetrics := func() *metricsFile {
		return &metricsFile{path: path, begun: time.Now(), notice: func(s string) { t.Error(s) }, quit: func() {}}
	}
	newMetrics().end(fmt.Errorf("kept out: %w", &machine.TenantBusyError{}))
	content, err := os.ReadFile(path)
	assert.Equal(t, "file", string(content), "theirs")
	if err != nil {
		t.Error(err)
	}
	m := newMetrics()
	m.joined()
	m.end(&machine.TenantBusyError{})
	assert.Equal(t, "exit code", readMetrics(t, path)["guestlist_run_exit_code"], float64(exitStopped))
}

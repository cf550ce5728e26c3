//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"guestlist/graph/sandbox"
)

// tenant is one of [tenantUsers] that has the guests of a list of so many rows.
type tenant struct {
	rows    int
	latency time.Duration
}

// bench is a folder with lists, the program, and a server. Its methods are the
// work that is measured. Each batch has a folder of its own, which is all that its runs
// know of the machine: what others have invited would count.
type bench struct {
	settings

	self, program string
	// module is the folder that bench was started in.
	module string
	server *server
	// tenants are those that guests are looked up in.
	tenants   map[tenant]*server
	temporary bool
	score     score
}

func newBench(ctx context.Context, s settings) (b *bench, err error) {
	b = &bench{settings: s, tenants: make(map[tenant]*server)}
	if b.folder == "" {
		b.temporary = true
		if b.folder, err = os.MkdirTemp("", "guestlist-bench-"); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(b.folder, 0o700); err != nil {
		return nil, err
	}
	if b.folder, err = filepath.Abs(b.folder); err != nil {
		return nil, err
	}
	if b.self, err = os.Executable(); err != nil {
		return nil, err
	}
	b.program = filepath.Join(b.folder, "guestlist")
	if _, err := b.build(ctx); err != nil {
		return nil, err
	}
	b.server, err = startServer(ctx, b.self, "serve")
	return b, err
}

// build makes the program from the module in the current folder.
func (b *bench) build(ctx context.Context) (_ cost, err error) {
	if b.module, err = os.Getwd(); err != nil {
		return cost{}, err
	}
	return b.child(ctx, b.folder, "go", "build", "-C", b.module, "-o", b.program, ".")
}

func (b *bench) close() error {
	err := b.server.close()
	for _, tenant := range b.tenants {
		err = errors.Join(err, tenant.close())
	}
	if b.temporary {
		err = errors.Join(err, os.RemoveAll(b.folder))
	}
	return err
}

// cost is what a process took.
type cost struct {
	wall, cpu time.Duration
	// memory is the most that was resident, in bytes.
	memory int64
	out    []byte
}

// child runs a program in a folder to its end and measures it.
func (*bench) child(ctx context.Context, folder, program string, args ...string) (cost, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GUESTLIST_ACCESS_TOKEN="+sandbox.Token(), "GUESTLIST_STATE="+filepath.Join(folder, "state"), "NO_COLOR=1")
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	begun := time.Now()
	err := cmd.Run()
	c := cost{wall: time.Since(begun), out: out.Bytes()}
	if cmd.ProcessState == nil {
		return c, err
	}
	c.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if used, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		c.memory = int64(used.Maxrss) * maxrssUnit //nolint:unconvert // 32 bits on some platforms
	}
	if err != nil {
		return c, fmt.Errorf("%s %v: %w\n%s", program, args, err, problems.Bytes())
	}
	return c, nil
}

// ours runs guestlist where no batch is.
func (b *bench) ours(ctx context.Context, args ...string) (cost, error) {
	return b.child(ctx, b.folder, b.program, args...)
}

// oursOn runs guestlist on the batch of a results file.
func (b *bench) oursOn(ctx context.Context, results string, args ...string) (cost, error) {
	return b.child(ctx, filepath.Dir(results), b.program, args...)
}

// floor runs the least code that does the same work: bench itself, see floors.
func (b *bench) floor(ctx context.Context, args ...string) (cost, error) {
	return b.child(ctx, b.folder, b.self, args...)
}

// work does something once and tells what it took.
type work func(context.Context) (cost, error)

// floorOf and oursOf are a floor and the program as work.
func (b *bench) floorOf(args ...string) work {
	return func(ctx context.Context) (cost, error) { return b.floor(ctx, args...) }
}

func (b *bench) oursOf(args ...string) work {
	return func(ctx context.Context) (cost, error) { return b.ours(ctx, args...) }
}

// reading runs a floor on a list.
func (b *bench) reading(floor string, rows int, ending string) work {
	return func(ctx context.Context) (cost, error) {
		list, err := b.list(ctx, rows, ending)
		if err != nil {
			return cost{}, err
		}
		return b.floor(ctx, floor, list)
	}
}

// checking runs check.
func (b *bench) checking(rows int, ending string) work {
	return func(ctx context.Context) (cost, error) {
		list, err := b.list(ctx, rows, ending)
		if err != nil {
			return cost{}, err
		}
		return b.ours(ctx, "check", list)
	}
}

// bareSend posts with net/http alone, timed as send is.
func (b *bench) bareSend(rows int) work {
	return b.timedByServer(func(ctx context.Context) (cost, error) {
		return b.floor(ctx, "post", b.server.url+"/v1.0/invitations", strconv.Itoa(rows), "64")
	})
}

// send is invite, timed from the first request to the last.
func (b *bench) send(rows int) work { return b.timedByServer(b.invite(rows)) }

// timedByServer takes the time from the first request to the last as the server
// saw it.
func (b *bench) timedByServer(do work) work {
	return func(ctx context.Context) (cost, error) {
		if _, err := b.server.span(ctx); err != nil { // forgets what came before
			return cost{}, err
		}
		c, err := do(ctx)
		if err != nil {
			return c, err
		}
		seen, err := b.server.span(ctx)
		c.wall = seen.Last.Sub(seen.First)
		return c, err
	}
}

// invite is a whole run of a list of which no row was sent yet.
func (b *bench) invite(rows int) work {
	return func(ctx context.Context) (cost, error) {
		list, err := b.list(ctx, rows, ".csv")
		if err != nil {
			return cost{}, err
		}
		results := b.results(rows)
		folder := filepath.Dir(results)
		if err := errors.Join(os.RemoveAll(folder), os.MkdirAll(folder, 0o700)); err != nil {
			return cost{}, err
		}
		c, err := b.oursOn(ctx, results, b.command(list, results)...)
		return c, errors.Join(err, os.WriteFile(b.invited(rows), nil, 0o600))
	}
}

// invited is a file that was written when all of a batch were invited.
func (b *bench) invited(rows int) string {
	return filepath.Join(filepath.Dir(b.results(rows)), "invited")
}

// invitedAt is when that was; where no one was, a minute ago.
func (b *bench) invitedAt(rows int) time.Time {
	if info, err := os.Stat(b.invited(rows)); err == nil {
		return info.ModTime()
	}
	return time.Now().Add(-time.Minute)
}

// command are the arguments of a run at full speed.
func (b *bench) command(list, results string) []string {
	return []string{
		"invite", list, "--out", results, "--graph-url", b.server.url + "/v1.0",
		"--rate", "0", "--workers", "64", "--progress", "none", "--yes", "--no-directory-check",
	}
}

// results is the file of a batch with this many rows.
func (b *bench) results(rows int) string {
	return filepath.Join(b.folder, fmt.Sprintf("batch-%d", rows), "list.results.xlsx")
}

func journalOf(results string) string {
	return results[:len(results)-len(".xlsx")] + ".journal.db"
}

// remove removes a file that may not be there.
func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// finished returns the results of a batch with this many rows, all invited. It
// runs the batch if there is none yet.
func (b *bench) finished(ctx context.Context, rows int) (results string, err error) {
	results = b.results(rows)
	if _, err := os.Stat(results); err == nil {
		return results, nil
	}
	_, err = b.invite(rows)(ctx)
	return results, err
}

// resume is the same command once more, when every row is invited.
func (b *bench) resume(rows int) work {
	return func(ctx context.Context) (cost, error) {
		results, err := b.finished(ctx, rows)
		if err != nil {
			return cost{}, err
		}
		list, err := b.list(ctx, rows, ".csv")
		if err != nil {
			return cost{}, err
		}
		return b.oursOn(ctx, results, b.command(list, results)...)
	}
}

// freshWorkbook is the file that report writes.
func (b *bench) freshWorkbook() string { return filepath.Join(b.folder, "report.xlsx") }

// report writes the workbook from the journal.
func (b *bench) report(rows int) work {
	return func(ctx context.Context) (cost, error) {
		results, err := b.finished(ctx, rows)
		if err != nil {
			return cost{}, err
		}
		// A workbook that is there already would be read first.
		fresh := b.freshWorkbook()
		if err := remove(fresh); err != nil {
			return cost{}, err
		}
		return b.oursOn(ctx, results, "report", journalOf(results), "--out", fresh)
	}
}

// ofResults runs a command on the results of a batch, all of whose rows are invited.
func (b *bench) ofResults(rows int, command string, args ...string) work {
	return func(ctx context.Context) (cost, error) {
		results, err := b.finished(ctx, rows)
		if err != nil {
			return cost{}, err
		}
		return b.oursOn(ctx, results, append([]string{command, results}, args...)...)
	}
}

// serve starts a tenant, unless it is there.
func (b *bench) serve(ctx context.Context, t tenant) (url string, err error) {
	if b.tenants[t] == nil {
		invited := b.invitedAt(t.rows).Format(time.RFC3339)
		if b.tenants[t], err = startServer(ctx, b.self, "tenant", strconv.Itoa(t.rows), t.latency.String(), invited); err != nil {
			return "", err
		}
	}
	return b.tenants[t].url + "/v1.0", nil
}

// allUsers reads the users of such a tenant and does nothing with them.
func (b *bench) allUsers(rows int) work {
	return func(ctx context.Context) (cost, error) {
		url, err := b.serve(ctx, tenant{rows, tenantLatency})
		if err != nil {
			return cost{}, err
		}
		return b.floor(ctx, "pages", url)
	}
}

// status reads who has accepted, from all users of the tenant.
func (b *bench) status(rows int) work { return b.inTenant(tenant{rows, tenantLatency}, "status") }

// remind finds out who would be reminded.
func (b *bench) remind(rows int) work {
	return b.inTenant(tenant{rows, tenantLatency}, "remind", "--dry-run", "--older-than", "0h")
}

// undo finds out who would be removed. It asks about no more than ten guests with a request, so
// that the tenant takes no time for an answer.
func (b *bench) undo(rows int) work { return b.inTenant(tenant{rows, 0}, "undo", "--dry-run") }

// inTenant runs a command on the results of a batch whose guests a tenant has.
func (b *bench) inTenant(t tenant, command string, args ...string) work {
	return func(ctx context.Context) (cost, error) {
		if _, err := b.finished(ctx, t.rows); err != nil { // the tenant has its guests after that
			return cost{}, err
		}
		url, err := b.serve(ctx, t)
		if err != nil {
			return cost{}, err
		}
		return b.ofResults(t.rows, command, append([]string{"--graph-url", url}, args...)...)(ctx)
	}
}

// lookUp is a dry run: it looks up who is in the tenant already. So many guests of the list are.
func (b *bench) lookUp(rows, guests int) work {
	return func(ctx context.Context) (cost, error) {
		url, err := b.serve(ctx, tenant{guests, tenantLatency})
		if err != nil {
			return cost{}, err
		}
		list, err := b.list(ctx, rows, ".csv")
		if err != nil {
			return cost{}, err
		}
		return b.ours(ctx, "invite", list, "--graph-url", url, "--dry-run", "--progress", "none")
	}
}

// retry is retry with nothing to do.
func (b *bench) retry(rows int) work {
	return b.ofResults(rows, "retry", "--graph-url", b.server.url+"/v1.0", "--progress", "none", "--yes", "--no-directory-check")
}

// export writes the results in another form.
func (b *bench) export(rows int, ending string) work {
	return b.ofResults(rows, "report", "--out", filepath.Join(b.folder, "export"+ending))
}

// handoff makes packages that go by a column.
func (b *bench) handoff(rows int, by string) work {
	return func(ctx context.Context) (cost, error) {
		packages := filepath.Join(b.folder, "packages")
		c, err := b.ofResults(rows, "handoff", "--by", by, "--out", packages)(ctx)
		return c, errors.Join(err, os.RemoveAll(packages))
	}
}

// firstRequest is from the start of the program to its first request.
func (b *bench) firstRequest(ctx context.Context) (cost, error) {
	if _, err := b.server.span(ctx); err != nil {
		return cost{}, err
	}
	begun := time.Now()
	c, err := b.invite(10)(ctx)
	if err != nil {
		return c, err
	}
	seen, err := b.server.span(ctx)
	c.wall = seen.First.Sub(begun)
	return c, err
}

// list returns a list with this many rows in the bench's folder. It is made once, by a process
// of its own: what bench itself has in memory would count for those that it starts.
func (b *bench) list(ctx context.Context, rows int, ending string) (string, error) {
	path := filepath.Join(b.folder, fmt.Sprintf("list-%d%s", rows, ending))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	_, err := b.floor(ctx, "list", path, strconv.Itoa(rows))
	return path, err
}

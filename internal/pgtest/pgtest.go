// Package pgtest starts PostgreSQL for tests: a server of its own in a temporary folder,
// on a port and a socket that nothing else uses.
package pgtest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"guestlist/internal/need"
)

const how = "apt-get install postgresql"

// Server is a running server. Everyone on this machine may connect as the user guestlist.
type Server struct {
	bin, folder string
	as          []string // the command that runs another as a user who may run a server
	port        int
	databases   atomic.Int64
}

// Start starts a server until the test ends. Where PostgreSQL is missing the test ends, see
// [need.Missing]. Settings are lines for postgresql.conf: without fsync=on, what is
// acknowledged survives a server that is killed, but not a power cut.
func Start(tb testing.TB, settings ...string) *Server {
	tb.Helper()
	s := &Server{bin: binaries(tb)}
	folder, err := os.MkdirTemp("", "pg") //nolint:usetesting // a socket's path must be short
	if err != nil {
		tb.Fatal(err)
	}
	s.folder = folder
	tb.Cleanup(func() { _ = os.RemoveAll(folder) })
	if os.Geteuid() == 0 {
		s.leaveRoot(tb)
	}
	s.run(tb, "initdb", "-D", s.data(), "-U", "guestlist", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
	s.port = freePort(tb)
	lines := slices.Concat([]string{
		"listen_addresses = '127.0.0.1'", "unix_socket_directories = '" + folder + "'", "port = " + strconv.Itoa(s.port),
		"max_connections = 200", "fsync = off", "logging_collector = off",
	}, settings)
	conf, err := os.OpenFile(filepath.Join(s.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		tb.Fatal(err)
	}
	for _, line := range lines {
		_, _ = fmt.Fprintln(conf, line) // the next line says it
	}
	if err := conf.Close(); err != nil {
		tb.Fatal(err)
	}
	s.Up(tb)
	tb.Cleanup(func() { s.Down(tb) })
	return s
}

// binaries is the folder with the programs of the server: Debian keeps several versions,
// in no folder of the PATH.
func binaries(tb testing.TB) string {
	tb.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pg_ctl")
	if err == nil && len(found) > 0 {
		return filepath.Dir(slices.Max(found))
	}
	return filepath.Dir(need.Program(tb, how, "pg_ctl"))
}

// leaveRoot makes the package's user run the server, which refuses root.
func (s *Server) leaveRoot(tb testing.TB) {
	tb.Helper()
	postgres, err := user.Lookup("postgres")
	if err != nil {
		need.Missing(tb, "the user postgres", how)
	}
	uid, err := strconv.Atoi(postgres.Uid)
	if err == nil {
		err = os.Chown(s.folder, uid, -1)
	}
	if err != nil {
		tb.Fatal(err)
	}
	s.as = []string{need.Program(tb, "apt-get install util-linux", "runuser"), "-u", "postgres", "--"}
}

func freePort(tb testing.TB) int {
	tb.Helper()
	l, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	at, _ := l.Addr().(*net.TCPAddr)
	return at.Port
}

func (s *Server) data() string { return filepath.Join(s.folder, "data") }

func (s *Server) run(tb testing.TB, program string, args ...string) {
	tb.Helper()
	command := slices.Concat(s.as, []string{filepath.Join(s.bin, program)}, args)
	cmd := exec.CommandContext(context.WithoutCancel(tb.Context()), command[0], command[1:]...) //nolint:gosec // also while the test is cleaned up; programs of the server
	cmd.Dir = s.folder
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		log, _ := os.ReadFile(filepath.Join(s.folder, "log"))
		tb.Fatalf("%s: %v\n%s%s", program, err, said.Bytes(), log)
	}
}

// Up starts a server that is down.
func (s *Server) Up(tb testing.TB) {
	tb.Helper()
	s.run(tb, "pg_ctl", "start", "-w", "-D", s.data(), "-l", filepath.Join(s.folder, "log"))
}

// Down stops the server as a crash does.
func (s *Server) Down(tb testing.TB) {
	tb.Helper()
	s.run(tb, "pg_ctl", "stop", "-m", "immediate", "-D", s.data())
}

// Restart makes the server crash and starts it again.
func (s *Server) Restart(tb testing.TB) {
	tb.Helper()
	s.Down(tb)
	s.Up(tb)
}

// Database makes an empty database and returns its address, by way of the socket.
func (s *Server) Database(tb testing.TB) string {
	tb.Helper()
	name := fmt.Sprintf("guests%d", s.databases.Add(1))
	s.run(tb, "createdb", "-h", s.folder, "-p", strconv.Itoa(s.port), "-U", "guestlist", name)
	return (&url.URL{
		Scheme: "postgres", User: url.User("guestlist"), Path: "/" + name,
		RawQuery: url.Values{"host": {s.folder}, "port": {strconv.Itoa(s.port)}}.Encode(),
	}).String()
}

// TCP is the address of a database by way of the network of this machine.
func (s *Server) TCP(tb testing.TB, address string) string {
	tb.Helper()
	u, err := url.Parse(address)
	if err != nil {
		tb.Fatal(err)
	}
	u.Host, u.RawQuery = net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)), ""
	return u.String()
}

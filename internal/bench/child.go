//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// cost is what a process took.
type cost struct {
	wall, cpu time.Duration
	// memory is the most that was resident, in bytes.
	memory int64
	out    []byte
}

// child runs a program to its end and measures it. A code of allowed is no error.
func (b *bench) child(ctx context.Context, program string, args ...string) (cost, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = b.folder
	cmd.Env = append(os.Environ(), "GUESTLIST_ACCESS_TOKEN="+token, "NO_COLOR=1")
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
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
		return c, fmt.Errorf("%s %v: %w\n%s", program, args, err, complaint.Bytes())
	}
	return c, nil
}

// ours runs guestlist, floor the least code that does the same work.
func (b *bench) ours(ctx context.Context, args ...string) (cost, error) {
	return b.child(ctx, b.program, args...)
}

func (b *bench) floor(ctx context.Context, args ...string) (cost, error) {
	return b.child(ctx, b.self, args...)
}

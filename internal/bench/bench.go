//go:build unix

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
)

// bench is a folder with lists, the program, and a server.
type bench struct {
	settings

	self, program string
	// module is the folder that bench was started in.
	module    string
	server    *server
	temporary bool
	verdict   verdict
}

func newBench(ctx context.Context, s settings) (b *bench, err error) {
	b = &bench{settings: s}
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
	b.server, err = startServer(ctx, b.self)
	return b, err
}

// build makes the program from the module in the current folder.
func (b *bench) build(ctx context.Context) (_ cost, err error) {
	if b.module, err = os.Getwd(); err != nil {
		return cost{}, err
	}
	return b.child(ctx, "go", "build", "-C", b.module, "-o", b.program, ".")
}

func (b *bench) close() error {
	err := b.server.close()
	if b.temporary {
		err = errors.Join(err, os.RemoveAll(b.folder))
	}
	return err
}

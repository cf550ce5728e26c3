package machine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"guestlist/internal/durable"
	"guestlist/internal/pause"
)

// Holder is the process that works on a tenant.
type Holder struct {
	// Command is its command line without secrets, Results the results that it writes.
	Command string `json:"command"`
	Results string `json:"results"`
	// PID and Since are filled in by [State.LockTenant].
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
}

// TenantLock is held by the one process that works on a tenant. It is a lock of the
// operating system on a file of the state folder: a process that dies frees it.
type TenantLock struct{ file *os.File }

// TenantBusyError says that another process works on the tenant, and which one as
// far as it left a note.
type TenantBusyError struct {
	Tenant string
	Holder Holder
}

func (e *TenantBusyError) Error() string {
	if e.Holder.PID == 0 {
		return fmt.Sprintf("another guestlist is running for tenant %s", e.Tenant)
	}
	return fmt.Sprintf("process %d has been running for tenant %s since %s: %s, which writes %s",
		e.Holder.PID, e.Tenant, e.Holder.Since.Local().Format(time.DateTime), e.Holder.Command, e.Holder.Results)
}

// Hint tells how to go on.
func (e *TenantBusyError) Hint() string {
	return "wait for that run to end, or use --wait to start when it has ended"
}

// pollEvery is how often a process that waits looks whether the lock is free.
const pollEvery = 250 * time.Millisecond

// LockTenant takes the lock of a tenant until [TenantLock.Unlock]. Where another
// process has it, and wait is nil, the error is a [*TenantBusyError]. Otherwise wait
// is called with that error, once for each other holder, and LockTenant returns when
// the lock is free or ctx ends.
func (s State) LockTenant(ctx context.Context, tenant string, holder Holder, wait func(*TenantBusyError)) (*TenantLock, error) {
	path := s.ofTenant(tenant, ".lock")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, &StateError{path, err}
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, &StateError{path, err}
	}
	lock := &TenantLock{file: file}
	if err := lock.take(ctx, tenant, wait); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	holder.PID, holder.Since = os.Getpid(), time.Now().UTC().Truncate(time.Second)
	if err := lock.write(holder); err != nil {
		return nil, errors.Join(&StateError{path, err}, lock.Unlock())
	}
	return lock, nil
}

func (l *TenantLock) take(ctx context.Context, tenant string, wait func(*TenantBusyError)) error {
	var told Holder
	for first := true; ; first = false {
		locked, err := durable.TryLock(l.file)
		switch {
		case err != nil:
			return &StateError{l.file.Name(), err}
		case locked:
			return nil
		}
		busy := &TenantBusyError{Tenant: tenant, Holder: l.read()}
		if wait == nil {
			return busy
		}
		if first || busy.Holder != told && busy.Holder.PID != 0 {
			told = busy.Holder
			wait(busy)
		}
		if err := pause.For(ctx, pollEvery); err != nil {
			return err
		}
	}
}

// read returns the holder's note, the zero Holder where there is none: the holder
// may just be writing it.
func (l *TenantLock) read() Holder {
	var h Holder
	content, err := os.ReadFile(l.file.Name())
	if err != nil || json.NewDecoder(bytes.NewReader(content)).Decode(&h) != nil {
		return Holder{}
	}
	return h
}

// write replaces the note. What a longer one leaves behind the line break is not read.
func (l *TenantLock) write(h Holder) error {
	content, err := json.Marshal(h)
	if err != nil {
		return err
	}
	_, err = l.file.WriteAt(append(content, '\n'), 0)
	return err
}

// Unlock frees the lock. The file stays: if it were deleted, two processes could
// lock two files of its name.
func (l *TenantLock) Unlock() error {
	return errors.Join(l.write(Holder{}), durable.Unlock(l.file), l.file.Close())
}

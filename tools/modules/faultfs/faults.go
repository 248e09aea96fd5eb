package main

import (
	"fmt"
	"strings"
	"sync"
	"syscall"
	"time"
)

// faults are what is wrong with the disk, besides its power; nothing when they are new.
type faults struct {
	mu     sync.Mutex
	active activeFaults
}

type activeFaults struct {
	Full      *fullFault      `json:"full,omitempty"`
	Errors    *errorsFault    `json:"errors,omitempty"`
	SlowFsync *slowFsyncFault `json:"slow-fsync,omitempty"`
}

// fullFault lets files grow by so many bytes more, all together, and then answers ENOSPC. Removing files frees nothing.
type fullFault struct {
	BytesLeft int64 `json:"bytesLeft"`
}

// errorsFault answers EIO.
type errorsFault struct {
	Operation operation `json:"operation"`
	// A part of the paths of the files it happens to, from the root of the file system; empty: of all files.
	PathContains string `json:"pathContains"`
}

type operation string

const (
	opRead  operation = "read"
	opWrite operation = "write"
	opFsync operation = "fsync"
)

// slowFsyncFault makes every fsync wait before it begins.
type slowFsyncFault struct {
	DelayMs int `json:"delayMs"`
}

const maxDelayMs = 60_000

func (f fullFault) validate() error {
	if f.BytesLeft < 0 {
		return fmt.Errorf("bytesLeft: found %d, expected 0 or more", f.BytesLeft)
	}
	return nil
}

func (f errorsFault) validate() error {
	switch f.Operation {
	case opRead, opWrite, opFsync:
		return nil
	}
	return fmt.Errorf("operation: found %q, expected %q, %q or %q", f.Operation, opRead, opWrite, opFsync)
}

func (f slowFsyncFault) validate() error {
	if f.DelayMs < 1 || f.DelayMs > maxDelayMs {
		return fmt.Errorf("delayMs: found %d, expected 1 to %d", f.DelayMs, maxDelayMs)
	}
	return nil
}

// change changes what is wrong while nobody looks.
func (f *faults) change(change func(*activeFaults)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.active)
}

// snapshot copies what is wrong now.
func (f *faults) snapshot() activeFaults {
	f.mu.Lock()
	defer f.mu.Unlock()
	copied := f.active
	// The others are replaced, never changed.
	if f.active.Full != nil {
		full := *f.active.Full
		copied.Full = &full
	}
	return copied
}

// fail says whether an operation on the file of that path fails.
func (f *faults) fail(op operation, path func() string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	wrong := f.active.Errors
	return wrong != nil && wrong.Operation == op && strings.Contains(path(), wrong.PathContains)
}

// claim takes space for files that grow.
func (f *faults) claim(growth func() (int64, error)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	full := f.active.Full
	if full == nil {
		return nil
	}
	bytes, err := growth()
	if err != nil {
		return err
	}
	if bytes > full.BytesLeft {
		return syscall.ENOSPC
	}
	full.BytesLeft -= max(bytes, 0)
	return nil
}

func (f *faults) fsyncDelay() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.active.SlowFsync == nil {
		return 0
	}
	return time.Duration(f.active.SlowFsync.DelayMs) * time.Millisecond
}

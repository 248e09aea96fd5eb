package main

import (
	"context"
	"errors"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// file is an open file, or a directory that is open to be fsynced.
//
// The kernel keeps no bytes of it (openFlags) and passes each read and write on, which is less work than to keep them: a
// broker has a cache of its own. So files cannot be mapped into memory. A write that is answered is in the store, though
// not durable.
type file struct {
	node    *node
	backing *os.File
	// Whether every write is to be durable when it is answered: O_SYNC or O_DSYNC.
	isSync bool
}

const openFlags = fuse.FOPEN_DIRECT_IO

func newFile(node *node, backing *os.File, flags uint32) *file {
	return &file{node: node, backing: backing, isSync: flags&syscall.O_DSYNC != 0}
}

var (
	_ fs.FileReader    = (*file)(nil)
	_ fs.FileWriter    = (*file)(nil)
	_ fs.FileFsyncer   = (*file)(nil)
	_ fs.FileFlusher   = (*file)(nil)
	_ fs.FileReleaser  = (*file)(nil)
	_ fs.FileGetattrer = (*file)(nil)
)

func (f *file) Read(_ context.Context, dest []byte, offset int64) (fuse.ReadResult, syscall.Errno) {
	var count int
	errno := f.node.admit(func(d *disk) (err error) {
		if d.faults.fail(opRead, f.node.relative) {
			return syscall.EIO
		}
		count, err = f.backing.ReadAt(dest, offset)
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	})
	return fuse.ReadResultData(dest[:count]), errno
}

func (f *file) Write(_ context.Context, data []byte, offset int64) (uint32, syscall.Errno) {
	var written int
	errno := f.node.admit(func(d *disk) (err error) {
		if d.faults.fail(opWrite, f.node.relative) {
			return syscall.EIO
		}
		end := offset + int64(len(data))
		if err := d.faults.claim(func() (int64, error) { return f.growthTo(end) }); err != nil {
			return err
		}
		if err := d.unsynced.beforeChange(f.backing, offset, end); err != nil {
			return err
		}
		written, err = f.backing.WriteAt(data, offset)
		if err != nil || !f.isSync {
			return err
		}
		return f.sync(d)
	})
	return uint32(written), errno
}

func (f *file) growthTo(end int64) (int64, error) {
	size, err := sizeOf(f.backing)
	return end - size, err
}

func (f *file) truncate(size int64) syscall.Errno {
	return f.node.admit(func(d *disk) error {
		if d.faults.fail(opWrite, f.node.relative) {
			return syscall.EIO
		}
		before, err := sizeOf(f.backing)
		if err != nil {
			return err
		}
		if err := d.unsynced.beforeChange(f.backing, min(before, size), max(before, size)); err != nil {
			return err
		}
		return f.backing.Truncate(size)
	})
}

// Fsync makes no difference between fsync and fdatasync: both keep the size.
func (f *file) Fsync(context.Context, uint32) syscall.Errno {
	return f.fsync()
}

func (f *file) fsync() syscall.Errno {
	return f.node.admit(f.sync)
}

func (f *file) sync(d *disk) error {
	time.Sleep(d.faults.fsyncDelay())
	if d.faults.fail(opFsync, f.node.relative) {
		return syscall.EIO
	}
	return d.unsynced.fsync(f.backing)
}

// Flush has nothing to do when a descriptor is closed: writes are in the store already, and closing makes nothing durable.
func (f *file) Flush(context.Context) syscall.Errno {
	return 0
}

func (f *file) Release(context.Context) syscall.Errno {
	return errnoOf(f.backing.Close())
}

// Getattr also answers for a file that has lost its name.
func (f *file) Getattr(_ context.Context, out *fuse.AttrOut) syscall.Errno {
	info, err := f.backing.Stat()
	if err != nil {
		return errnoOf(err)
	}
	out.FromStat(info.Sys().(*syscall.Stat_t))
	return 0
}

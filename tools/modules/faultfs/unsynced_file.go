package main

import (
	"io"
	"math/rand/v2"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// The unit in which bytes that are overwritten are kept.
	blockSize = 4096
	// The unit in which a disk writes: all of it or nothing.
	sectorSize = 512
)

// unsyncedFile holds what a file's bytes were when they were last durable, as far as they have changed since. What is
// appended costs nothing: it is taken back by a truncation.
type unsyncedFile struct {
	// A descriptor of its own: the file stays reachable whatever becomes of its name.
	file *os.File
	// The durable size.
	size int64
	// When the oldest change was made.
	since time.Time
	// Number of each block that has changed below the durable size, to where its durable bytes lie in `old`.
	saved map[int64]int64
	// A nameless file; nil until something is saved.
	old   *os.File
	spool string
}

// newUnsyncedFile begins when a file is durable as it is. The file must be open for reading and writing.
func newUnsyncedFile(file *os.File, size int64, spool string) (*unsyncedFile, error) {
	own, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return &unsyncedFile{
		file: os.NewFile(uintptr(own), file.Name()), size: size, saved: map[int64]int64{}, spool: spool,
	}, nil
}

func (f *unsyncedFile) close() {
	f.file.Close()
	if f.old != nil {
		f.old.Close()
	}
}

// save keeps the durable bytes of a range that is about to change.
func (f *unsyncedFile) save(from, to int64) error {
	to = min(to, f.size)
	if from >= to {
		return nil
	}
	for block := from / blockSize; block*blockSize < to; block++ {
		if _, ok := f.saved[block]; ok {
			continue
		}
		if err := f.saveBlock(block); err != nil {
			return err
		}
	}
	return nil
}

func (f *unsyncedFile) saveBlock(block int64) error {
	if f.old == nil {
		old, err := os.OpenFile(f.spool, unix.O_TMPFILE|os.O_RDWR, 0o600)
		if err != nil {
			return err
		}
		f.old = old
	}
	offset := int64(len(f.saved)) * blockSize
	if err := copyBytes(f.old, offset, f.file, block*blockSize, f.durableBytesIn(block)); err != nil {
		return err
	}
	f.saved[block] = offset
	return nil
}

// durableBytesIn says how much of a block lies below the durable size.
func (f *unsyncedFile) durableBytesIn(block int64) int64 {
	return min(blockSize, f.size-block*blockSize)
}

// revert makes the file's bytes and size what they were when they were last durable, and says how many bytes that took.
//
// With a source of chance, some of what was written since stays: some blocks, and some sectors of what was appended.
// A file that has become smaller is restored whole.
func (f *unsyncedFile) revert(chance *rand.Rand) (int64, error) {
	size, err := sizeOf(f.file)
	if err != nil {
		return 0, err
	}
	kept := f.size
	if size < f.size {
		chance = nil
	} else if chance != nil {
		kept = min(size, f.size+chance.Int64N((size-f.size)/sectorSize+2)*sectorSize)
	}
	lost := max(size-kept, 0)
	for block, offset := range f.saved {
		if chance != nil && chance.IntN(2) == 0 {
			continue
		}
		length := f.durableBytesIn(block)
		if err := copyBytes(f.file, block*blockSize, f.old, offset, length); err != nil {
			return lost, err
		}
		lost += length
	}
	return lost, f.file.Truncate(kept)
}

// atRisk says how many bytes a power loss would take.
func (f *unsyncedFile) atRisk() (int64, error) {
	size, err := sizeOf(f.file)
	risk := max(size-f.size, 0)
	for block := range f.saved {
		risk += f.durableBytesIn(block)
	}
	return risk, err
}

func sizeOf(file *os.File) (int64, error) {
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func copyBytes(to *os.File, toOffset int64, from *os.File, fromOffset, length int64) error {
	_, err := io.Copy(io.NewOffsetWriter(to, toOffset), io.NewSectionReader(from, fromOffset, length))
	return err
}

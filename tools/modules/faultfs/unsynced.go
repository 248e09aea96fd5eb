package main

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"sync"
	"syscall"
	"time"
)

// unsynced knows what a power loss would take: bytes of files and changes of names that no fsync has covered. It is an
// undo log beside a directory that always holds the newest state, so that reads need not know of it.
//
// The model is ext4 as it is mounted by default, at the worst moment its contract allows: nothing is written back sooner
// than it must.
//   - An fsync of a file, also one that O_SYNC implies, makes the bytes and the size of that file durable.
//   - Changes of names (create, rename, unlink, mkdir, rmdir) become durable in their order: any fsync, of a file or a
//     directory, makes all before it durable, as it commits the one journal they are in.
//   - A file that is renamed over another one has its bytes written first ("auto_da_alloc").
//   - Without any fsync, changes of names become durable after commitAge, and all bytes of a file when the oldest change is
//     older than writeBackAge.
//
// Sources: Linux, Documentation/admin-guide/ext4.rst (data=ordered, commit, auto_da_alloc; delayed allocation) and
// Documentation/admin-guide/sysctl/vm.rst (dirty_expire_centisecs).
// Modes, owners, times and extended attributes are not taken back. A file has one name: there are no hard links.
//
// The kernel passes on the writes, truncations and fsyncs of one file one after the other; so must other callers.
type unsynced struct {
	// Holds overwritten bytes and removed files; on the file system of the directory.
	spool string

	mu    sync.Mutex
	files map[inode]*unsyncedFile
	// Oldest first.
	names []nameChange
	// How many changes were committed before names[0].
	committed int
	graves    int
	now       func() time.Time
}

const (
	commitAge    = 5 * time.Second
	writeBackAge = 30 * time.Second
)

type inode struct {
	device, number uint64
}

// loss is what a power loss takes.
type loss struct {
	Files       int   `json:"files"`
	Bytes       int64 `json:"bytes"`
	NameChanges int   `json:"nameChanges"`
}

// newUnsynced begins with everything durable. The spool is emptied.
func newUnsynced(spool string) (*unsynced, error) {
	if err := os.RemoveAll(spool); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(spool, 0o700); err != nil {
		return nil, err
	}
	return &unsynced{spool: spool, files: map[inode]*unsyncedFile{}, now: time.Now}, nil
}

// beforeChange must be called before the bytes from..to of a file change: by a write, or by a truncation, which changes
// everything between the two sizes. The file must be open for reading and writing.
func (u *unsynced) beforeChange(file *os.File, from, to int64) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	id, links := identify(info)
	u.mu.Lock()
	defer u.mu.Unlock()
	changed, ok := u.files[id]
	if !ok {
		if links == 0 {
			// Nobody can find it after a power loss.
			return nil
		}
		if changed, err = newUnsyncedFile(file, info.Size(), u.spool); err != nil {
			return err
		}
		changed.since = u.now()
		u.files[id] = changed
	}
	return changed.save(from, to)
}

// fsync makes the bytes of a file durable, and all changes of names before it. The file may be a directory.
func (u *unsynced) fsync(file *os.File) error {
	u.mu.Lock()
	position := u.committed + len(u.names)
	u.mu.Unlock()
	if err := file.Sync(); err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.settle(info)
	return u.commit(position)
}

// writeBack takes as durable what has become old. To be called about once a second.
func (u *unsynced) writeBack() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	now := u.now()
	for id, changed := range u.files {
		if now.Sub(changed.since) > writeBackAge {
			u.forget(id)
		}
	}
	old := 0
	for old < len(u.names) && now.Sub(u.names[old].at) > commitAge {
		old++
	}
	return u.commit(u.committed + old)
}

// settle takes the bytes of a file as durable.
func (u *unsynced) settle(info fs.FileInfo) {
	id, _ := identify(info)
	u.forget(id)
}

func (u *unsynced) forget(id inode) {
	if changed, ok := u.files[id]; ok {
		changed.close()
		delete(u.files, id)
	}
}

// lose takes back what is not durable. Nobody may change files meanwhile.
//
// With a source of chance, some of the bytes that it could take stay, as if a part of them had been written back just
// before.
func (u *unsynced) lose(chance *rand.Rand) (loss, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	lost := loss{Files: len(u.files), NameChanges: len(u.names)}
	for id, changed := range u.files {
		bytes, err := changed.revert(chance)
		if err != nil {
			return lost, fmt.Errorf("take back the bytes of inode %d: %w", id.number, err)
		}
		lost.Bytes += bytes
		u.forget(id)
	}
	for len(u.names) > 0 {
		last := len(u.names) - 1
		if err := u.names[last].undo(); err != nil {
			return lost, fmt.Errorf("take back a change of names: %w", err)
		}
		u.names = u.names[:last]
	}
	return lost, nil
}

// atRisk is what a power loss would take now.
func (u *unsynced) atRisk() (loss, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	risk := loss{Files: len(u.files), NameChanges: len(u.names)}
	for _, changed := range u.files {
		bytes, err := changed.atRisk()
		if err != nil {
			return risk, err
		}
		risk.Bytes += bytes
	}
	return risk, nil
}

func identify(info fs.FileInfo) (id inode, links uint64) {
	stat := info.Sys().(*syscall.Stat_t)
	return inode{stat.Dev, stat.Ino}, uint64(stat.Nlink)
}

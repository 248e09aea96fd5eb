package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
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

// nameChange is one change of names, and how it is undone when every later one has been.
type nameChange struct {
	undo func() error
	at   time.Time
	// Where the file lies that lost its name; empty when none did.
	grave string
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

// commit takes the changes of names up to a position as durable.
func (u *unsynced) commit(position int) error {
	// Another fsync, which began later, may have committed them already.
	count := max(0, position-u.committed)
	durable := u.names[:count]
	u.names = u.names[count:]
	u.committed += count
	for _, change := range durable {
		if change.grave == "" {
			continue
		}
		info, err := os.Stat(change.grave)
		if err != nil {
			return err
		}
		u.settle(info)
		if err := os.Remove(change.grave); err != nil {
			return err
		}
	}
	return nil
}

// create calls make, which makes a file or a directory that does not exist yet.
func (u *unsynced) create(path string, make func() error) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if err := make(); err != nil {
		return err
	}
	u.changedNames("", func() error { return os.Remove(path) })
	return nil
}

// unlink takes a file its name.
func (u *unsynced) unlink(path string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	grave := u.newGrave()
	if err := os.Rename(path, grave); err != nil {
		return err
	}
	u.changedNames(grave, func() error { return os.Rename(grave, path) })
	return nil
}

// rmdir removes an empty directory.
func (u *unsynced) rmdir(path string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if err := syscall.Rmdir(path); err != nil {
		return err
	}
	u.changedNames("", func() error { return os.Mkdir(path, info.Mode().Perm()) })
	return nil
}

// rename gives a file or a directory another name, and takes that from the file or empty directory that had it.
func (u *unsynced) rename(from, to string) error {
	displaced, err := os.Lstat(to)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case displaced.IsDir():
		if err := u.rmdir(to); err != nil {
			return err
		}
	default:
		return u.replace(from, to)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if err := os.Rename(from, to); err != nil {
		return err
	}
	u.changedNames("", func() error { return os.Rename(to, from) })
	return nil
}

// replace renames a file over another one; at no moment is that name gone.
func (u *unsynced) replace(from, to string) error {
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	grave := u.newGrave()
	if err := os.Link(to, grave); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return errors.Join(err, os.Remove(grave))
	}
	u.settle(info)
	u.changedNames(grave, func() error {
		if err := os.Rename(to, from); err != nil {
			return err
		}
		return os.Rename(grave, to)
	})
	return nil
}

func (u *unsynced) changedNames(grave string, undo func() error) {
	u.names = append(u.names, nameChange{undo: undo, at: u.now(), grave: grave})
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

func (u *unsynced) newGrave() string {
	u.graves++
	return filepath.Join(u.spool, strconv.Itoa(u.graves))
}

func identify(info fs.FileInfo) (id inode, links uint64) {
	stat := info.Sys().(*syscall.Stat_t)
	return inode{stat.Dev, stat.Ino}, uint64(stat.Nlink)
}

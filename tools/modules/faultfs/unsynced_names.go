package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// nameChange is one change of names, and how it is undone when every later one has been.
type nameChange struct {
	undo func() error
	at   time.Time
	// Where the file lies that lost its name; empty when none did.
	grave string
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

func (u *unsynced) newGrave() string {
	u.graves++
	return filepath.Join(u.spool, strconv.Itoa(u.graves))
}

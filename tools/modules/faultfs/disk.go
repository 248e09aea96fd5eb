package main

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// disk is a directory seen through a mount point, whose power and health can fail.
type disk struct {
	store      string
	mountpoint string
	unsynced   *unsynced
	faults     faults

	// Held for reading by every operation on bytes or names, for writing while the power fails.
	power   sync.RWMutex
	session *session
}

// session is the time between two failures of the power. What was opened in one cannot be used in another.
type session struct {
	disk *disk
	// Guarded by the disk's power.
	isOver bool
}

// newDisk takes over a directory; what is in it counts as durable. Both directories exist, on one file system.
func newDisk(store, mountpoint, spool string) (*disk, error) {
	unsynced, err := newUnsynced(spool)
	if err != nil {
		return nil, err
	}
	return &disk{store: store, mountpoint: mountpoint, unsynced: unsynced}, nil
}

// mount begins a session. The kernel may remember names as long as it likes: they change only through this mount.
func (d *disk) mount() error {
	loopback, err := fs.NewLoopbackRoot(d.store)
	if err != nil {
		return err
	}
	next := &session{disk: d}
	root := &node{LoopbackNode: loopback.(*fs.LoopbackNode), session: next}
	forever := 24 * time.Hour
	_, err = fs.Mount(d.mountpoint, root, &fs.Options{
		EntryTimeout: &forever,
		AttrTimeout:  &forever,
		MountOptions: fuse.MountOptions{
			FsName: d.store, Name: "faultfs",
			DirectMountStrict: true,
			// The kernel asks for one with every write, to drop privileges that the file may have.
			DisableXAttrs: true,
			// A broker's largest write, in one piece.
			MaxWrite: 1 << 20,
		},
	})
	if err != nil {
		return err
	}
	d.session = next
	return nil
}

// unmount detaches every mount from the mount point, also one whose program has died. Files that are open stay so.
func (d *disk) unmount() error {
	for {
		err := unix.Unmount(d.mountpoint, unix.MNT_DETACH)
		if errors.Is(err, unix.EINVAL) {
			// Nothing is mounted there.
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// losePower takes back what is not durable and comes back with an empty cache. What is open stays so, and fails.
func (d *disk) losePower(chance *rand.Rand) (loss, error) {
	d.power.Lock()
	defer d.power.Unlock()
	d.session.isOver = true
	lost, err := d.unsynced.lose(chance)
	if err != nil {
		return lost, err
	}
	if err := d.unmount(); err != nil {
		return lost, err
	}
	return lost, d.mount()
}

// flipBit changes one bit of a file in the store.
func (d *disk) flipBit(path string, offset int64, bit uint) error {
	// Joined to a root first, it cannot lead out of the store.
	file, err := os.OpenFile(filepath.Join(d.store, filepath.Join("/", path)), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	var bytes [1]byte
	if _, err := file.ReadAt(bytes[:], offset); err != nil {
		return err
	}
	bytes[0] ^= 1 << bit
	_, err = file.WriteAt(bytes[:], offset)
	return err
}

// begin admits an operation, unless its session is over. When it does, end must follow.
func (s *session) begin() bool {
	s.disk.power.RLock()
	if s.isOver {
		s.disk.power.RUnlock()
		return false
	}
	return true
}

func (s *session) end() {
	s.disk.power.RUnlock()
}

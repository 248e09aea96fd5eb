package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// node is a file or a directory. What only looks at names is passed on; the rest is admitted, may be made to fail, and is
// told to the disk's unsynced if it changes something.
//
// A broker's store needs files and directories, no more. Links, devices and nameless files are refused: their changes
// would be unknown to the power loss.
type node struct {
	*fs.LoopbackNode
	session *session
}

var (
	_ fs.NodeWrapChilder    = (*node)(nil)
	_ fs.NodeCreater        = (*node)(nil)
	_ fs.NodeOpener         = (*node)(nil)
	_ fs.NodeOpendirHandler = (*node)(nil)
	_ fs.NodeMkdirer        = (*node)(nil)
	_ fs.NodeUnlinker       = (*node)(nil)
	_ fs.NodeRmdirer        = (*node)(nil)
	_ fs.NodeRenamer        = (*node)(nil)
	_ fs.NodeSetattrer      = (*node)(nil)
	_ fs.NodeStatfser       = (*node)(nil)
	_ fs.NodeMknoder        = (*node)(nil)
	_ fs.NodeLinker         = (*node)(nil)
	_ fs.NodeSymlinker      = (*node)(nil)
	_ fs.NodeTmpfiler       = (*node)(nil)
	_ fs.NodeCopyFileRanger = (*node)(nil)
)

func (n *node) WrapChild(_ context.Context, child fs.InodeEmbedder) fs.InodeEmbedder {
	return &node{LoopbackNode: child.(*fs.LoopbackNode), session: n.session}
}

// relative is the path from the root of the file system.
func (n *node) relative() string {
	return n.Path(n.Root())
}

// path is where a file of this directory, or with no name the node itself, lies in the store.
func (n *node) path(name ...string) string {
	return filepath.Join(append([]string{n.session.disk.store, n.relative()}, name...)...)
}

// admit runs an operation if the power has not failed since the node was found.
func (n *node) admit(operation func(*disk) error) syscall.Errno {
	if !n.session.begin() {
		return syscall.EIO
	}
	defer n.session.end()
	return errnoOf(operation(n.session.disk))
}

func (n *node) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	var backing *os.File
	errno := n.admit(func(d *disk) error {
		if err := d.faults.claim(oneBlock); err != nil {
			return err
		}
		path := n.path(name)
		return d.unsynced.create(path, func() (err error) {
			backing, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, os.FileMode(mode))
			return err
		})
	})
	if errno != 0 {
		return nil, nil, 0, errno
	}
	child, errno := n.Lookup(ctx, name, out)
	if errno != 0 {
		backing.Close()
		return nil, nil, 0, errno
	}
	return child, newFile(child.Operations().(*node), backing, flags), openFlags, 0
}

// Open opens for reading what is to be written too: what is overwritten must be kept.
func (n *node) Open(_ context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	mode := os.O_RDWR
	if flags&syscall.O_ACCMODE == syscall.O_RDONLY {
		mode = os.O_RDONLY
	}
	backing, err := os.OpenFile(n.path(), mode, 0)
	if err != nil {
		return nil, 0, errnoOf(err)
	}
	return newFile(n, backing, flags), openFlags, 0
}

func (n *node) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	errno := n.admit(func(d *disk) error {
		if err := d.faults.claim(oneBlock); err != nil {
			return err
		}
		path := n.path(name)
		return d.unsynced.create(path, func() error { return os.Mkdir(path, os.FileMode(mode)) })
	})
	if errno != 0 {
		return nil, errno
	}
	return n.Lookup(ctx, name, out)
}

func (n *node) Unlink(_ context.Context, name string) syscall.Errno {
	return n.admit(func(d *disk) error { return d.unsynced.unlink(n.path(name)) })
}

func (n *node) Rmdir(_ context.Context, name string) syscall.Errno {
	return n.admit(func(d *disk) error { return d.unsynced.rmdir(n.path(name)) })
}

// Rename refuses the exchange of two names, and other things that a flag asks for.
func (n *node) Rename(_ context.Context, name string, newParent fs.InodeEmbedder, newName string, flags uint32) syscall.Errno {
	if flags != 0 {
		return syscall.EINVAL
	}
	return n.admit(func(d *disk) error {
		return d.unsynced.rename(n.path(name), newParent.(*node).path(newName))
	})
}

// Setattr changes the size here, as that changes bytes, and passes on the rest.
func (n *node) Setattr(ctx context.Context, handle fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	if size, ok := in.GetSize(); ok {
		if errno := n.truncate(handle, int64(size)); errno != 0 {
			return errno
		}
		in.Valid &^= fuse.FATTR_SIZE
	}
	return n.LoopbackNode.Setattr(ctx, handle, in, out)
}

func (n *node) truncate(handle fs.FileHandle, size int64) syscall.Errno {
	if handle != nil {
		return handle.(*file).truncate(size)
	}
	backing, err := os.OpenFile(n.path(), os.O_RDWR, 0)
	if err != nil {
		return errnoOf(err)
	}
	defer backing.Close()
	return newFile(n, backing, 0).truncate(size)
}

func (n *node) Statfs(ctx context.Context, out *fuse.StatfsOut) syscall.Errno {
	errno := n.LoopbackNode.Statfs(ctx, out)
	if full := n.session.disk.faults.snapshot().Full; full != nil {
		out.Bfree = uint64(full.BytesLeft) / uint64(out.Bsize)
		out.Bavail = out.Bfree
	}
	return errno
}

func (n *node) OpendirHandle(ctx context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	stream, fuseFlags, errno := n.LoopbackNode.OpendirHandle(ctx, flags)
	if errno != 0 {
		return nil, 0, errno
	}
	return &directory{n, stream.(directoryStream)}, fuseFlags, 0
}

// directory is an open directory, whose fsync commits changes of names.
type directory struct {
	node *node
	directoryStream
}

type directoryStream interface {
	fs.FileReaddirenter
	fs.FileSeekdirer
	fs.FileReleasedirer
}

func (d *directory) Fsyncdir(context.Context, uint32) syscall.Errno {
	backing, err := os.Open(d.node.path())
	if err != nil {
		return errnoOf(err)
	}
	defer backing.Close()
	return newFile(d.node, backing, 0).fsync()
}

func (n *node) Mknod(context.Context, string, uint32, uint32, *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return nil, syscall.EOPNOTSUPP
}

func (n *node) Link(context.Context, fs.InodeEmbedder, string, *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return nil, syscall.EOPNOTSUPP
}

func (n *node) Symlink(context.Context, string, string, *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return nil, syscall.EOPNOTSUPP
}

func (n *node) Tmpfile(context.Context, uint32, uint32, *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	return nil, nil, 0, syscall.EOPNOTSUPP
}

// CopyFileRange makes the kernel copy by reads and writes.
func (n *node) CopyFileRange(context.Context, fs.FileHandle, uint64, *fs.Inode, fs.FileHandle, uint64, uint64, uint64) (uint32, syscall.Errno) {
	return 0, syscall.EOPNOTSUPP
}

// A new name takes a block.
func oneBlock() (int64, error) { return blockSize, nil }

// errnoOf is what the caller of an operation gets; EIO for what has no number.
func errnoOf(err error) syscall.Errno {
	var errno syscall.Errno
	switch {
	case err == nil:
		return 0
	case errors.As(err, &errno):
		return errno
	default:
		return syscall.EIO
	}
}

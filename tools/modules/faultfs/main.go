// Program faultfs shows a directory through a mount point as a disk that can fail: it loses its power and with it what no
// fsync has covered, is full, answers EIO, syncs slowly, or flips a bit. Who uses it (a broker's store) needs no change.
//
// It is told what to do over HTTP (control.go). Linux only, as root, and with /dev/fuse. SIGTERM unmounts it; then, and
// when it is killed, everything written so far stays in the store.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os/signal"
	"syscall"
	"time"
)

const version = "1.0.0"

func main() {
	store := flag.String("store", "", "the directory that holds the files")
	mountpoint := flag.String("mount", "", "the directory that shows them")
	spool := flag.String("spool", "", "a directory for what may have to be taken back, on the file system of the store; it is emptied")
	listen := flag.String("listen", "", "host:port of the control interface")
	showVersion := flag.Bool("version", false, "print the version")
	flag.Parse()
	if *showVersion {
		fmt.Println("faultfs", version)
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, *store, *mountpoint, *spool, *listen); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, store, mountpoint, spool, listen string) (err error) {
	// The kernel has applied the caller's.
	syscall.Umask(0)
	disk, err := newDisk(store, mountpoint, spool)
	if err != nil {
		return err
	}
	// One that was killed leaves its mount behind.
	if err := disk.unmount(); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	if err := disk.mount(); err != nil {
		return fmt.Errorf("mount %s: %w", mountpoint, err)
	}
	defer func() { err = errors.Join(err, disk.unmount()) }()
	go writeBack(ctx, disk.unsynced)
	server := &http.Server{Handler: newControl(disk)}
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// writeBack lets time make things durable until the program ends.
func writeBack(ctx context.Context, unsynced *unsynced) {
	for ctx.Err() == nil {
		time.Sleep(time.Second)
		if err := unsynced.writeBack(); err != nil {
			log.Print(err)
		}
	}
}

// Program netns-forward carries TCP connections into the network namespace of another process. It listens where it is
// started, connects where that process is, and ends when that process does.
//
//	netns-forward 127.0.0.1:6443 PID 10.250.0.1:6443
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"runtime"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

const version = "1.0.0"

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		fmt.Println("netns-forward", version)
		return
	}
	if len(os.Args) != 4 {
		log.Fatal("usage: netns-forward LISTEN-ADDRESS PID TARGET-ADDRESS")
	}
	pid, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatalf("%q is no process id", os.Args[2])
	}
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	go endWith(pid)
	accepted := make(chan *net.TCPConn)
	go connect(accepted, pid, os.Args[3])
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		accepted <- connection.(*net.TCPConn)
	}
}

// endWith ends this program when the process does: an open namespace would outlive the process.
func endWith(pid int) {
	process, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		log.Fatalf("process %d: %v", pid, err)
	}
	events := []unix.PollFd{{Fd: int32(process), Events: unix.POLLIN}}
	for {
		if _, err := unix.Poll(events, -1); err != unix.EINTR {
			log.Fatalf("process %d has ended", pid)
		}
	}
}

// connect gives each accepted connection its counterpart. A socket belongs to the namespace of the thread that makes
// it, so this one thread enters the other namespace for good, and makes them all.
func connect(accepted <-chan *net.TCPConn, pid int, target string) {
	runtime.LockOSThread()
	namespace, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		log.Fatal(err)
	}
	if err := unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET); err != nil {
		log.Fatalf("the network of process %d: %v", pid, err)
	}
	for client := range accepted {
		server, err := net.Dial("tcp", target)
		if err != nil {
			log.Print(err)
			client.Close()
			continue
		}
		go join(client, server.(*net.TCPConn))
	}
}

// join copies both ways until both sides have ended; the end of one direction is passed on.
func join(client, server *net.TCPConn) {
	defer client.Close()
	defer server.Close()
	var directions sync.WaitGroup
	for _, pair := range [][2]*net.TCPConn{{client, server}, {server, client}} {
		directions.Go(func() {
			if _, err := io.Copy(pair[1], pair[0]); err != nil {
				// A reset: the other direction is over too.
				client.Close()
				server.Close()
				return
			}
			pair[1].CloseWrite()
		})
	}
	directions.Wait()
}

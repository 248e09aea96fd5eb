// Program pause is a first process that does nothing but its duty: it holds namespaces open, buries the orphans that
// the kernel hands it, and ends on SIGTERM or SIGINT. It is the sandbox of every pod, and PID 1 of the test node itself.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

const version = "1.0.0"

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		fmt.Println("pause", version)
		return
	}
	endings := make(chan os.Signal, 1)
	signal.Notify(endings, syscall.SIGTERM, syscall.SIGINT)
	deaths := make(chan os.Signal, 1)
	signal.Notify(deaths, syscall.SIGCHLD)
	for {
		// One signal may stand for several deaths, and some may have come before the first was listened for.
		buryTheDead()
		select {
		case <-endings:
			return
		case <-deaths:
		}
	}
}

func buryTheDead() {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if err != syscall.EINTR && pid <= 0 {
			return
		}
	}
}

package main

import (
	"io"
	"net"
	"testing"
)

// pair makes the two ends of a connection.
func pair(t *testing.T) (*net.TCPConn, *net.TCPConn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	outer, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	inner, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { outer.Close() })
	return outer.(*net.TCPConn), inner.(*net.TCPConn)
}

// joined makes a client and a server, each at the far end of a connection that join holds.
func joined(t *testing.T) (client, server *net.TCPConn, isOver <-chan struct{}) {
	client, accepted := pair(t)
	server, dialled := pair(t)
	over := make(chan struct{})
	go func() {
		join(accepted, dialled)
		close(over)
	}()
	return client, server, over
}

func TestAnAnswerArrivesAfterTheQuestionHasEnded(t *testing.T) {
	client, server, isOver := joined(t)
	io.WriteString(client, "question")
	client.CloseWrite()
	if asked, err := io.ReadAll(server); err != nil || string(asked) != "question" {
		t.Fatalf("the server got %q, %v", asked, err)
	}
	io.WriteString(server, "answer")
	server.Close()
	if answered, err := io.ReadAll(client); err != nil || string(answered) != "answer" {
		t.Fatalf("the client got %q, %v", answered, err)
	}
	<-isOver
}

func TestAResetOfOneSideEndsTheOther(t *testing.T) {
	client, server, isOver := joined(t)
	server.SetLinger(0)
	server.Close()
	io.ReadAll(client)
	<-isOver
}

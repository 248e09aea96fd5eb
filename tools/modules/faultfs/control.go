package main

import (
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
)

// newControl serves what faults need:
//
//	GET    /healthz           whether the file system answers
//	GET    /                  what is wrong with the disk, and what a power loss would take now
//	PUT    /faults/full       {"bytesLeft": 0}
//	PUT    /faults/errors     {"operation": "write", "pathContains": "streams/ORDERS/"}
//	PUT    /faults/slow-fsync {"delayMs": 50}
//	DELETE /faults/...        ends that one; succeeds when it had ended
//	POST   /power-loss        {"isTorn": false}; the disk is back when it is answered, with what it took
//	POST   /flip              {"path": "a/b", "offset": 17, "bit": 3}
//
// Bodies and answers are JSON; a refusal says why in a text.
func newControl(d *disk) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		_, err := os.ReadDir(d.mountpoint)
		answer(w, struct{}{}, err)
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		risk, err := d.unsynced.atRisk()
		answer(w, map[string]any{"faults": d.faults.snapshot(), "atRisk": risk}, err)
	})
	handleFault(mux, d, "full", func(f *activeFaults) **fullFault { return &f.Full })
	handleFault(mux, d, "errors", func(f *activeFaults) **errorsFault { return &f.Errors })
	handleFault(mux, d, "slow-fsync", func(f *activeFaults) **slowFsyncFault { return &f.SlowFsync })
	mux.HandleFunc("POST /power-loss", func(w http.ResponseWriter, r *http.Request) {
		var request struct {
			IsTorn bool `json:"isTorn"`
		}
		if !read(w, r, &request) {
			return
		}
		var chance *rand.Rand
		if request.IsTorn {
			chance = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
		}
		lost, err := d.losePower(chance)
		answer(w, lost, err)
	})
	mux.HandleFunc("POST /flip", func(w http.ResponseWriter, r *http.Request) {
		var request struct {
			Path   string `json:"path"`
			Offset int64  `json:"offset"`
			Bit    uint   `json:"bit"`
		}
		if read(w, r, &request) {
			answer(w, struct{}{}, d.flipBit(request.Path, request.Offset, request.Bit%8))
		}
	})
	return mux
}

type fault interface{ validate() error }

func handleFault[F fault](mux *http.ServeMux, d *disk, name string, slot func(*activeFaults) **F) {
	set := func(fault *F) { d.faults.change(func(active *activeFaults) { *slot(active) = fault }) }
	mux.HandleFunc("PUT /faults/"+name, func(w http.ResponseWriter, r *http.Request) {
		var wanted F
		if !read(w, r, &wanted) {
			return
		}
		if err := wanted.validate(); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		set(&wanted)
		answer(w, struct{}{}, nil)
	})
	mux.HandleFunc("DELETE /faults/"+name, func(w http.ResponseWriter, _ *http.Request) {
		set(nil)
		answer(w, struct{}{}, nil)
	})
}

// read decodes the body of a request, or refuses it.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(io.LimitReader(r.Body, 1<<16))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}

func answer(w http.ResponseWriter, value any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(value)
}

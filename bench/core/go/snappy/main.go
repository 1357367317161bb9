// Command snappy compresses and uncompresses one body with golang/snappy, and prints as JSON what that takes.
package main

import (
	"bytes"
	"encoding/json"
	"log"
	"os"

	"codexray/bench/bodies"
	"codexray/bench/clock"

	"github.com/golang/snappy"
)

// CPU time of one run, in microseconds.
type result struct {
	Compress   float64 `json:"compress"`
	Uncompress float64 `json:"uncompress"`
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: snappy BODIES")
	}
	bodies, err := bodies.Read(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	body := bodies[0]
	block := snappy.Encode(nil, body)
	compressed := make([]byte, snappy.MaxEncodedLen(len(body)))
	plain := make([]byte, len(body))
	if back, err := snappy.Decode(plain, block); err != nil || !bytes.Equal(back, body) {
		log.Fatal("snappy gave back other bytes")
	}
	found := result{
		Compress:   clock.Median(func() { snappy.Encode(compressed, body) }),
		Uncompress: clock.Median(func() { _, _ = snappy.Decode(plain, block) }),
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		log.Fatal(err)
	}
}

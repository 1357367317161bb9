// Go's own libraries on the bodies of `npm run bench -- core`: the yardstick beside the components.
//
//	yardstick snappy FILE        golang/snappy, both directions
//	yardstick remote-write FILE  Prometheus's prompb
//	yardstick chunks FILE        Prometheus's XOR chunks
//
// Prints one JSON object: CPU microseconds of one run, medians, and sizes.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
)

var commands = map[string]func(body []byte) (map[string]float64, error){
	"snappy":       measureSnappy,
	"remote-write": measureRemoteWrite,
	"chunks":       measureChunks,
}

func main() {
	if len(os.Args) != 3 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "yardstick snappy|remote-write|chunks FILE")
		os.Exit(2)
	}
	body, err := os.ReadFile(os.Args[2])
	if err == nil {
		// One core, the collector's share included.
		runtime.GOMAXPROCS(1)
		var figures map[string]float64
		figures, err = commands[os.Args[1]](body)
		if err == nil {
			err = json.NewEncoder(os.Stdout).Encode(figures)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

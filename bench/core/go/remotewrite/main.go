// Command remotewrite decodes one remote-write body with Prometheus's own code, and prints as JSON what that takes.
package main

import (
	"encoding/json"
	"log"
	"os"

	"codexray/bench/bodies"
	"codexray/bench/clock"

	"github.com/prometheus/prometheus/prompb"
)

type result struct {
	// CPU time of one body.
	Micros float64 `json:"micros"`
	Series int     `json:"series"`
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: remotewrite BODIES")
	}
	bodies, err := bodies.Read(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var series int
	micros := clock.Median(func() {
		var request prompb.WriteRequest
		if err := request.Unmarshal(bodies[0]); err != nil {
			log.Fatal(err)
		}
		series = len(request.Timeseries)
	})
	if err := json.NewEncoder(os.Stdout).Encode(result{Micros: micros, Series: series}); err != nil {
		log.Fatal(err)
	}
}

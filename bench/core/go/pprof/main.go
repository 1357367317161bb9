// Command pprof parses and merges gzipped profiles with google/pprof, and prints as JSON what that takes and yields.
package main

import (
	"encoding/json"
	"log"
	"os"

	"codexray/bench/bodies"
	"codexray/bench/clock"

	"github.com/google/pprof/profile"
)

type result struct {
	// CPU time of all profiles.
	Micros  float64 `json:"micros"`
	Samples int     `json:"samples"`
	// Sums by sample type.
	Sums []int64 `json:"sums"`
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: pprof BODIES")
	}
	bodies, err := bodies.Read(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var merged *profile.Profile
	micros := clock.Median(func() {
		profiles := make([]*profile.Profile, len(bodies))
		for i, body := range bodies {
			if profiles[i], err = profile.ParseData(body); err != nil {
				log.Fatal(err)
			}
		}
		if merged, err = profile.Merge(profiles); err != nil {
			log.Fatal(err)
		}
	})
	found := result{Micros: micros, Samples: len(merged.Sample), Sums: make([]int64, len(merged.SampleType))}
	for _, sample := range merged.Sample {
		for i, value := range sample.Value {
			found.Sums[i] += value
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		log.Fatal(err)
	}
}

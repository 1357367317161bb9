package main

import (
	"sort"
	"syscall"
	"time"
)

const (
	rounds      = 9
	roundMicros = 20_000
)

// cpuMicros is user and system time of the process.
func cpuMicros() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e3
}

// measure gives the CPU microseconds of one run: the median of rounds, after a warm-up.
func measure(run func()) float64 {
	count := 0
	for start := time.Now(); time.Since(start) < 150*time.Millisecond; count++ {
		run()
	}
	repeats := 1 + count*roundMicros/150_000
	found := make([]float64, rounds)
	for round := range found {
		before := cpuMicros()
		for range repeats {
			run()
		}
		found[round] = (cpuMicros() - before) / float64(repeats)
	}
	sort.Float64s(found)
	return found[rounds/2]
}

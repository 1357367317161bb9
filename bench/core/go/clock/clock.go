// Package clock measures CPU time as the benchmark in TypeScript does: user and system time of the process, the
// collection of garbage included, on one core.
package clock

import (
	"runtime"
	"slices"
	"syscall"
)

const (
	warmUps = 2
	rounds  = 9
	// Of one round; what is shorter runs several times.
	roundMicros = 20_000
)

// Median is the median of the CPU time of one run, in microseconds.
func Median(run func()) float64 {
	runtime.GOMAXPROCS(1)
	repeats := 1
	for range warmUps {
		repeats = max(1, int(roundMicros/max(1, once(run, repeats))))
	}
	found := make([]float64, rounds)
	for i := range found {
		found[i] = once(run, repeats)
	}
	slices.Sort(found)
	return found[rounds/2]
}

func once(run func(), repeats int) float64 {
	before := cpuMicros()
	for range repeats {
		run()
	}
	return (cpuMicros() - before) / float64(repeats)
}

func cpuMicros() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	micros := func(t syscall.Timeval) float64 { return float64(t.Sec)*1e6 + float64(t.Usec) }
	return micros(usage.Utime) + micros(usage.Stime)
}

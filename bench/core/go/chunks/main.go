// Command chunks encodes and decodes samples as Prometheus's XOR chunks, and prints as JSON what that takes. The body
// is pairs of float64, little endian: time in milliseconds, value.
package main

import (
	"encoding/binary"
	"encoding/json"
	"log"
	"math"
	"os"

	"codexray/bench/bodies"
	"codexray/bench/clock"

	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// Prometheus cuts its chunks there; the samples of a series are a multiple of it.
const samplesPerChunk = 120

type result struct {
	// CPU time of all samples.
	Encode float64 `json:"encode"`
	Decode float64 `json:"decode"`
	Bytes  int     `json:"bytes"`
}

type samples struct {
	times  []int64
	values []float64
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: chunks BODIES")
	}
	bodies, err := bodies.Read(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	all := read(bodies[0])
	chunks := encode(all)
	out := make([]float64, len(all.values))
	decode(chunks, out)
	found := result{}
	for i, value := range out {
		if math.Float64bits(value) != math.Float64bits(all.values[i]) {
			log.Fatal("a chunk gave back another value")
		}
	}
	for _, chunk := range chunks {
		found.Bytes += len(chunk.Bytes())
	}
	found.Decode = clock.Median(func() { decode(chunks, out) })
	found.Encode = clock.Median(func() { encode(all) })
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		log.Fatal(err)
	}
}

func read(body []byte) samples {
	count := len(body) / 16
	if count == 0 || len(body)%16 != 0 || count%samplesPerChunk != 0 {
		log.Fatal("not whole chunks of samples")
	}
	all := samples{make([]int64, count), make([]float64, count)}
	for i := range count {
		all.times[i] = int64(math.Float64frombits(binary.LittleEndian.Uint64(body[16*i:])))
		all.values[i] = math.Float64frombits(binary.LittleEndian.Uint64(body[16*i+8:]))
	}
	return all
}

func encode(all samples) []*chunkenc.XORChunk {
	chunks := make([]*chunkenc.XORChunk, 0, len(all.times)/samplesPerChunk)
	for from := 0; from < len(all.times); from += samplesPerChunk {
		chunk := chunkenc.NewXORChunk()
		appender, err := chunk.Appender()
		if err != nil {
			log.Fatal(err)
		}
		for i := from; i < from+samplesPerChunk; i++ {
			appender.Append(0, all.times[i], all.values[i])
		}
		chunks = append(chunks, chunk)
	}
	return chunks
}

func decode(chunks []*chunkenc.XORChunk, out []float64) {
	var iterator chunkenc.Iterator
	at := 0
	for _, chunk := range chunks {
		iterator = chunk.Iterator(iterator)
		for iterator.Next() == chunkenc.ValFloat {
			_, out[at] = iterator.At()
			at++
		}
	}
}

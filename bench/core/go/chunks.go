package main

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// Prometheus cuts its chunks at 120 samples.
const samplesPerChunk = 120

// measureChunks takes pairs of float64, little-endian: time in milliseconds, value; each run of samplesPerChunk is one chunk.
func measureChunks(body []byte) (map[string]float64, error) {
	count := len(body) / 16
	if count == 0 || len(body)%16 != 0 || count%samplesPerChunk != 0 {
		return nil, errors.New("not whole chunks of samples")
	}
	times := make([]int64, count)
	values := make([]float64, count)
	for i := range count {
		times[i] = int64(math.Float64frombits(binary.LittleEndian.Uint64(body[16*i:])))
		values[i] = math.Float64frombits(binary.LittleEndian.Uint64(body[16*i+8:]))
	}
	var chunks []*chunkenc.XORChunk
	encode := func() error {
		chunks = chunks[:0]
		for from := 0; from < count; from += samplesPerChunk {
			chunk := chunkenc.NewXORChunk()
			appender, err := chunk.Appender()
			if err != nil {
				return err
			}
			for i := from; i < from+samplesPerChunk; i++ {
				appender.Append(0, times[i], values[i])
			}
			chunks = append(chunks, chunk)
		}
		return nil
	}
	if err := encode(); err != nil {
		return nil, err
	}
	size := 0
	for _, chunk := range chunks {
		size += len(chunk.Bytes())
	}
	out := make([]float64, count)
	decode := func() {
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
	decode()
	for i, value := range out {
		if math.Float64bits(value) != math.Float64bits(values[i]) {
			return nil, errors.New("a chunk gave back another value")
		}
	}
	return map[string]float64{
		"decode": measure(decode),
		"encode": measure(func() { _ = encode() }),
		"bytes":  float64(size),
	}, nil
}

package main

import (
	"github.com/prometheus/prometheus/model/histogram"
)

// histogramJSON is a native histogram; buckets by their indexes, empty ones too.
type histogramJSON struct {
	Time          int64    `json:"time"`
	Hint          int      `json:"hint"`
	Schema        int32    `json:"schema"`
	ZeroThreshold number   `json:"zeroThreshold"`
	ZeroCount     number   `json:"zeroCount"`
	Count         number   `json:"count"`
	Sum           number   `json:"sum"`
	Positive      sideJSON `json:"positive"`
	Negative      sideJSON `json:"negative"`
	Bounds        []number `json:"bounds"`
}

type sideJSON struct {
	Indexes []int32  `json:"indexes"`
	Counts  []number `json:"counts"`
}

func (h histogramJSON) histogram() *histogram.FloatHistogram {
	out := &histogram.FloatHistogram{
		CounterResetHint: histogram.CounterResetHint(h.Hint),
		Schema:           h.Schema,
		ZeroThreshold:    float64(h.ZeroThreshold),
		ZeroCount:        float64(h.ZeroCount),
		Count:            float64(h.Count),
		Sum:              float64(h.Sum),
	}
	out.PositiveSpans, out.PositiveBuckets = h.Positive.spans()
	out.NegativeSpans, out.NegativeBuckets = h.Negative.spans()
	if h.Schema == histogram.CustomBucketsSchema {
		out.CustomValues = floats(h.Bounds)
	}
	return out
}

func (s sideJSON) spans() (spans []histogram.Span, buckets []float64) {
	next := int32(0)
	for i, index := range s.Indexes {
		if i > 0 && index == next {
			spans[len(spans)-1].Length++
		} else {
			spans = append(spans, histogram.Span{Offset: index - next, Length: 1})
		}
		next = index + 1
	}
	return spans, floats(s.Counts)
}

func toHistogramJSON(t int64, h *histogram.FloatHistogram) histogramJSON {
	return histogramJSON{
		Time:          t,
		Hint:          int(h.CounterResetHint),
		Schema:        h.Schema,
		ZeroThreshold: number(h.ZeroThreshold),
		ZeroCount:     number(h.ZeroCount),
		Count:         number(h.Count),
		Sum:           number(h.Sum),
		Positive:      toSideJSON(h.PositiveSpans, h.PositiveBuckets),
		Negative:      toSideJSON(h.NegativeSpans, h.NegativeBuckets),
		Bounds:        numbers(h.CustomValues),
	}
}

func toSideJSON(spans []histogram.Span, buckets []float64) sideJSON {
	out := sideJSON{Indexes: []int32{}, Counts: numbers(buckets)}
	index := int32(0)
	for _, span := range spans {
		index += span.Offset
		for range span.Length {
			out.Indexes = append(out.Indexes, index)
			index++
		}
	}
	return out
}

func floats(of []number) []float64 {
	var out []float64
	for _, n := range of {
		out = append(out, float64(n))
	}
	return out
}

func numbers(of []float64) []number {
	out := make([]number, 0, len(of))
	for _, f := range of {
		out = append(out, number(f))
	}
	return out
}

package main

import (
	"context"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/annotations"
)

type seriesJSON struct {
	Labels map[string]string `json:"labels"`
	Times  []int64           `json:"times"`
	Values []number          `json:"values"`

	Histograms []histogramJSON `json:"histograms"`
}

// memory is a storage of given series; a select answers in their order.
type memory struct {
	storage.LabelQuerier
	series []promql.Series
}

func newMemory(given []seriesJSON) *memory {
	m := &memory{}
	for _, s := range given {
		series := promql.Series{Metric: labels.FromMap(s.Labels)}
		for i, t := range s.Times {
			series.Floats = append(series.Floats, promql.FPoint{T: t, F: float64(s.Values[i])})
		}
		for _, h := range s.Histograms {
			series.Histograms = append(series.Histograms, promql.HPoint{T: h.Time, H: h.histogram()})
		}
		m.series = append(m.series, series)
	}
	return m
}

func (m *memory) Querier(_, _ int64) (storage.Querier, error) { return m, nil }

func (m *memory) Close() error { return nil }

func (m *memory) Select(_ context.Context, _ bool, hints *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	set := &seriesSet{at: -1}
	for _, s := range m.series {
		if matches(s.Metric, matchers) {
			set.series = append(set.series, promql.NewStorageSeries(within(s, hints.Start, hints.End)))
		}
	}
	return set
}

func matches(metric labels.Labels, matchers []*labels.Matcher) bool {
	for _, matcher := range matchers {
		if !matcher.Matches(metric.Get(matcher.Name)) {
			return false
		}
	}
	return true
}

func within(s promql.Series, start, end int64) promql.Series {
	out := promql.Series{Metric: s.Metric}
	for _, p := range s.Floats {
		if p.T >= start && p.T <= end {
			out.Floats = append(out.Floats, p)
		}
	}
	for _, p := range s.Histograms {
		if p.T >= start && p.T <= end {
			out.Histograms = append(out.Histograms, promql.HPoint{T: p.T, H: p.H.Copy()})
		}
	}
	return out
}

type seriesSet struct {
	series []storage.Series
	at     int
}

func (s *seriesSet) Next() bool                      { s.at++; return s.at < len(s.series) }
func (s *seriesSet) At() storage.Series              { return s.series[s.at] }
func (*seriesSet) Err() error                        { return nil }
func (*seriesSet) Warnings() annotations.Annotations { return nil }

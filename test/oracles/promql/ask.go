package main

import (
	"context"
	"errors"
	"sort"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

type answer struct {
	Type     string       `json:"type,omitempty"`
	Result   []resultJSON `json:"result,omitempty"`
	Text     string       `json:"text,omitempty"`
	Warnings []string     `json:"warnings,omitempty"`
	Infos    []string     `json:"infos,omitempty"`
	Error    string       `json:"error,omitempty"`
	// "parse" or "execution".
	Kind string `json:"kind,omitempty"`
}

type resultJSON struct {
	Labels map[string]string `json:"labels"`
	Times  []int64           `json:"times"`
	Values []number          `json:"values"`

	Histograms []histogramJSON `json:"histograms,omitempty"`
}

// Subqueries without a step use this one.
const defaultStep = time.Minute

func ask(m *memory, l line) answer {
	engine := promql.NewEngine(promql.EngineOpts{
		MaxSamples:               50_000_000,
		Timeout:                  time.Minute,
		LookbackDelta:            time.Duration(l.Lookback) * time.Millisecond,
		NoStepSubqueryIntervalFn: func(int64) int64 { return defaultStep.Milliseconds() },
		EnableAtModifier:         true,
		EnableNegativeOffset:     true,
		EnableDelayedNameRemoval: l.Options.DelayedName,
		Parser:                   newParser(l.Options),
	})
	defer engine.Close()
	ctx := context.Background()
	start := time.UnixMilli(l.Start)
	var query promql.Query
	var err error
	if l.Step == 0 {
		query, err = engine.NewInstantQuery(ctx, m, nil, l.Query, start)
	} else {
		step := time.Duration(l.Step) * time.Millisecond
		query, err = engine.NewRangeQuery(ctx, m, nil, l.Query, start, time.UnixMilli(l.End), step)
	}
	if err != nil {
		return failed(err)
	}
	defer query.Close()
	result := query.Exec(ctx)
	if result.Err != nil {
		return failed(result.Err)
	}
	a := answer{Type: string(result.Value.Type())}
	a.Warnings, a.Infos = result.Warnings.AsStrings(l.Query, 0, 0)
	sort.Strings(a.Warnings)
	sort.Strings(a.Infos)
	switch v := result.Value.(type) {
	case promql.Matrix:
		for _, s := range v {
			r := emptyResult(s.Metric)
			for _, p := range s.Floats {
				r.Times = append(r.Times, p.T)
				r.Values = append(r.Values, number(p.F))
			}
			for _, p := range s.Histograms {
				r.Histograms = append(r.Histograms, toHistogramJSON(p.T, p.H))
			}
			a.Result = append(a.Result, r)
		}
	case promql.Vector:
		for _, s := range v {
			r := emptyResult(s.Metric)
			if s.H != nil {
				r.Histograms = []histogramJSON{toHistogramJSON(s.T, s.H)}
			} else {
				r.Times, r.Values = []int64{s.T}, []number{number(s.F)}
			}
			a.Result = append(a.Result, r)
		}
	case promql.Scalar:
		a.Result = append(a.Result, resultJSON{Labels: map[string]string{}, Times: []int64{v.T}, Values: []number{number(v.V)}})
	case promql.String:
		a.Text = v.V
	}
	return a
}

func newParser(o options) parser.Parser {
	return parser.NewParser(parser.Options{
		EnableExperimentalFunctions: o.Functions,
		EnableBinopFillModifiers:    o.Fill,
	})
}

func parse(input string, o options) answer {
	expr, err := newParser(o).ParseExpr(input)
	if err != nil {
		return failed(err)
	}
	return answer{Text: expr.String()}
}

func failed(err error) answer {
	var parse parser.ParseErrors
	if errors.As(err, &parse) {
		return answer{Error: err.Error(), Kind: "parse"}
	}
	return answer{Error: err.Error(), Kind: "execution"}
}

func emptyResult(metric labels.Labels) resultJSON {
	return resultJSON{Labels: labelMap(metric), Times: []int64{}, Values: []number{}}
}

func labelMap(metric labels.Labels) map[string]string {
	return metric.Map()
}

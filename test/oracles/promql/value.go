package main

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/prometheus/prometheus/model/value"
)

// number is a float64 that JSON carries exactly.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	f := float64(n)
	switch {
	case value.IsStaleNaN(f):
		return []byte(`"stale"`), nil
	case math.IsNaN(f):
		return []byte(`"NaN"`), nil
	case math.IsInf(f, 1):
		return []byte(`"+Inf"`), nil
	case math.IsInf(f, -1):
		return []byte(`"-Inf"`), nil
	case f == 0 && math.Signbit(f):
		return []byte(`"-0"`), nil
	}
	return strconv.AppendFloat(nil, f, 'g', -1, 64), nil
}

func (n *number) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		if s == "stale" {
			*n = number(math.Float64frombits(value.StaleNaN))
			return nil
		}
		f, err := strconv.ParseFloat(s, 64)
		if math.IsNaN(f) {
			f = math.Float64frombits(value.NormalNaN)
		}
		*n = number(f)
		return err
	}
	f, err := strconv.ParseFloat(string(b), 64)
	*n = number(f)
	return err
}

package main

import "github.com/prometheus/prometheus/prompb"

func measureRemoteWrite(body []byte) (map[string]float64, error) {
	var request prompb.WriteRequest
	if err := request.Unmarshal(body); err != nil {
		return nil, err
	}
	return map[string]float64{
		"decode": measure(func() {
			var fresh prompb.WriteRequest
			_ = fresh.Unmarshal(body)
		}),
		"series": float64(len(request.Timeseries)),
	}, nil
}

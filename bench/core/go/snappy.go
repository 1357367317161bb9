package main

import (
	"bytes"
	"errors"

	"github.com/golang/snappy"
)

func measureSnappy(body []byte) (map[string]float64, error) {
	block := snappy.Encode(nil, body)
	compressed := make([]byte, snappy.MaxEncodedLen(len(body)))
	plain := make([]byte, len(body))
	back, err := snappy.Decode(plain, block)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(back, body) {
		return nil, errors.New("snappy gave back other bytes")
	}
	return map[string]float64{
		"compress":   measure(func() { snappy.Encode(compressed, body) }),
		"uncompress": measure(func() { _, _ = snappy.Decode(plain, block) }),
		"bytes":      float64(len(block)),
	}, nil
}

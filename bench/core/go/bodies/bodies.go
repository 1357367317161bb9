// Package bodies reads what the benchmark in TypeScript wrote: each body after its length, 32 bits little endian.
package bodies

import (
	"encoding/binary"
	"fmt"
	"os"
)

func Read(path string) ([][]byte, error) {
	rest, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var found [][]byte
	for len(rest) > 0 {
		if len(rest) < 4 || uint32(len(rest)-4) < binary.LittleEndian.Uint32(rest) {
			return nil, fmt.Errorf("%s: body %d is cut", path, len(found))
		}
		end := 4 + binary.LittleEndian.Uint32(rest)
		found = append(found, rest[4:end])
		rest = rest[end:]
	}
	return found, nil
}

// Prometheus's own parser and engine as an oracle: JSON lines in, JSON lines out, in the same order.
//
//	{"data": "name", "series": [{"labels": {...}, "times": [ms...], "values": [...], "histograms": [...]}]}
//	    keeps series under a name; answers nothing
//	{"on": "name", "query": "...", "start": ms, "end": ms, "step": ms, "lookback": ms, "options": {...}}
//	    a range query, or an instant query at start when step is 0
//	{"parse": "..."}
//	    answers with the canonical form of the expression
//
// Values are numbers, or one of "NaN", "+Inf", "-Inf", "-0", "stale"; so both ways are exact to the bit.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

type line struct {
	Data   string       `json:"data"`
	Series []seriesJSON `json:"series"`

	Parse *string `json:"parse"`

	On       string  `json:"on"`
	Query    string  `json:"query"`
	Start    int64   `json:"start"`
	End      int64   `json:"end"`
	Step     int64   `json:"step"`
	Lookback int64   `json:"lookback"`
	Options  options `json:"options"`
}

// What is experimental in Prometheus, each behind a flag of its own.
type options struct {
	Functions   bool `json:"functions"`
	Fill        bool `json:"fill"`
	DelayedName bool `json:"delayedNameRemoval"`
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	answers := json.NewEncoder(out)
	answers.SetEscapeHTML(false)
	data := map[string]*memory{}
	decoder := json.NewDecoder(in)
	for decoder.More() {
		var l line
		if err := decoder.Decode(&l); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		switch {
		case l.Parse != nil:
			must(answers.Encode(parse(*l.Parse, l.Options)))
		case l.Data != "":
			data[l.Data] = newMemory(l.Series)
		default:
			must(answers.Encode(ask(data[l.On], l)))
		}
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

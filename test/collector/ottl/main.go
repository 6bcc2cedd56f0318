// The collector's own OTTL as an oracle: reads questions as JSON lines ({"context", "otlp", "condition"}), answers each with
// a line {"outcome": "true|false|load-error|eval-error", "why"}.
package main

import (
	"bufio"
	"encoding/json"
	"os"
)

type question struct {
	Context   string          `json:"context"`
	OTLP      json.RawMessage `json:"otlp"`
	Condition string          `json:"condition"`
	// Of a span event: which of its span's.
	Event int `json:"event"`
}

type answer struct {
	Outcome string `json:"outcome"`
	Why     string `json:"why,omitempty"`
}

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	answers := bufio.NewWriter(os.Stdout)
	defer answers.Flush()
	encoder := json.NewEncoder(answers)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			if encoder.Encode(answerTo(line)) != nil {
				os.Exit(1)
			}
		}
		if err != nil {
			return
		}
	}
}

func answerTo(line []byte) (said answer) {
	defer func() {
		if reason := recover(); reason != nil {
			said = answer{Outcome: "panic"}
		}
	}()
	var asked question
	if err := json.Unmarshal(line, &asked); err != nil {
		return answer{Outcome: "no-case", Why: err.Error()}
	}
	ask, ok := contexts[asked.Context]
	if !ok {
		return answer{Outcome: "no-case", Why: "unknown context " + asked.Context}
	}
	return ask(asked)
}

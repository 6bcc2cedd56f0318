package main

import (
	"encoding/json"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// The request of a question is OTLP/JSON, or a text: OTLP/protobuf in base64.

func (asked question) protobuf() (bytes []byte, ok bool) {
	err := json.Unmarshal(asked.OTLP, &bytes)
	return bytes, err == nil
}

func (asked question) logs() (plog.Logs, error) {
	if bytes, ok := asked.protobuf(); ok {
		return (&plog.ProtoUnmarshaler{}).UnmarshalLogs(bytes)
	}
	return (&plog.JSONUnmarshaler{}).UnmarshalLogs(asked.OTLP)
}

func (asked question) traces() (ptrace.Traces, error) {
	if bytes, ok := asked.protobuf(); ok {
		return (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(bytes)
	}
	return (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(asked.OTLP)
}

func (asked question) metrics() (pmetric.Metrics, error) {
	if bytes, ok := asked.protobuf(); ok {
		return (&pmetric.ProtoUnmarshaler{}).UnmarshalMetrics(bytes)
	}
	return (&pmetric.JSONUnmarshaler{}).UnmarshalMetrics(asked.OTLP)
}

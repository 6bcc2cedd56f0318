import type { Table } from './table.ts'

/** What a filter asks of spans, their events, metrics and points with these functions. */
export const SPANS: Table = {
  spans: [
    ['end_time - start_time > Duration("1s")', true],
    ['Milliseconds(end_time - start_time) == 1500', true],
    ['(end_time_unix_nano - start_time_unix_nano) / 1000000 > 1000', true],
    ['Int(attributes["http.status_code"]) / 100 == 5', true],
    ['IsRootSpan() and status.code == STATUS_CODE_ERROR', true],
    ['URL(Concat(["http://h", attributes["http.target"]], ""))["url.path"] == "/users/17"', true],
    ['ToLowerCase(name) == "get /users/{id}"', true],
    ['Split(name, " ")[0] == "GET"', true],
    ['span.kind == SPAN_KIND_SERVER and HasPrefix(Split(name, " ")[1], "/users")', true],
    ['Len(events) + 1 == 2', true],
    ['Concat([trace_id, span_id], "")== "000102030405060708090a0b0c0d0e0ff0f1f2f3f4f5f6f7"', true],
    ['String(kind) == "2"', true],
    ['events + 1 == 2', 'load-error'],
  ],
}

export const SPAN_EVENTS: Table = {
  'span events': [
    ['span.status != nil and span.status.code == STATUS_CODE_ERROR', true],
    ['time - span.start_time == Duration("1s")', true],
    ['span.end_time - time == Duration("500ms")', true],
    ['attributes["attempt"] * 2 > 5', true],
    ['HasSuffix(attributes["exception.type"], "Exception") and name == "exception"', true],
    ['event_index + 1 == 1', true],
    ['Hour(time) == Hour(span.start_time)', true],
  ],
}

export const METRICS: Table = {
  metrics: [
    ['Split(name, ".")[1] == "server"', true],
    ['ContainsValue(["ms", "s"], unit)', true],
    ['ToSnakeCase(name) == "http_server_duration"', true],
    ['type == METRIC_DATA_TYPE_HISTOGRAM and HasAttrKeyOnDatapoint("http.route")', true],
    ['Year(Now()) > 2000', true],
    ['data_points != nil and Len(data_points) == 1', true],
    ['IsEmpty(data_points)', false],
    ['HasAttrOnDatapoint("http.route", "")', false],
  ],
}

export const DATA_POINTS: Table = {
  'data points': [
    ['sum / count == 2.5', true],
    ['count - 4 == 0', true],
    ['time - start_time == Duration("1m")', true],
    ['bucket_counts == [1, 3]', true],
    ['ContainsValue(bucket_counts, 3)', true],
    ['Index(explicit_bounds, 5.0) == 0', true],
    ['Index(bucket_counts, 7) == -1', true],
    ['Concat(bucket_counts, "+") == "1+3"', true],
    ['value_int + 1 == 1', 'eval-error'],
    ['positive == nil and negative == nil', true],
    ['metric.data_points != nil', true],
    ['Coalesce([value_int, 0]) + 1 == 1', true],
    ['Len(Sort(bucket_counts, "desc")) == 2 and Sort(bucket_counts, "desc")[0] == 3', true],
    ['metric.name == "http.server.duration" and attributes["http.route"] == "/livez"', true],
  ],
}

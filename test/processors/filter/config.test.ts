import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { parseProcessors } from '../../../src/processors/pipeline.ts'
import { KIND_NAMES, prepareProcessor } from '../../../src/processors/registry.ts'

/** `path: message` of everything that is wrong with a `processors` block. */
function issues(yaml: string): string[] {
  const parsed = parseProcessors(parse(yaml))
  return 'issues' in parsed ? parsed.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) : []
}

function warnings(yaml: string): string[] {
  const parsed = parseProcessors(parse(yaml))
  if ('issues' in parsed) throw new Error(parsed.issues[0]!.message)
  return parsed.plan.warnings.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

const KINDS = KIND_NAMES.join(', ')

describe("the collector's filter is taken as it is", () => {
  it.each([
    `
filter/ottl:
  error_mode: ignore
  logs:
    log_record:
      - 'IsMatch(body, ".*password.*")'
      - 'severity_number < SEVERITY_NUMBER_WARN'
`,
    `
filter:
  logs:
    resource:
      - attributes["service.name"] == "noisy"
    log_record:
      - attributes["http.route"] == "/healthz" and resource.attributes["host.name"] != nil
`,
    `
filter:
  log_conditions:
    - log.severity_number < SEVERITY_NUMBER_WARN
    - resource.attributes["service.name"] == "noisy-service"
`,
    `
filter:
  error_mode: ignore
  log_conditions:
    - error_mode: propagate
      conditions:
        - log.severity_number < SEVERITY_NUMBER_WARN
    - error_mode: silent
      context: resource
      conditions:
        - resource.attributes["service.name"] == "noisy-service"
`,
    `
filter:
  error_mode: silent
  dryRun: true
  traces:
  logs:
    exclude:
  log_conditions: ['IsMatch(log.body, "x")']
`,
    `
filter/everything:
  error_mode: ignore
  traces:
    span:
      - 'attributes["container.name"] == "batch"'
      - 'resource.attributes["host.name"] == "localhost"'
      - 'name == "GET /livez"'
    spanevent:
      - 'attributes["grpc"] == true'
      - 'IsMatch(name, ".*grpc.*")'
  metrics:
    metric:
      - 'name == "jvm.classes" and resource.attributes["stage"] == "test"'
      - 'type == METRIC_DATA_TYPE_HISTOGRAM'
      - 'HasAttrOnDatapoint("http.method", "GET")'
      - 'HasAttrKeyOnDatapoint("http.method")'
    datapoint:
      - 'metric.type == METRIC_DATA_TYPE_SUMMARY'
      - 'resource.attributes["service.name"] == "noisy"'
  logs:
    log_record:
      - 'IsMatch(body, ".*secret.*")'
`,
    `
filter/newer:
  error_mode: ignore
  trace_conditions:
    - resource.attributes["host.name"] == "localhost"
    - span.attributes["container.name"] == "batch"
    - spanevent.attributes["grpc"] == true
    - IsMatch(spanevent.name, ".*grpc.*") and span.kind == SPAN_KIND_CLIENT
    - error_mode: silent
      context: span
      conditions:
        - IsRootSpan() and IsMatch(attributes["url.path"], "^/(livez|readyz)")
        - span.status.code != STATUS_CODE_ERROR and Len(span.links) > 10
  metric_conditions:
    - metric.name == "jvm.classes" and resource.attributes["stage"] == "test"
    - metric.type == METRIC_DATA_TYPE_SUM and datapoint.value_double == 1.0
    - error_mode: propagate
      context: datapoint
      conditions: ['count == 0', 'metric.name == "up"']
    - context: metric
      conditions: [name == "up"]
    - context: scope
      conditions: ['scope.name == "noisy"']
`,
    `
filter:
  traces:
    resource: ['attributes["env"] == "dev"']
    span:
  metrics:
    resource: ['attributes["env"] == "dev"']
    include:
    datapoint: []
  spans:
  profiles:
`,
  ])('%s', (yaml) => {
    expect(issues(yaml)).toEqual([])
    expect(warnings(yaml)).toEqual([])
  })
})

describe('what is wrong is said with its place', () => {
  it.each([
    [
      'filter/noisy: {logs: {log_record: ["body == nil", "severity_numbr < 9"]}}',
      'filter/noisy.logs.log_record.1: line 1, column 1: a log has no severity_numbr (did you mean severity_number?)',
    ],
    [
      'filter: {logs: {resource: ["body == nil"]}}',
      'filter.logs.resource.0: line 1, column 1: a resource has no body',
    ],
    [
      'filter: {log_conditions: [{conditions: ["true and"]}]}',
      'filter.log_conditions.0.conditions.0: line 1, column 9: expected a path, a literal, a function or a parenthesis, but the condition ends here',
    ],
    [
      'filter: {log_conditions: [{condition: ["true"]}]}',
      'filter.log_conditions.0.condition: unknown key (did you mean conditions?)',
    ],
    ['filter: {log_conditions: [5]}', 'filter.log_conditions.0: expected a map'],
    [
      'filter: {log_conditions: [{context: span}]}',
      'filter.log_conditions.0.context: expected one of resource, scope, log',
    ],
    [
      'filter: {trace_conditions: [{context: log}]}',
      'filter.trace_conditions.0.context: expected one of resource, scope, span, spanevent',
    ],
    [
      'filter: {metric_conditions: [{context: [metric]}]}',
      'filter.metric_conditions.0.context: expected a text',
    ],
    ['filter: {error_mode: drop}', 'filter.error_mode: expected one of ignore, silent, propagate'],
    ['filter: {dryrun: true}', 'filter.dryrun: unknown key (did you mean dryRun?)'],
    ['filter: {dryRun: "yes"}', 'filter.dryRun: expected true or false'],
    ['filter: {logs: {log_records: []}}', 'filter.logs.log_records: unknown key (did you mean log_record?)'],
    ['filter: {logs: {log_record: "true"}}', 'filter.logs.log_record: expected a list of conditions'],
    ['filter: {logs: {log_record: [true]}}', 'filter.logs.log_record.0: expected a text'],
    ['filter: [1]', 'filter: expected a map'],
    ['filter: {traces: {spans: ["true"]}}', 'filter.traces.spans: unknown key (did you mean span?)'],
    [
      'filter: {metrics: {data_point: ["true"]}}',
      'filter.metrics.data_point: unknown key (did you mean datapoint?)',
    ],
    ['filter: {trace_condition: []}', 'filter.trace_condition: unknown key (did you mean trace_conditions?)'],
    [
      'filter: {traces: {spanevent: ["kind == 2"]}}',
      'filter.traces.spanevent.0: line 1, column 1: a span event has no kind',
    ],
    [
      "filter: {metrics: {metric: ['datapoint.value_int == 1']}}",
      'filter.metrics.metric.0: line 1, column 1: a metric has no datapoint.value_int',
    ],
    [
      'filter: {trace_conditions: [\'span.kind == 2 and name == "x"\']}',
      'filter.trace_conditions.0: line 1, column 20: say whose name it is: span.name or spanevent.name, or give the group a context',
    ],
    [
      'filter: {metric_conditions: [{conditions: [\'metric.name == "a" and value_int == 1\']}]}',
      'filter.metric_conditions.0.conditions.0: line 1, column 24: say whose value_int it is: datapoint.value_int, or give the group a context',
    ],
    [
      'filter: {metric_conditions: [\'datapoint.count == 1 and HasAttrKeyOnDatapoint("x")\']}',
      'filter.metric_conditions.0: line 1, column 26: unknown function HasAttrKeyOnDatapoint',
    ],
    [
      'filter: {trace_conditions: ["span.kind =="]}',
      'filter.trace_conditions.0: line 1, column 13: expected a path, a literal, a function or a parenthesis, but the condition ends here',
    ],
    [
      'filter: {profile_conditions: []}',
      'filter.profile_conditions: Weir takes no profiles; remove the rules for them',
    ],
    ['filter: {profiles: {}}', 'filter.profiles: Weir takes no profiles; remove the rules for them'],
    [
      'filter: {spans: {exclude: {match_type: strict}}}',
      'filter.spans: the old match lists are not supported; write what is to be dropped under traces.span, such as resource.attributes["service.name"] == "app-1"',
    ],
    [
      'filter: {metrics: {include: {match_type: strict}}}',
      'filter.metrics.include: the old match lists are not supported; write what is to be dropped under metrics.metric, such as not IsMatch(name, "^http\\\\.")',
    ],
    [
      'filter: {metrics: {exclude: {match_type: strict}}}',
      'filter.metrics.exclude: the old match lists are not supported; write the same under metrics.metric, such as name == "process.uptime"',
    ],
    [
      'filter: {logs: {exclude: {match_type: strict}}}',
      'filter.logs.exclude: the old match lists are not supported; write the same under logs.log_record, such as resource.attributes["host.name"] == "host-1"',
    ],
    [
      'filter: {logs: {include: {match_type: strict}}}',
      'filter.logs.include: the old match lists are not supported; write what is to be dropped under logs.log_record, such as not IsMatch(body, "^IMPORTANT")',
    ],
    ['filtr/x: {}', `filtr/x: unknown kind of processor (did you mean filter?); known: ${KINDS}`],
    ['transform: {}', `transform: unknown kind of processor; known: ${KINDS}`],
    ['"filter/a b": {}', 'filter/a b: is no name for a processor: write kind or kind/name, without spaces'],
    ['"filter/": {}', 'filter/: is no name for a processor: write kind or kind/name, without spaces'],
  ])('%s', (yaml, expected) => {
    expect(issues(yaml)).toEqual([expected])
  })

  it('all of it at once', () => {
    expect(issues('{filter/a: {logs: {log_record: ["x", "y == 1", "true"]}}, nope: {}}')).toHaveLength(3)
  })

  it('relative to the block where the config loader asks', () => {
    expect(prepareProcessor('filter/a', { logs: { log_record: ['bdy == 1'] } })).toEqual({
      issues: [
        {
          path: ['logs', 'log_record', 0],
          message: 'line 1, column 1: a log has no bdy (did you mean body?)',
        },
      ],
    })
  })

  it('bounds their number', () => {
    const log_record = Array.from({ length: 1001 }, () => 'body == nil')
    expect(prepareProcessor('filter', { logs: { log_record } })).toEqual({
      issues: [{ path: [], message: 'has 1001 conditions; at most 1000 are allowed' }],
    })
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`filter/${i}`, {}]))
    expect(parseProcessors(many)).toEqual({
      issues: [{ path: [], message: '101 processors; at most 100 are allowed' }],
    })
  })
})

describe('warnings', () => {
  it.each([
    ['true', 'is true for every record: it drops all logs'],
    ['1 == 1 or body == "x"', 'is true for every record: it drops all logs'],
    ['severity_number != "ERROR"', 'is true for every record: it drops all logs'],
    ['not (false and body == nil)', 'is true for every record: it drops all logs'],
    ['IsMatch("abc", "b")', 'is true for every record: it drops all logs'],
    ['severity_number == "ERROR"', 'is never true: it drops nothing'],
    ['body == nil and false', 'is never true: it drops nothing'],
    ['severity_number >= 0', 'is true for every record: it drops all logs'],
    ['0 <= log.severity_number', 'is true for every record: it drops all logs'],
    [
      'severity_number < SEVERITY_NUMBER_WARN or severity_number > 12',
      'is true for every record: it drops all logs',
    ],
    ['body == "x" or severity_number <= 24', 'is true for every record: it drops all logs'],
    ['not (time_unix_nano < 0)', 'is true for every record: it drops all logs'],
    ['flags != 7 or flags > 6', 'is true for every record: it drops all logs'],
    ['true or body == "x"', 'is true for every record: it drops all logs'],
    ['IsMatch(severity_text, ".*")', 'is true for every record: it drops all logs'],
    ['IsMatch(log.body, ".*")', 'is true for every record with a body: it drops nearly all logs'],
    [
      'severity_number == 9 or Int("x") == 1',
      "a part of it always fails: line 1, column 25: this always fails: Int can't convert the string",
    ],
    ['severity_number > 24', 'is never true: it drops nothing'],
    ['severity_number > 9 and severity_number < 9 and body == "x"', 'is never true: it drops nothing'],
  ])('%s', (condition, expected) => {
    const yaml = `filter/x: {logs: {log_record: [${JSON.stringify(condition)}]}}`
    expect(warnings(yaml)).toEqual([`filter/x.logs.log_record.0: ${expected}`])
  })

  it.each([
    ['traces: {span: ["true"]}', 'traces.span.0: is true for every record: it drops all spans'],
    ['traces: {resource: ["true"]}', 'traces.resource.0: is true for every record: it drops all spans'],
    [
      'traces: {spanevent: ["true"]}',
      'traces.spanevent.0: is true for every event: it drops all span events',
    ],
    ['metrics: {metric: ["true"]}', 'metrics.metric.0: is true for every record: it drops all data points'],
    ['metrics: {datapoint: ["false"]}', 'metrics.datapoint.0: is never true: it drops nothing'],
  ])('%s', (rules, expected) => {
    expect(warnings(`filter: {${rules}}`)).toEqual([`filter.${expected}`])
  })

  it.each([
    ['severity_number > 0'],
    ['severity_number < 9 or severity_number > 9'],
    ['severity_number >= 0 and body == "x"'],
    // What fails keeps the record.
    ['attributes["n"] / 0 == 1 or severity_number >= 0'],
    ['attributes["severity_number"] >= 0'],
    ['time_unix_nano >= 1'],
    ['IsMatch(log.body, "^.*$")'],
  ])('none for %s', (condition) => {
    expect(warnings(`filter/x: {logs: {log_record: [${JSON.stringify(condition)}]}}`)).toEqual([])
  })

  it.each([
    [
      'logs: {log_record: ["severity_number < 9", "severity_number >= SEVERITY_NUMBER_INFO"]}',
      'one of its conditions is true for every record: it drops all logs',
    ],
    [
      'traces: {span: ["kind == SPAN_KIND_SERVER", "body == nil", "kind != SPAN_KIND_SERVER"]}'.replace(
        '"body == nil"',
        '"name == nil"',
      ),
      'one of its conditions is true for every record: it drops all spans',
    ],
    [
      'metrics: {metric: ["type == METRIC_DATA_TYPE_GAUGE", "type != METRIC_DATA_TYPE_GAUGE"]}',
      'one of its conditions is true for every record: it drops all data points',
    ],
  ])('together: %s', (rules, expected) => {
    expect(warnings(`filter: {${rules}}`)).toContain(`filter: ${expected}`)
  })

  it('a filter without conditions', () => {
    expect(warnings('filter:')).toEqual(['filter: has no conditions: it drops nothing'])
  })
})

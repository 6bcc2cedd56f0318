import type { Issue } from '../processor.ts'

/** Blocks of the collector's filter that Weir knows but does not run. Named, since ignoring one would keep what it should drop. */
const BY_SIGNAL: Readonly<Record<string, string>> = {
  metric_conditions: 'metrics',
  metrics: 'metrics',
  profile_conditions: 'profiles',
  profiles: 'profiles',
  spans: 'spans',
  trace_conditions: 'spans',
  traces: 'spans',
}

/** What is wrong with the block only because Weir can't run it, each with what to do instead. */
export function unsupportedIssues(value: unknown): Issue[] {
  if (!isMap(value)) return []
  const issues: Issue[] = []
  for (const key of Object.keys(value)) {
    const signal = Object.hasOwn(BY_SIGNAL, key) ? BY_SIGNAL[key] : undefined
    if (signal !== undefined && value[key] !== null)
      issues.push({
        path: [key],
        message: `this version of Weir takes logs only; remove the rules for ${signal}`,
      })
  }
  const { logs } = value
  if (!isMap(logs)) return issues
  for (const key of ['include', 'exclude'])
    if (Object.hasOwn(logs, key) && logs[key] !== null)
      issues.push({ path: ['logs', key], message: REPLACEMENT[key]! })
  return issues
}

const REPLACEMENT: Readonly<Record<string, string>> = {
  include:
    'the old match lists are not supported; write what is to be dropped under logs.log_record, such as not IsMatch(body, "^IMPORTANT")',
  exclude:
    'the old match lists are not supported; write the same under logs.log_record, such as resource.attributes["host.name"] == "host-1"',
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

import type { Issue } from '../processor.ts'
import { SIGNAL_BLOCKS } from './signals.ts'

/** Blocks of the collector's filter that Weir knows but does not run. Named, since ignoring one would keep what it should drop. */
const CURES: Readonly<Record<string, string>> = {
  profile_conditions: 'Weir takes no profiles; remove the rules for them',
  profiles: 'Weir takes no profiles; remove the rules for them',
  spans:
    'the old match lists are not supported; write what is to be dropped under traces.span, such as resource.attributes["service.name"] == "app-1"',
}

/** What to write in place of the old match lists. */
const REPLACEMENTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  logs: {
    include: 'write what is to be dropped under logs.log_record, such as not IsMatch(body, "^IMPORTANT")',
    exclude: 'write the same under logs.log_record, such as resource.attributes["host.name"] == "host-1"',
  },
  metrics: {
    include: 'write what is to be dropped under metrics.metric, such as not IsMatch(name, "^http\\\\.")',
    exclude: 'write the same under metrics.metric, such as name == "process.uptime"',
  },
}

/** What is wrong with the block only because Weir can't run it, each with what to do instead. */
export function unsupportedIssues(value: unknown): Issue[] {
  if (!isMap(value)) return []
  const issues: Issue[] = []
  for (const [key, message] of Object.entries(CURES))
    if (isThere(value, key)) issues.push({ path: [key], message })
  for (const { signal } of SIGNAL_BLOCKS) {
    const block = value[signal]
    if (!isMap(block)) continue
    for (const [key, cure] of Object.entries(REPLACEMENTS[signal] ?? {}))
      if (isThere(block, key))
        issues.push({ path: [signal, key], message: `the old match lists are not supported; ${cure}` })
  }
  return issues
}

function isThere(map: Readonly<Record<string, unknown>>, key: string): boolean {
  return Object.hasOwn(map, key) && map[key] !== null
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

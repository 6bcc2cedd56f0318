import { RANGE_MS, RATE_MS, STEP_MS } from './clock.ts'
import type { Dashboard, Variable } from './dashboards.ts'
import type { DataSource } from './provisioned.ts'

/** Values of variables that somebody chose: of one with several values a list, or All. */
export type Choice = Readonly<Record<string, ReadonlyArray<string> | 'All' | string>>

/** Characters that mean something in a pattern, escaped for a pattern inside a quoted string. */
const escaped = (value: string): string => value.replace(/[\\^$*+?.()|[\]{}']/g, '\\\\$&')

/** What a variable stands for in a query of that type of data source. */
function chosenText({ name, multi, allValue }: Variable, choice: Choice, type: string): string {
  const chosen = choice[name]
  if (chosen === undefined) throw new Error(`no value is chosen for the variable ${name}`)
  if (chosen === 'All') return allValue ?? '.*'
  if (typeof chosen === 'string') return multi === true ? escaped(chosen) : chosen.replaceAll("'", "\\'")
  const alternatives = chosen.map(escaped).join('|')
  return type === 'prometheus' && chosen.length > 1 ? `(${alternatives})` : alternatives
}

const builtIn: Readonly<Record<string, string>> = {
  __rate_interval: `${RATE_MS / 1000}s`,
  __interval: `${STEP_MS / 1000}s`,
  __range: `${RANGE_MS / 1000}s`,
}

const REFERENCE = /\$(?:\{(\w+)(?::(\w+))?\}|(\w+))/g

/** A query as Grafana sends it. `$__auto` of a query at one moment is the range. Throws for a variable that nobody knows. */
export function interpolate(
  text: string,
  {
    dashboard,
    choice,
    type,
    instant,
  }: { dashboard: Dashboard; choice: Choice; type: string; instant: boolean },
): string {
  return text.replace(REFERENCE, (_whole, braced?: string, _format?: string, plain?: string) => {
    const name = braced ?? plain!
    if (name === '__auto') return builtIn[instant ? '__range' : '__interval']!
    if (builtIn[name] !== undefined) return builtIn[name]
    const variable = dashboard.templating.list.find((one) => one.name === name)
    if (variable === undefined) throw new Error(`${dashboard.name} has no variable ${name}: ${text}`)
    return chosenText(variable, choice, type)
  })
}

/**
 * The data sources that the dashboard's variables of that type stand for, when the tenant is chosen. A variable takes the
 * first that fits; one follows another by its text. Throws where none fits.
 */
export function chosenSources(
  { templating }: Dashboard,
  sources: ReadonlyArray<DataSource>,
  tenant: string,
): Map<string, DataSource> {
  const chosen = new Map<string, DataSource>()
  for (const { type, name, query, regex = '' } of templating.list) {
    if (type !== 'datasource') continue
    const pattern = regex.replace(/\$\{(\w+):text\}/g, (_, other: string) => chosen.get(other)!.name)
    const fits = sources.filter(
      (one) => one.type === query && new RegExp(pattern.replace(/^\/|\/$/g, '')).test(one.name),
    )
    const picked = name === 'tenant' ? fits.find((one) => one.name === `Weir ${tenant}`) : fits[0]
    if (picked === undefined) throw new Error(`no data source is ${name} of the tenant ${tenant}`)
    chosen.set(name, picked)
  }
  return chosen
}

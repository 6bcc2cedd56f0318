import { z } from 'zod'
import type { Signal } from '../../otlp/batch.ts'
import { block, listOf, text } from '../config-issues.ts'

/** The collector's `include` and `exclude`, written as OTTL conditions: what matches is decided in one place. */

const ITEMS_MAX = 1000
const TEXT_LENGTH_MAX = 4096

const texts = listOf(text(TEXT_LENGTH_MAX, 'checkout'), ITEMS_MAX, 'texts').optional()
const scalar = z.union([z.string(), z.number(), z.boolean()], {
  error: 'expected a text, a number, true or false',
})
const pairs = listOf(
  block({ key: text(TEXT_LENGTH_MAX, 'http.route'), value: scalar.optional() }),
  ITEMS_MAX,
  'maps with key and value',
).optional()
export const matchSchema = block({
  match_type: z.enum(['strict', 'regexp'], { error: 'expected strict or regexp' }),
  /** How the collector caches. It changes no result. */
  regexp: z.unknown().optional(),
  services: texts,
  resources: pairs,
  libraries: listOf(
    block({ name: text(TEXT_LENGTH_MAX, 'io.example'), version: z.string().optional() }),
    ITEMS_MAX,
    'maps with name and version',
  ).optional(),
  attributes: pairs,
  span_names: texts,
  span_kinds: texts,
  log_bodies: texts,
  log_severity_texts: texts,
  log_severity_number: block({
    min: z.int({ error: 'expected a severity number' }).optional(),
    match_undefined: z.boolean({ error: 'expected true or false' }).optional(),
  }).optional(),
  metric_names: texts,
})
export type Match = z.infer<typeof matchSchema>

type Property = Exclude<keyof Match, 'match_type' | 'regexp'>
/** The property's own signal; those that are not here are of all. */
const SIGNAL_OF: Partial<Record<Property, Signal>> = {
  span_names: 'traces',
  span_kinds: 'traces',
  log_bodies: 'logs',
  log_severity_texts: 'logs',
  log_severity_number: 'logs',
  metric_names: 'metrics',
}
const PROPERTIES = Object.keys(matchSchema.shape).filter(
  (key) => key !== 'match_type' && key !== 'regexp',
) as Property[]

export const PROPERTY_NAMES: ReadonlyArray<string> = PROPERTIES

/**
 * One condition that says whether a record of the signal matches: all properties must, of each one item is enough, of
 * `attributes` all. Undefined: none of this signal can, since a property is of another.
 */
export function matchCondition(match: Match, signal: Signal): string | undefined {
  const used = PROPERTIES.filter((property) => match[property] !== undefined)
  if (used.some((property) => (SIGNAL_OF[property] ?? signal) !== signal)) return undefined
  return used.map((property) => `(${propertyCondition(match, property)})`).join(' and ')
}

function propertyCondition(match: Match, property: Property): string {
  const isPattern = match.match_type === 'regexp'
  const anyOf = (path: string, items: ReadonlyArray<string> = []): string =>
    items.map((item) => comparison(path, item, isPattern)).join(' or ')
  switch (property) {
    case 'services':
      return anyOf('resource.attributes["service.name"]', match.services)
    case 'resources':
      return pairConditions('resource.attributes', match.resources, isPattern).join(' or ')
    case 'libraries':
      return (match.libraries ?? []).map((library) => libraryCondition(library, isPattern)).join(' or ')
    case 'attributes':
      return pairConditions('attributes', match.attributes, isPattern).join(' and ')
    case 'span_names':
      return anyOf('name', match.span_names)
    case 'span_kinds':
      return anyOf('kind.deprecated_string', match.span_kinds)
    case 'log_bodies':
      return `IsString(body) and (${anyOf('body', match.log_bodies)})`
    case 'log_severity_texts':
      return anyOf('severity_text', match.log_severity_texts)
    case 'log_severity_number':
      return severityCondition(match.log_severity_number ?? {})
    case 'metric_names':
      return anyOf('metric.name', match.metric_names)
  }
}

function comparison(path: string, item: string | number | boolean, isPattern: boolean): string {
  // JSON's escapes are a part of those of OTTL's strings.
  return isPattern
    ? `IsMatch(${path}, ${JSON.stringify(String(item))})`
    : `${path} == ${JSON.stringify(item)}`
}

function pairConditions(path: string, pairs: Match['attributes'] = [], isPattern: boolean): string[] {
  return pairs.map(({ key, value }) => {
    const own = `${path}[${JSON.stringify(key)}]`
    return value === undefined ? `${own} != nil` : comparison(own, value, isPattern)
  })
}

function libraryCondition(
  { name, version }: { readonly name: string; readonly version?: string | undefined },
  isPattern: boolean,
): string {
  const named = comparison('scope.name', name, isPattern)
  return version === undefined ? named : `(${named} and ${comparison('scope.version', version, isPattern)})`
}

function severityCondition({
  match_undefined: matchUndefined = false,
  min = 0,
}: NonNullable<Match['log_severity_number']>): string {
  const defined = `(severity_number > 0 and severity_number >= ${min})`
  return matchUndefined ? `severity_number == 0 or ${defined}` : defined
}

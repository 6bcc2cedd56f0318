import { RE2JS } from 're2js'
import { z } from 'zod'
import { block, text } from '../config-issues.ts'
import { compileMatcher, PATTERN_LENGTH_MAX } from '../ottl/matcher.ts'
import type { Issue } from '../processor.ts'
import { CONVERTED_TYPES, type ConvertedType } from './convert.ts'

export type Scalar = string | number | boolean

/** One action, as the collector's `attraction` has it; of each kind only the fields that it needs. */
export type Action =
  | {
      readonly action: 'insert' | 'update' | 'upsert'
      readonly key: string
      readonly value: Scalar | undefined
      readonly from: string | undefined
    }
  | {
      readonly action: 'delete' | 'hash'
      readonly key: string | undefined
      readonly pattern: string | undefined
    }
  | { readonly action: 'extract'; readonly key: string; readonly pattern: string }
  | { readonly action: 'convert'; readonly key: string; readonly to: ConvertedType }

export const ACTIONS_MAX = 1000
const KEY_LENGTH_MAX = 1024
const ACTIONS = ['insert', 'update', 'upsert', 'delete', 'hash', 'extract', 'convert'] as const
const VALUE_LENGTH_MAX = 65_536

const name = text(KEY_LENGTH_MAX, 'http.route').optional()
const scalarError = `expected a text of at most ${VALUE_LENGTH_MAX} characters, a number, true or false`
const scalar = z
  .union([z.string().max(VALUE_LENGTH_MAX), z.number(), z.boolean()], { error: scalarError })
  .optional()

export const actionSchema = block({
  key: name,
  action: z
    .string({ error: `expected one of ${ACTIONS.join(', ')}` })
    .toLowerCase()
    .pipe(z.enum(ACTIONS, { error: `expected one of ${ACTIONS.join(', ')}` })),
  value: scalar,
  from_attribute: name,
  default_value: scalar,
  pattern: text(PATTERN_LENGTH_MAX, '^http\\.').optional(),
  converted_type: z
    .enum(CONVERTED_TYPES, { error: `expected one of ${CONVERTED_TYPES.join(', ')}` })
    .optional(),
  from_context: z.unknown().optional(),
})
type Raw = z.infer<typeof actionSchema>

const PUTS: ReadonlyArray<Raw['action']> = ['insert', 'update', 'upsert']
/** Which fields an action may have besides key and action. */
const FIELDS: Readonly<Record<Raw['action'], ReadonlyArray<keyof Raw>>> = {
  insert: ['value', 'from_attribute', 'default_value'],
  update: ['value', 'from_attribute', 'default_value'],
  upsert: ['value', 'from_attribute', 'default_value'],
  delete: ['pattern'],
  hash: ['pattern'],
  extract: ['pattern'],
  convert: ['converted_type'],
}

/** Checks what the schema can't say; puts what is wrong into `issues`. */
export function readAction(raw: Raw, path: Issue['path'], issues: Issue[]): Action | undefined {
  const found = problems(raw)
  issues.push(...found.map(({ key, message }) => ({ path: key === '' ? path : [...path, key], message })))
  return found.length > 0 ? undefined : actionOf(raw)
}

type Problem = { readonly key: string; readonly message: string }

function problems(raw: Raw): Problem[] {
  const { action, key, pattern } = raw
  const allowed = ['key', 'action', ...FIELDS[action]]
  if (raw.from_context !== undefined)
    return [{ key: 'from_context', message: 'is not supported: rules see what was sent, not its sender' }]
  const found: Problem[] = Object.keys(raw)
    .filter((field) => !allowed.includes(field) && raw[field as keyof Raw] !== undefined)
    .map((field) => ({ key: field, message: `${action} has none; it has ${FIELDS[action].join(', ')}` }))
  if (key === undefined && !(action === 'delete' || action === 'hash'))
    found.push({ key: '', message: `${action} needs a key` })
  else if (key === undefined && pattern === undefined)
    found.push({ key: '', message: `${action} needs a key or a pattern` })
  if (PUTS.includes(action)) found.push(...sourceProblems(raw))
  if (action === 'extract' && pattern === undefined)
    found.push({ key: '', message: 'extract needs a pattern with named groups, such as ^/(?P<area>[^/]+)' })
  if (action === 'convert' && raw.converted_type === undefined)
    found.push({ key: '', message: `convert needs a converted_type: ${CONVERTED_TYPES.join(', ')}` })
  if (pattern !== undefined) found.push(...patternProblems(pattern, action))
  return found
}

function sourceProblems({ action, default_value, from_attribute, value }: Raw): Problem[] {
  const found: Problem[] = []
  if (value === undefined && from_attribute === undefined && default_value === undefined)
    found.push({ key: '', message: `${action} needs a value or from_attribute` })
  if (value !== undefined && from_attribute !== undefined)
    found.push({ key: 'from_attribute', message: 'stands beside value: write one of them' })
  for (const [key, scalar] of Object.entries({ value, default_value }))
    if (typeof scalar === 'number' && Number.isInteger(scalar) && !Number.isSafeInteger(scalar))
      found.push({ key, message: 'is an integer beyond 2^53, of which YAML keeps no exact digits' })
  return found
}

function patternProblems(pattern: string, action: string): Problem[] {
  const bad = (message: string): Problem[] => [{ key: 'pattern', message }]
  try {
    compileMatcher(pattern)
  } catch (error) {
    return bad(error instanceof Error ? error.message : String(error))
  }
  if (action !== 'extract') return []
  const regex = RE2JS.compile(pattern)
  const names = Object.keys(regex.namedGroups())
  if (names.length === 0) return bad('has no named groups: write (?P<name>…)')
  return names.length < regex.groupCount()
    ? bad('has a group without a name: write (?P<name>…) or (?:…)')
    : []
}

function actionOf(raw: Raw): Action {
  const { action, key = '', pattern = '' } = raw
  if (action === 'extract') return { action, key, pattern }
  if (action === 'convert') return { action, key, to: raw.converted_type! }
  if (action === 'delete' || action === 'hash') return { action, key: raw.key, pattern: raw.pattern }
  return { action, key, value: raw.value ?? raw.default_value, from: raw.from_attribute }
}

/** `upsert http.route`, for the counts. */
export function actionText(action: Action): string {
  const pattern = 'pattern' in action && action.pattern !== undefined ? ` ${action.pattern}` : ''
  return `${action.action}${action.key === undefined ? '' : ` ${action.key}`}${pattern}`
}

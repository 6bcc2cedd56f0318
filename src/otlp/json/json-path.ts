import { MalformedError } from '../malformed.ts'

/** Of a request's JSON: which value is wrong. Built only when something is. */
export type JsonPath = { readonly parent: JsonPath | undefined; readonly step: string | number }

const SHOWN_MAX = 60

/** The error for a value that does not fit its field. `expected` completes "… where … is expected". */
export function misfit(path: JsonPath | undefined, value: unknown, expected: string): MalformedJsonError {
  return new MalformedJsonError(`${pathText(path)}: ${shown(value)} where ${expected} is expected`)
}

/** JSON that is no OTLP request. Nothing of it is taken. */
export class MalformedJsonError extends MalformedError {
  constructor(message: string) {
    super(message, undefined)
    this.name = 'MalformedJsonError'
  }
}

export function pathText(path: JsonPath | undefined): string {
  const steps: string[] = []
  for (let at = path; at !== undefined; at = at.parent)
    steps.unshift(typeof at.step === 'number' ? `[${at.step}]` : `.${at.step}`)
  return steps.join('').replace(/^\./, '') || 'the request'
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = JSON.stringify(value)
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text
}

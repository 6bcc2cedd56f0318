import type { ConfigIssue, ConfigPath } from './path.ts'

/** What a substitution may look at. */
export type Surroundings = {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Reads a file of `${file:…}` as UTF-8; relative paths start at the config's folder. Throws as node:fs does. */
  readonly readFile: (path: string) => string
}

export type Substituted = { readonly value: unknown; readonly issues: ReadonlyArray<ConfigIssue> }

/** `${env:NAME}`, `${env:NAME:-default}`, `${file:/path}`; `$${` is a `${` that stays. */
const SUBSTITUTION = /\$\$\{|\$\{(env|file):([^}]*)\}|\$\{([A-Z_][A-Z0-9_]*)\}/g
const ENV = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s

/**
 * Replaces substitutions in the text leaves of a parsed document, never in keys or structure: what comes from
 * outside can't add a key. What was put in is not looked at again. No message holds a substituted value.
 */
export function substitute(document: unknown, surroundings: Surroundings): Substituted {
  const issues: ConfigIssue[] = []
  const visit = (value: unknown, path: ConfigPath): unknown => {
    if (typeof value === 'string')
      return value.includes('${')
        ? replaceIn(value, surroundings, (message) => issues.push({ path, message }))
        : value
    if (Array.isArray(value)) return value.map((item, index) => visit(item, [...path, index]))
    if (typeof value !== 'object' || value === null) return value
    const map: Record<string, unknown> = Object.create(null)
    for (const [key, item] of Object.entries(value)) map[key] = visit(item, [...path, key])
    return map
  }
  return { value: visit(document, []), issues }
}

/** Whether a value, as written, or anything in it takes something from outside. */
export function hasSubstitution(written: unknown): boolean {
  if (typeof written === 'string') return /\$\{(?:env|file):/.test(written)
  return typeof written === 'object' && written !== null && Object.values(written).some(hasSubstitution)
}

function replaceIn(
  text: string,
  { env, readFile }: Surroundings,
  complain: (message: string) => void,
): string {
  return text.replace(SUBSTITUTION, (whole: string, source?: string, argument?: string, bare?: string) => {
    if (whole === '$${') return '${'
    if (bare !== undefined) {
      complain(`unknown substitution \${${bare}}: write \${env:${bare}}, or $\${${bare}} for the text itself`)
      return ''
    }
    return source === 'env'
      ? fromEnv(argument ?? '', env, complain)
      : fromFile(argument ?? '', readFile, complain)
  })
}

function fromEnv(argument: string, env: Surroundings['env'], complain: (message: string) => void): string {
  const match = ENV.exec(argument)
  if (match === null) {
    complain('an environment variable is written as ${' + 'env:NAME} or ${' + 'env:NAME:-default}')
    return ''
  }
  const [, name, fallback] = match
  const value = env[name!]
  if (fallback !== undefined) return value === undefined || value === '' ? fallback : value
  if (value === undefined)
    complain(`the environment variable ${name} is not set; set it, or write \${env:${name}:-default}`)
  return value ?? ''
}

function fromFile(
  path: string,
  readFile: Surroundings['readFile'],
  complain: (message: string) => void,
): string {
  try {
    return readFile(path).replace(/\r?\n$/, '')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    complain(`the file ${JSON.stringify(path)} can not be read (${code ?? message})`)
    return ''
  }
}

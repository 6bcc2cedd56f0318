/** Where a value stands in the config: keys and list positions from the root. */
export type ConfigPath = ReadonlyArray<string | number>

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_-]*$/
const KEY_LENGTH_SHOWN = 80

/** As people write it: `credentials[0].token`, `processors["filter/noisy"]`; quoted keys can't disturb a terminal. */
export function formatPath(path: ConfigPath): string {
  let text = ''
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`
    else if (PLAIN_KEY.test(key)) text += text === '' ? key : `.${key}`
    else
      text += `[${JSON.stringify(key.length > KEY_LENGTH_SHOWN ? `${key.slice(0, KEY_LENGTH_SHOWN)}…` : key)}]`
  }
  return text
}

/** One thing wrong with a config. `line` and `column` count from 1; absent where no file is behind it. */
export type ConfigIssue = {
  readonly path: ConfigPath
  readonly message: string
  readonly line?: number
  readonly column?: number
}

/** The value at `path`, or undefined. */
export function valueAt(root: unknown, path: ConfigPath): unknown {
  let value = root
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string | number, unknown>)[key]
  }
  return value
}

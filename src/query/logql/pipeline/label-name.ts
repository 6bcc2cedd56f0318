const PLAIN = /^[A-Za-z_][A-Za-z0-9_]*$/

/** A key of a document as a label's name: other characters become `_`, and a digit at the start gets one before it. */
export function sanitizeKey(key: string, first = true): string {
  if (PLAIN.test(key)) return key
  const trimmed = key.trim()
  const prefixed = first && /^[0-9]/.test(trimmed) ? `_${trimmed}` : trimmed
  return prefixed.replace(/[^A-Za-z0-9_]/gu, '_')
}

/** Sanitised keys, since the same keys come line after line. Bounded: what does not fit is computed again. */
export class KeyNames {
  readonly #names = new Map<string, string>()

  get(key: string): string {
    let name = this.#names.get(key)
    if (name === undefined) {
      name = sanitizeKey(key)
      if (this.#names.size < 1000) this.#names.set(key, name)
    }
    return name
  }
}

import { inspect } from 'node:util'

export const MASK = '<secret>'

/**
 * Text that must never be printed. Every way of turning it into text by accident (template, JSON, inspect, pino)
 * gives the mask; only `reveal` gives the text.
 */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The text itself: for the one call that needs it, never for a message. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return MASK
  }

  toJSON(): string {
    return MASK
  }

  [inspect.custom](): string {
    return MASK
  }
}

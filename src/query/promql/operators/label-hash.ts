import { createHash } from 'node:crypto'

/** A place in [0, 1) for a text: the same in every process, and even over many texts. */
export function placeOf(text: string): number {
  return createHash('sha1').update(text).digest().readUIntBE(0, 6) / 2 ** 48
}

import { parseBytes, parseDuration, parseFloat64 } from '../units.ts'

/** The number that a label's value says, or what is wrong with it, in the words of `__error_details__`. */
export type Converted = number | { readonly problem: string }

export function toNumber(text: string): Converted {
  return (
    parseFloat64(text) ?? { problem: `strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax` }
  )
}

/** Nanoseconds. Of the units of queries, values have those up to hours. */
export function toDuration(text: string): Converted {
  const ns = /[dwy]/.test(text) ? undefined : parseDuration(text)
  return ns ?? { problem: `time: invalid duration ${JSON.stringify(text)}` }
}

export function toSeconds(text: string): Converted {
  const ns = toDuration(text)
  return typeof ns === 'number' ? ns / 1e9 : ns
}

export function toBytes(text: string): Converted {
  const bytes = parseBytes(text)
  if (bytes !== undefined) return bytes
  const unit = /^\s*[\d.,]+\s*(\D.*?)\s*$/.exec(text)?.[1]
  return {
    problem:
      unit === undefined
        ? `strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`
        : `unhandled size name: ${unit}`,
  }
}

import type { Finding } from './finding.ts'

/** `I0102 15:04:05.`: the letter, month and day, the time. `d` stands for a digit. */
const FORM = Buffer.from('Ldddd dd:dd:dd.')
const DIGIT = 0x64
/** Info, warning, error, fatal. */
const SEVERITIES: ReadonlyMap<number, number> = new Map([
  [0x49, 9],
  [0x57, 13],
  [0x45, 17],
  [0x46, 21],
])

/** Reads the header that Kubernetes' own programs write. False if there is none. */
export function findInKlog(bytes: Uint8Array, start: number, end: number, finding: Finding): boolean {
  if (end - start < FORM.length) return false
  for (let i = 1; i < FORM.length; i++) {
    const byte = bytes[start + i]!
    if (FORM[i] === DIGIT ? byte < 0x30 || byte > 0x39 : byte !== FORM[i]) return false
  }
  const severity = SEVERITIES.get(bytes[start]!)
  if (severity === undefined) return false
  finding.setSeverity(severity, start, start + 1)
  return true
}

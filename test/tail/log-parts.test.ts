import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stampText } from '../../src/tail/kubernetes/contract.ts'
import { readStamp, type StampCursor } from '../../src/tail/kubernetes/log/cri-stamp.ts'
import { LineFramer } from '../../src/tail/kubernetes/log/line-framer.ts'
import { hashLine } from '../../src/tail/kubernetes/log/line-hash.ts'
import { ResumeWindow } from '../../src/tail/kubernetes/log/resume-window.ts'
import { rfc3339 } from './support/cri-log.ts'

function parsed(text: string): { ns: string; rest: string } | undefined {
  const bytes = Buffer.from(`..${text}`)
  const out: StampCursor = { seconds: 0, nanos: 0, end: 0 }
  if (!readStamp(bytes, 2, bytes.length, out)) return undefined
  return { ns: stampText(out), rest: bytes.toString('utf8', out.end) }
}

describe('CRI stamps', () => {
  it('of any time and zone are read as Date and BigInt read them', () => {
    const zone = fc
      .tuple(fc.constantFrom('+', '-'), fc.integer({ min: 0, max: 14 }), fc.constantFrom(0, 30, 45))
      .map(
        ([sign, hours, minutes]) =>
          `${sign}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`,
      )
    fc.assert(
      fc.property(
        fc.bigInt({ min: 86_400_000_000_000n, max: 4_294_000_000_000_000_000n }),
        fc.oneof(fc.constant('Z'), zone),
        fc.string(),
        (ns, inZone, rest) => {
          expect(parsed(`${rfc3339(ns, inZone)} ${rest}`)).toEqual({ ns: String(ns), rest })
        },
      ),
    )
  })

  it.each([
    ['2026-03-01T10:00:00Z x', '1772359200000000000'],
    ['2026-03-01T10:00:00.5Z x', '1772359200500000000'],
    ['2024-02-29T23:59:59.999999999Z x', '1709251199999999999'],
    ['2000-02-29T00:00:00.000000001+00:00 x', '951782400000000001'],
  ])('%s', (text, ns) => {
    expect(parsed(text)).toEqual({ ns, rest: 'x' })
  })

  it.each([
    '',
    'failed to create fsnotify watcher: too many open files',
    'unable to retrieve container logs for containerd://0123456789abcdef',
    '2026-03-01',
    '2026-03-01 10:00:00.000000000Z x',
    '2026-13-01T10:00:00Z x',
    '2026-03-0aT10:00:00Z x',
    '2026-03-01T25:00:00Z x',
    '2026-03-01T10:00:00 x and more text',
    '2026-03-01T10:00:00.Z x',
    '2026-03-01T10:00:00.000000000Zx',
    '1969-12-31T23:59:59Z x',
  ])('%j has none', (text) => {
    expect(parsed(text)).toBeUndefined()
  })

  it('a line without text has a stamp all the same', () => {
    expect(parsed('2026-03-01T10:00:00Z')).toEqual({ ns: '1772359200000000000', rest: '' })
    expect(parsed('2026-03-01T10:00:00Z ')).toEqual({ ns: '1772359200000000000', rest: '' })
  })
})

describe('lines', () => {
  it('are the same however the stream was cut, and long ones keep their head and their length', () => {
    const KEPT = 20
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ maxLength: 60 }).map((text) => text.replaceAll('\n', ' ')),
          { maxLength: 20 },
        ),
        fc.string({ maxLength: 40 }).map((text) => text.replaceAll('\n', ' ')),
        fc.array(fc.nat(400)),
        (lines, rest, cuts) => {
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join('') + rest)
          const found: object[] = []
          const framer = new LineFramer(KEPT, (chunk, start, end, length) => {
            found.push({ head: chunk.toString('latin1', start, end), length })
          })
          const edges = [
            ...new Set([0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length]),
          ].sort((a, b) => a - b)
          for (let i = 1; i < edges.length; i++) framer.push(bytes.subarray(edges[i - 1], edges[i]))
          const expected = lines.map((line) => {
            const whole = Buffer.from(line)
            return { head: whole.toString('latin1', 0, KEPT), length: whole.length }
          })
          expect(found).toEqual(expected)
          const unfinished = framer.unfinished()
          expect(unfinished?.length ?? 0).toBe(Buffer.byteLength(rest))
          expect(unfinished?.bytes.toString('latin1') ?? '').toBe(
            Buffer.from(rest).toString('latin1', 0, KEPT),
          )
        },
      ),
    )
  })

  it('hashes differ by text and by length', () => {
    const hash = (text: string, length = text.length): string => {
      const out = { low: 0, high: 0 }
      hashLine(Buffer.from(text), 0, text.length, length, out)
      return `${out.low} ${out.high}`
    }
    const texts = Array.from({ length: 20_000 }, (_, i) => `line ${i}`)
    expect(new Set(texts.map((text) => hash(text))).size).toBe(texts.length)
    expect(hash('same', 4)).not.toBe(hash('same', 5))
    expect(hash('')).not.toBe(hash('\0'))
  })
})

describe('the window', () => {
  /** Few stamps and hashes, so that equal lines are frequent; low words collide on purpose. */
  const line = fc.record({ nanos: fc.nat(3), low: fc.nat(1), high: fc.nat(2) })
  type Line = { readonly nanos: number; readonly low: number; readonly high: number }
  const key = ({ nanos, low, high }: Line): string => `${nanos} ${low} ${high}`

  it('takes every line out as often as it was put in: a multiset', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 200 }), fc.array(line, { maxLength: 200 }), (put, met) => {
        const window = new ResumeWindow(1024)
        const counts = new Map<string, number>()
        for (const entry of put) {
          window.add(100, entry.nanos, entry, 5)
          counts.set(key(entry), (counts.get(key(entry)) ?? 0) + 1)
        }
        const replay = window.replay()
        const newest = put.at(-1)
        for (const entry of met) {
          const left = counts.get(key(entry)) ?? 0
          const isNewest = newest !== undefined && key(entry) === key(newest) && left === 1
          const expected = left === 0 ? 'other' : isNewest ? 'newest' : 'known'
          expect(replay.meet(100, entry.nanos, entry)).toBe(expected)
          if (left > 0) counts.set(key(entry), left - 1)
        }
      }),
    )
  })

  it('keeps what a replay can reach back to, and remembers the stamp of what it had no room for', () => {
    const window = new ResumeWindow(64)
    for (let i = 0; i < 200; i++) window.add(1000, i, { low: i, high: 0 }, 5)
    expect(window.size).toBe(64)
    const replay = window.replay()
    expect(replay.meet(1000, 100, { low: 100, high: 0 })).toBe('forgotten')
    expect(replay.meet(1000, 135, { low: 1, high: 0 })).toBe('forgotten')
    expect(replay.meet(1000, 136, { low: 136, high: 0 })).toBe('known')
    expect(replay.meet(1000, 199, { low: 199, high: 0 })).toBe('newest')
    expect(replay.meet(1000, 200, { low: 200, high: 0 })).toBe('other')
    window.add(1006, 0, { low: 1, high: 1 }, 5)
    expect(window.size).toBe(1)
  })
})

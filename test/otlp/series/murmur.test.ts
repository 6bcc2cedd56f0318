import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashField, hashWords } from '../../../src/otlp/series/murmur.ts'
import { startTestEngine, type TestEngine } from '../../support/engine.ts'
import { flattenPoints } from '../flatten-points.ts'
import type { FlatPoint } from '../materialise.ts'
import { metricsRequest } from '../random-messages.ts'
import { SCAN_OUTCOMES } from '../scan-outcomes.ts'
import { fieldBytes, hash64, murmur3, seriesFields, seriesSums } from './reference.ts'

const out = new Uint32Array(2)
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
const lanes = (): bigint => (BigInt(out[1]!) << 32n) | BigInt(out[0]!)

/** Name and value each in the midst of other bytes. */
function hashed(name: string, letter: string, value: Uint8Array): bigint {
  const names = Buffer.from(`..${name}....`)
  const values = Buffer.concat([Buffer.from('.'), value, Buffer.from('....')])
  const code = letter.charCodeAt(0)
  hashField(out, viewOf(names), 2, names.length - 4, code, viewOf(values), 1, values.length - 4)
  return lanes()
}

describe('the hash of a field', () => {
  test('is that of its byte string in both lanes, wherever its parts stand', () => {
    const name = fc.string({ unit: 'grapheme', maxLength: 9 })
    const letter = fc.constantFrom('s', 'B', '-', 'T')
    fc.assert(
      fc.property(name, letter, fc.uint8Array({ maxLength: 20 }), (key, kind, value) => {
        expect(hashed(key, kind, value)).toBe(hash64(fieldBytes(key, kind, value)))
      }),
      { numRuns: 2000 },
    )
  })

  test('of words is that of their bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 10 }), fc.nat({ max: 10 }), (bytes, count) => {
        const words = new Uint32Array(10)
        Buffer.from(words.buffer).set(bytes)
        hashWords(out, words, count)
        expect(lanes()).toBe(hash64(Buffer.from(words.buffer, 0, 4 * count)))
      }),
    )
  })

  // Known values of MurmurHash3_x86_32 under the seed of the second lane, and under others.
  test.each([
    ['aaaa', 0x9747b28c, 0x5a97808a],
    ['abc', 0x9747b28c, 0xc84a62dd],
    ['Hello, world!', 0x9747b28c, 0x24884cba],
    ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
    ['', 1, 0x514e28b7],
    ['', 0xffffffff, 0x81f16f39],
    ['abc', 0, 0xb3dd93fa],
  ])('%j under seed %i, by the plain implementation of the tests', (text, seed, expected) => {
    expect(murmur3(Buffer.from(text), seed)).toBe(BigInt(expected))
  })
})

/**
 * Guarantees: the first lane of every hash that goes into a fingerprint is ClickHouse's `murmurHash3_32` of the documented byte
 * string, so that a fingerprint can be told from stored columns but for its second lane.
 */
describe('the first lane and ClickHouse', () => {
  let engine: TestEngine
  beforeAll(async () => {
    engine = await startTestEngine()
  })
  afterAll(() => engine?.stop())

  async function clickHouseHashes(texts: ReadonlyArray<Buffer>): Promise<bigint[]> {
    const list = texts.map((bytes) => `'${bytes.toString('hex')}'`).join()
    const [row] = await engine.engine.writer.rows<{ hashes: number[] }>(
      `SELECT arrayMap(x -> murmurHash3_32(unhex(x)), [${list}]::Array(String)) AS hashes`,
    )
    return row!.hashes.map(BigInt)
  }

  test('agree on every byte string of random series', async () => {
    const points: FlatPoint[] = fc
      .sample(metricsRequest, { numRuns: 120 })
      .flatMap((request) => flattenPoints(request, 1024, SCAN_OUTCOMES))
    expect(points.length).toBeGreaterThan(50)
    const texts = points.slice(0, 150).flatMap((point) => [...seriesFields(point).flat(), seriesSums(point)])
    for (let at = 0; at < texts.length; at += 500) {
      const some = texts.slice(at, at + 500)
      expect(await clickHouseHashes(some)).toEqual(some.map((bytes) => hash64(bytes) % (1n << 32n)))
    }
  })

  test('agree on fields of every length', async () => {
    const fields = Array.from(
      { length: 100 },
      (_, i) => ['k'.repeat(i % 10), Buffer.alloc(Math.floor(i / 10), i)] as const,
    )
    const texts = fields.map(([name, value]) => fieldBytes(name, 's', value))
    const ours = fields.map(([name, value]) => hashed(name, 's', value) % (1n << 32n))
    expect(await clickHouseHashes(texts)).toEqual(ours)
  })
})

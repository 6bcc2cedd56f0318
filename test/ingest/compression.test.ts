import { constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Inflater } from '../../src/ingest/compression.ts'

/**
 * Guarantees: what node:zlib compressed comes back, whatever its size and however many frames or members it has;
 * the limit is exact; a gzip trailer or zstd window that lies costs nothing.
 */

const LIMIT = 300_000
const inflater = new Inflater({ requestBytesMax: LIMIT })
const COMPRESS = { gzip: gzipSync, deflate: deflateSync, zstd: zstdCompressSync } as const
const encodings = ['gzip', 'deflate', 'zstd'] as const

function content(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let x = 1
  for (let i = 0; i < length; i++) {
    x = (x * 48_271) % 2_147_483_647
    bytes[i] = x & 15
  }
  return bytes
}

describe.each(encodings)('%s', (encoding) => {
  it.each([1, 1000, 16_384, 131_072, 131_073, LIMIT - 1, LIMIT])('%d bytes come back', async (length) => {
    const bytes = content(length)
    expect((await inflater.inflate(encoding, COMPRESS[encoding](bytes))).equals(bytes)).toBe(true)
  })

  it('refuses one byte more than the limit, whether it compresses well or not', async () => {
    for (const bytes of [content(LIMIT + 1), Buffer.alloc(LIMIT + 1)])
      await expect(inflater.inflate(encoding, COMPRESS[encoding](bytes))).rejects.toMatchObject({
        kind: 'too_large',
      })
  })

  it('refuses every truncation', async () => {
    const compressed = COMPRESS[encoding](content(300))
    for (let length = 1; length < compressed.length; length++)
      await expect(inflater.inflate(encoding, compressed.subarray(0, length))).rejects.toMatchObject({
        kind: 'malformed',
      })
  })

  it('never fails but by a refusal', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 60 }),
        fc.nat(59),
        fc.nat(255),
        async (noise, at, flip) => {
          const damaged = Buffer.from(COMPRESS[encoding](content(400)))
          damaged[at % damaged.length]! ^= flip
          for (const input of [Buffer.from(noise), damaged])
            await inflater
              .inflate(encoding, input)
              .catch((error: unknown) =>
                expect(error).toMatchObject({ name: 'Refusal', message: expect.stringMatching(/^the /) }),
              )
        },
      ),
      { numRuns: 300 },
    )
  })
})

it.each(['gzip', 'zstd'] as const)('%s: several members or frames are one body', async (encoding) => {
  const parts = [content(10), content(200_000), Buffer.alloc(0), content(99_990)]
  const body = Buffer.concat(parts.map((part) => COMPRESS[encoding](part)))
  expect((await inflater.inflate(encoding, body)).equals(Buffer.concat(parts))).toBe(true)
  await expect(
    inflater.inflate(encoding, Buffer.concat([body, COMPRESS[encoding](Buffer.from('x'))])),
  ).rejects.toMatchObject({ kind: 'too_large' })
})

it('gzip: a trailer that lies about the length is caught by the format', async () => {
  const lying = Buffer.from(gzipSync(content(1000)))
  lying.writeUInt32LE(2 ** 32 - 1, lying.length - 4)
  await expect(inflater.inflate('gzip', lying)).rejects.toMatchObject({ kind: 'malformed' })
})

it('zstd: a window above 8 MiB is refused', async () => {
  const params = { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_contentSizeFlag]: 0 }
  const wide = zstdCompressSync(Buffer.alloc(64 * 1024 * 1024), { params })
  await expect(inflater.inflate('zstd', wide)).rejects.toMatchObject({
    kind: expect.stringMatching(/malformed|too_large/),
  })
})

it('many at once all come back', async () => {
  const bytes = content(200_000)
  const compressed = gzipSync(bytes)
  const all = await Promise.all(Array.from({ length: 50 }, () => inflater.inflate('gzip', compressed)))
  expect(all.every((one) => one.equals(bytes))).toBe(true)
})

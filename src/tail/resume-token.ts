import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Positions } from './line.ts'

/**
 * Where a viewer stands, as text that it may bring along when it comes back. No secret and not signed: it says only from
 * where the same query is read on, and whoever may run the query may read all of it.
 */
export type ResumePoint = { readonly positions: Positions; readonly base: bigint }

const VERSION = 1
const TOKEN_LENGTH_MAX = 8192
const LANES_MAX = 200

const seq = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform(BigInt)
  .refine((value) => value < 2n ** 64n)
const token = z.tuple([
  z.literal(VERSION),
  z.string().regex(/^[0-9a-f]{16}$/),
  seq,
  z.record(z.string().min(1).max(256), seq).refine((lanes) => Object.keys(lanes).length <= LANES_MAX),
])

/** What makes two tails the same: whose lines, and which. */
export function queryDigest(tenantIds: ReadonlyArray<string>, query: string): string {
  return createHash('sha256')
    .update(JSON.stringify([tenantIds, query]))
    .digest('hex')
    .slice(0, 16)
}

export function writeResumeToken(digest: string, { positions, base }: ResumePoint): string {
  const lanes = [...positions].slice(0, LANES_MAX).map(([lane, next]) => [lane, String(next)])
  const fields = [VERSION, digest, String(base), Object.fromEntries(lanes)]
  return Buffer.from(JSON.stringify(fields)).toString('base64url')
}

/** The point, or what is wrong with the token, as the end of a sentence. */
export function readResumeToken(text: string, digest: string): ResumePoint | { readonly problem: string } {
  if (text.length > TOKEN_LENGTH_MAX || !/^[A-Za-z0-9_-]+$/.test(text)) return NO_TOKEN
  let fields: unknown
  try {
    fields = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return NO_TOKEN
  }
  const parsed = token.safeParse(fields)
  if (!parsed.success) return NO_TOKEN
  const [, of, base, lanes] = parsed.data
  if (of !== digest) return { problem: 'belongs to another query or other tenants: leave it out' }
  return { positions: new Map(Object.entries(lanes)), base }
}

const NO_TOKEN = { problem: 'is no resume token: give the last one of a frame, or leave it out' }

import { createHash } from 'node:crypto'
import { z } from 'zod'
import { readMarks, writeMarks } from './seam/mark-text.ts'
import type { ContainerPoint, ResumePoint } from './source.ts'

/**
 * Where a viewer stands, as text that it may bring along when it comes back. No secret and not signed: it says only from
 * where the same query is read on, and whoever may run the query may read all of it. The marks of containers stand behind a
 * dot, since they are many: `<fields>.<marks>`.
 */
const VERSION = 3
export const RESUME_LENGTH_MAX = 12_288
const LANES_MAX = 200

type NewPoint = Omit<ResumePoint, 'containers'> & { readonly containers: Omit<ContainerPoint, 'isWhole'> }

const number64 = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform(BigInt)
  .refine((value) => value < 2n ** 64n)
const token = z.tuple([
  z.literal(VERSION),
  z.string().regex(/^[0-9a-f]{16}$/),
  number64,
  z.record(z.string().min(1).max(256), number64).refine((lanes) => Object.keys(lanes).length <= LANES_MAX),
  number64,
  number64,
])

/** What makes two tails the same: whose lines, and which. */
export function queryDigest(tenantIds: ReadonlyArray<string>, query: string): string {
  return createHash('sha256')
    .update(JSON.stringify([tenantIds, query]))
    .digest('hex')
    .slice(0, 16)
}

/** Whether all containers fit into it, it finds out itself. */
export function writeResumeToken(digest: string, { positions, base, containers }: NewPoint): string {
  const lanes = [...positions].slice(0, LANES_MAX).map(([lane, next]) => [lane, String(next)])
  const { fromNs, writtenNs, marks } = containers
  const fields = [VERSION, digest, String(base), Object.fromEntries(lanes), String(fromNs), String(writtenNs)]
  const head = Buffer.from(JSON.stringify(fields)).toString('base64url')
  return marks.size === 0 ? head : `${head}.${writeMarks(marks)}`
}

/** The point, or what is wrong with the token, as the end of a sentence. */
export function readResumeToken(text: string, digest: string): ResumePoint | { readonly problem: string } {
  const [, head, tail] = /^([A-Za-z0-9_-]+)(?:\.([A-Za-z0-9_.~-]*))?$/.exec(text) ?? []
  if (text.length > RESUME_LENGTH_MAX || head === undefined) return NO_TOKEN
  let fields: unknown
  try {
    fields = JSON.parse(Buffer.from(head, 'base64url').toString('utf8'))
  } catch {
    return NO_TOKEN
  }
  const parsed = token.safeParse(fields)
  const read = readMarks(tail ?? '')
  if (!parsed.success || read === undefined) return NO_TOKEN
  const [, of, base, lanes, fromNs, writtenNs] = parsed.data
  if (of !== digest) return { problem: 'belongs to another query or other tenants: leave it out' }
  return { positions: new Map(Object.entries(lanes)), base, containers: { fromNs, writtenNs, ...read } }
}

const NO_TOKEN = { problem: 'is no resume token: give the last one of a frame, or leave it out' }

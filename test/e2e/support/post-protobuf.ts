import { expect } from 'vitest'
import type { Signal } from '../../../src/otlp/batch.ts'

/** Posts a request that is taken whole. */
export async function postProtobuf(url: string, signal: Signal, body: Buffer): Promise<void> {
  const response = await fetch(`${url}/v1/${signal}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(body),
  })
  expect(response.status).toBe(200)
  expect((await response.arrayBuffer()).byteLength).toBe(0)
}

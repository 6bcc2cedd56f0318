import type { Signal } from '../../../src/otlp/batch.ts'
import { type KeyValue, stringAttributes } from '../../../test/otlp/proto.ts'

/** Requests of one kind, as senders make them. Named in the results: a new shape gets a new name. */
export type Shape = {
  readonly name: string
  readonly signal: Signal
  readonly recordsPerRequest: number
  /** About what falls into one commit of 50 ms at 100 k records/s, or at a few thousand requests a second. */
  readonly requestsPerCommit: number
  /** The `number`th request, encoded. */
  readonly request: (nowMs: number, number: number) => Buffer
  /** Every commit meets its resources for the first time. */
  readonly newResources?: boolean
  /** How many times as fast as protobufjs + JSONEachRow it shall be. */
  readonly targetRatio: number
}

const WORDS =
  'account balance cache checkout client connection customer delivery export gateway index invoice message payment queue refund session stock stream upload'.split(
    ' ',
  )
export const word = (i: number): string => WORDS[(i * 7919) % WORDS.length]!

/** Eight, as the SDK and the collector's k8sattributes processor leave them. */
export function resourceAttributes(i: number): KeyValue[] {
  return stringAttributes({
    'service.name': word(i),
    'service.version': '2.14.0',
    'deployment.environment.name': 'production',
    'k8s.namespace.name': 'shop-production',
    'k8s.pod.name': `${word(i)}-7d9f8b6c5-${i.toString(36).padStart(5, '0')}`,
    'k8s.container.name': 'app',
    'k8s.node.name': `ip-10-0-${i % 64}.internal`,
    'k8s.cluster.name': 'eu-central-1a',
  })
}

/** Bytes without a pattern that a dictionary or a compressor could use (xorshift32). */
export function idBytes(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length)
  let state = (seed * 0x9e3779b1 + 0x7f4a7c15) | 1
  for (let at = 0; at < length; at += 4) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes.writeInt32LE(state | 0, at)
  }
  return bytes
}

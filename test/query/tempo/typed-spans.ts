import type { KeyValue, TracesRequest } from '../../otlp/proto.ts'

/** One trace per span, each unlike the others in one thing: its name says what a search must find it by. */

export type Case = {
  readonly name: string
  readonly span?: KeyValue['value']
  readonly resource?: KeyValue['value']
  readonly kind?: number
  readonly status?: { readonly code: number; readonly message?: string }
  readonly durationNs?: bigint
}

export const CASES: ReadonlyArray<Case> = [
  { name: 'int 5', span: { intValue: 5 } },
  { name: 'double 5', span: { doubleValue: 5 } },
  { name: 'double 5.5', span: { doubleValue: 5.5 } },
  { name: 'double NaN', span: { doubleValue: Number.NaN } },
  { name: 'text 5', span: { stringValue: '5' } },
  { name: 'text empty', span: { stringValue: '' } },
  { name: 'text größe', span: { stringValue: 'größe' } },
  { name: 'text lines', span: { stringValue: 'a\nb' } },
  { name: 'int max', span: { intValue: '9223372036854775807' } },
  { name: 'int max-1', span: { intValue: '9223372036854775806' } },
  { name: 'true', span: { boolValue: true } },
  { name: 'false', span: { boolValue: false } },
  { name: 'array', span: { arrayValue: { values: [{ intValue: 5 }] } } },
  { name: 'resource int 5', resource: { intValue: 5 } },
  { name: 'resource text', resource: { stringValue: 'web' } },
  { name: 'both', span: { intValue: 6 }, resource: { intValue: 5 } },
  { name: 'neither' },
  { name: 'server', kind: 2 },
  { name: 'error', status: { code: 2, message: 'it broke' } },
  { name: 'ok', status: { code: 1 } },
  { name: 'long', durationNs: 2_500_000_000n },
]

export const traceIdOf = (name: string): string =>
  (0xabc0 + CASES.findIndex((one) => one.name === name)).toString(16).padStart(32, '0')

const attributes = (value: KeyValue['value'] | undefined): KeyValue[] =>
  value === undefined ? [] : [{ key: 'v', value }]

export function requestOf(base: bigint): TracesRequest {
  return {
    resourceSpans: CASES.map(({ name, span, resource, kind = 0, status, durationNs = 1_000n }) => ({
      resource: {
        attributes: [...attributes(resource), { key: 'service.name', value: { stringValue: 'typed' } }],
      },
      scopeSpans: [
        {
          spans: [
            {
              traceId: Buffer.from(traceIdOf(name), 'hex'),
              spanId: Buffer.from('0102030405060708', 'hex'),
              name,
              kind,
              startTimeUnixNano: base,
              endTimeUnixNano: base + durationNs,
              attributes: attributes(span),
              ...(status === undefined ? {} : { status }),
            },
          ],
        },
      ],
    })),
  }
}

import { FULL } from '../traces/full-span.ts'

/** What Jaeger's API must say of the one span with everything (test/query/traces/full-span.ts), written by hand. */

const TYPED: ReadonlyArray<readonly [key: string, type: string, value: unknown]> = [
  ['int.max', 'int64', '9223372036854775807'],
  ['int.safe', 'int64', 9007199254740991],
  ['int.unsafe', 'int64', '-9007199254740992'],
  ['double', 'float64', 0.1],
  ['double.whole', 'float64', 5],
  ['double.nan', 'float64', 'NaN'],
  ['double.zero', 'float64', '-0'],
  ['yes', 'bool', true],
  ['no', 'bool', false],
  ['bytes', 'binary', '3q2+7w=='],
  ['array', 'string', '[9007199254740993,null]'],
  ['kvlist', 'string', '{"a":"b"}'],
  ['empty', 'string', ''],
  ['digits', 'string', '007'],
]
const tags = (more: typeof TYPED = []) =>
  [...TYPED, ...more].map(([key, type, value]) => ({ key, type, value }))

/** `base`: nanoseconds, a whole second. */
export const fullTrace = (base: bigint): unknown => {
  const micros = Number(base / 1000n)
  const links = ['0a0b0c0d0e0f0001', '0a0b0c0d0e0f0002'].map((spanID) => ({
    refType: 'FOLLOWS_FROM',
    traceID: '5e'.repeat(16),
    spanID,
  }))
  return {
    traceID: FULL,
    spans: [
      {
        traceID: FULL,
        spanID: '00f1f2f3f4f5f6f7',
        flags: 255,
        operationName: 'GET /cart',
        references: [{ refType: 'CHILD_OF', traceID: FULL, spanID: '0102030405060708' }, ...links],
        startTime: micros + 123_456,
        duration: 1_876_543,
        tags: tags([
          ['span.kind', 'string', 'server'],
          ['otel.status_code', 'string', 'ERROR'],
          ['error', 'bool', true],
          ['otel.status_description', 'string', 'it broke'],
          ['otel.scope.name', 'string', 'lib'],
          ['otel.scope.version', 'string', '1.0'],
          ['w3c.tracestate', 'string', 'a=1,b=2'],
          ['otel.dropped_attributes_count', 'int64', 7],
          ['otel.dropped_events_count', 'int64', 8],
          ['otel.dropped_links_count', 'int64', 9],
        ]),
        logs: [
          { timestamp: micros, fields: tags([['event', 'string', 'exception']]) },
          { timestamp: micros, fields: [{ key: 'event', type: 'string', value: 'retry' }] },
        ],
        processID: 'p1',
        warnings: ['its parent 0102030405060708 is not stored'],
      },
    ],
    processes: {
      p1: {
        serviceName: 'cart',
        tags: [
          { key: 'k8s.container.name', type: 'string', value: 'main' },
          { key: 'k8s.namespace.name', type: 'string', value: 'prod' },
          { key: 'k8s.pod.name', type: 'string', value: 'cart-1' },
          { key: 'loco.resource.id', type: 'string', value: 'app-1' },
          { key: 'process.pid', type: 'int64', value: 42 },
        ],
      },
    },
    warnings: ['spans without their parent: 1'],
  }
}

import protobuf from 'protobufjs'
import { rootOf } from './proto.ts'

/** Text as bytes: protobufjs refuses invalid UTF-8. */
const withOpaqueMetrics = rootOf(new Set(['Metric', 'string']))
/** The members of `Metric.data`. */
const DATA: ReadonlySet<number> = new Set([5, 7, 9, 10, 11])

/**
 * A request of metrics without the members of `Metric.data` that a later one of another kind replaces: protobufjs reads
 * them before it forgets them, Weir does not look at their points. Throws where protobufjs finds the rest malformed.
 */
export function withoutReplacedMembers(bytes: Uint8Array): Buffer {
  const type = withOpaqueMetrics.lookupType('ExportMetricsServiceRequest')
  const request = type.toObject(type.decode(bytes)) as {
    resourceMetrics?: { scopeMetrics?: { metrics?: Uint8Array[] }[] }[]
  }
  for (const { scopeMetrics = [] } of request.resourceMetrics ?? [])
    for (const scope of scopeMetrics) scope.metrics = scope.metrics?.map(withoutReplaced) ?? []
  return Buffer.from(type.encode(type.fromObject(request)).finish())
}

function withoutReplaced(metric: Uint8Array): Uint8Array {
  const reader = protobuf.Reader.create(metric)
  let kept: Uint8Array[] = []
  let rest: Uint8Array[] = []
  let kind = 0
  while (reader.pos < reader.len) {
    const start = reader.pos
    const tag = reader.tag()
    reader.skipType(tag & 7, 0, tag >>> 3)
    const field = metric.subarray(start, reader.pos)
    if (!DATA.has(tag >>> 3) || (tag & 7) !== 2) rest = [...rest, field]
    else if (tag >>> 3 === kind) kept = [...kept, field]
    else {
      kind = tag >>> 3
      kept = [field]
    }
  }
  return Buffer.concat([...rest, ...kept])
}

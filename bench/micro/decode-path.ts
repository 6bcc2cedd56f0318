import { protoType } from '../../test/otlp/proto.ts'
import type { Path } from './weir-path.ts'

/** The decoder of the JSON path alone: what no encoder behind it can win back. Its objects are dropped at once. */
export function decodePath(requests: ReadonlyArray<Buffer>, recordsPerRequest: number): Path {
  const type = protoType('ExportLogsServiceRequest')
  const encode = () => {
    let decoded = 0
    for (const request of requests) if (type.decode(request) !== undefined) decoded++
    return { rows: decoded * recordsPerRequest, bytes: 0 }
  }
  return { prepare: nothing, encode, close: nothing }
}

const nothing = () => Promise.resolve()

import type { Signal } from '../../src/otlp/batch.ts'
import { protoType } from '../../test/otlp/proto.ts'
import type { JsonRow } from './json-rows/common.ts'
import { eachLog } from './json-rows/logs.ts'
import { eachPoint } from './json-rows/points.ts'
import { eachSpan } from './json-rows/spans.ts'
import type { Path } from './weir-path.ts'

/** Per signal: the message of its requests, and how a decoded one becomes rows. */
const SIGNALS: Readonly<
  Record<Signal, { readonly message: string; readonly eachRow: (request: object, take: Take) => void }>
> = {
  logs: { message: 'ExportLogsServiceRequest', eachRow: eachLog },
  traces: { message: 'ExportTraceServiceRequest', eachRow: eachSpan },
  metrics: { message: 'ExportMetricsServiceRequest', eachRow: eachPoint },
}
type Take = (row: JsonRow) => void

/**
 * The path that a gateway in JavaScript usually has: protobufjs decodes the request into objects, every record
 * becomes a row object with the exporter's columns, `JSON.stringify` makes a line of it, the lines become bytes
 * (JSONEachRow). The decoder is the function that protobufjs generates and compiles for a type at its first use.
 */
export function jsonPath(signal: Signal, requests: ReadonlyArray<Buffer>): Path {
  const type = protoType(SIGNALS[signal].message)
  return jsonLines(signal, requests, (bytes) => type.decode(bytes))
}

/** The same behind the decoder that @grpc/proto-loader gives a server of grpc-js: decode, then plain objects. */
export function protoLoaderPath(signal: Signal, requests: ReadonlyArray<Buffer>): Path {
  const type = protoType(SIGNALS[signal].message)
  const options = { longs: String, enums: String, defaults: true, oneofs: true }
  return jsonLines(signal, requests, (bytes) => type.toObject(type.decode(bytes), options))
}

function jsonLines(signal: Signal, requests: ReadonlyArray<Buffer>, decode: (bytes: Buffer) => object): Path {
  const { eachRow } = SIGNALS[signal]
  const encode = () => {
    const lines: string[] = []
    for (const request of requests) eachRow(decode(request), (row) => lines.push(JSON.stringify(row)))
    return { rows: lines.length, bytes: Buffer.from(`${lines.join('\n')}\n`).length }
  }
  return { prepare: nothing, encode, close: nothing }
}

/** The decoder of the JSON path alone: what no encoder behind it can win back. Its objects are dropped at once. */
export function decodePath(signal: Signal, requests: ReadonlyArray<Buffer>, recordsPerRequest: number): Path {
  const type = protoType(SIGNALS[signal].message)
  const encode = () => {
    let decoded = 0
    for (const request of requests) if (type.decode(request) !== undefined) decoded++
    return { rows: decoded * recordsPerRequest, bytes: 0 }
  }
  return { prepare: nothing, encode, close: nothing }
}

const nothing = () => Promise.resolve()

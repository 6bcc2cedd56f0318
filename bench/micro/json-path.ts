import { type LogsRequest, protoType } from '../../test/otlp/proto.ts'
import { eachRow } from './json-rows.ts'
import type { Path } from './weir-path.ts'

/**
 * The path that a gateway in JavaScript usually has: protobufjs decodes the request into objects, every record
 * becomes a row object with the exporter's columns, `JSON.stringify` makes a line of it, the lines become bytes
 * (JSONEachRow). The decoder is the function that protobufjs generates and compiles for a type at its first use.
 */
export function jsonPath(requests: ReadonlyArray<Buffer>): Path {
  const type = protoType('ExportLogsServiceRequest')
  return jsonLines(requests, (bytes) => type.decode(bytes) as LogsRequest)
}

/** The same behind the decoder that @grpc/proto-loader gives a server of grpc-js: decode, then plain objects. */
export function protoLoaderPath(requests: ReadonlyArray<Buffer>): Path {
  const type = protoType('ExportLogsServiceRequest')
  const options = { longs: String, enums: String, defaults: true, oneofs: true }
  return jsonLines(requests, (bytes) => type.toObject(type.decode(bytes), options) as LogsRequest)
}

function jsonLines(requests: ReadonlyArray<Buffer>, decode: (bytes: Buffer) => LogsRequest): Path {
  const encode = () => {
    const lines: string[] = []
    for (const request of requests) eachRow(decode(request), (row) => lines.push(JSON.stringify(row)))
    return { rows: lines.length, bytes: Buffer.from(`${lines.join('\n')}\n`).length }
  }
  return { prepare: nothing, encode, close: nothing }
}

const nothing = () => Promise.resolve()

import { JSON_TYPE } from '../../http/media-type.ts'
import type { ApiResponse } from '../../route.ts'
import type { QueryStats } from '../execute/types.ts'
import { lokiStats } from './stats.ts'

const CHUNK_CHARACTERS = 64 * 1024

export type ResultJson = {
  readonly resultType: 'streams' | 'vector' | 'matrix' | 'scalar'
  readonly encodingFlags?: ReadonlyArray<string>
  /** JSON of the result, in pieces. */
  readonly parts: Iterable<string>
  readonly stats: QueryStats
}

/** A result of query or query_range, sent piece by piece as the client takes it. Grafana wants the flags before the result. */
export function resultResponse({ resultType, encodingFlags, parts, stats }: ResultJson): ApiResponse {
  const flags = encodingFlags === undefined ? '' : `"encodingFlags":${JSON.stringify(encodingFlags)},`
  return {
    status: 200,
    contentType: JSON_TYPE,
    body: inChunks(
      `{"status":"success","data":{"resultType":"${resultType}",${flags}"result":`,
      parts,
      `,"stats":${JSON.stringify(lokiStats(stats))}}}\n`,
    ),
  }
}

async function* inChunks(
  beginning: string,
  parts: Iterable<string>,
  end: string,
): AsyncGenerator<string, void, undefined> {
  let chunk = beginning
  for (const part of parts) {
    chunk += part
    if (chunk.length < CHUNK_CHARACTERS) continue
    yield chunk
    chunk = ''
  }
  yield chunk + end
}

/** `{"status":"success","data":…}`: of labels, values, series, patterns. */
export function dataResponse(data: unknown): ApiResponse {
  return bareResponse({ status: 'success', data })
}

/** What Loki sends without an envelope: statistics, detected labels and fields. */
export function bareResponse(body: unknown): ApiResponse {
  return { status: 200, contentType: JSON_TYPE, body: `${JSON.stringify(body)}\n` }
}

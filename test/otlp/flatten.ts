import { KEPT } from '../../src/otlp/batch.ts'
import type { ScanFault, ScanOutcomes } from '../../src/otlp/scan/index.ts'
import { normalised, normalisedAttribute, type Surroundings } from './batch-rows.ts'
import type { FlatRecord } from './materialise.ts'
import type { InstrumentationScope, KeyValue, LogsRequest, Resource } from './proto.ts'

/** What the batch of a request should hold, from the request as protobufjs decodes it, and what its records' verdicts should be. */

export type Fault = ScanFault | undefined

/** The rules for ids and attributes, which are the same wherever they stand. */
export class Rules {
  readonly #attributesMax: number
  readonly #outcomes: ScanOutcomes

  constructor(attributesMax: number, outcomes: ScanOutcomes) {
    this.#attributesMax = attributesMax
    this.#outcomes = outcomes
  }

  /** Of a list over the limit nothing is kept. */
  attributes(list: KeyValue[] = []): KeyValue[] {
    return list.length > this.#attributesMax ? [] : list.map(normalisedAttribute)
  }

  tooMany(list: KeyValue[] = []): Fault {
    return list.length > this.#attributesMax ? 'tooManyAttributes' : undefined
  }

  /** The number of the first fault there is. */
  verdict(...faults: ReadonlyArray<Fault>): number {
    const fault = faults.find((one) => one !== undefined)
    return fault === undefined ? KEPT : this.#outcomes[fault]
  }

  surroundings(
    { resource = {}, schemaUrl: resourceSchemaUrl = '' }: { resource?: Resource; schemaUrl?: string },
    { scope = {}, schemaUrl: scopeSchemaUrl = '' }: { scope?: InstrumentationScope; schemaUrl?: string },
  ): Surroundings {
    const { name = '', version = '' } = scope
    return {
      resource: {
        attributes: this.attributes(resource.attributes),
        droppedAttributesCount: resource.droppedAttributesCount ?? 0,
      },
      resourceSchemaUrl,
      scope: {
        name,
        version,
        attributes: this.attributes(scope.attributes),
        droppedAttributesCount: scope.droppedAttributesCount ?? 0,
      },
      scopeSchemaUrl,
    }
  }

  aroundFaults(resource: { resource?: Resource }, scope: { scope?: InstrumentationScope }): Fault[] {
    return [this.tooMany(resource.resource?.attributes), this.tooMany(scope.scope?.attributes)]
  }
}

/** An id of zeros is absent, and so is one of another length, which is a fault. */
export function idOf(id: Uint8Array | undefined, length: number): Uint8Array {
  return id === undefined || id.length !== length || id.every((byte) => byte === 0) ? Buffer.alloc(0) : id
}

export function traceIdFault(id: Uint8Array = Buffer.alloc(0)): Fault {
  return id.length === 0 || id.length === 16 ? undefined : 'invalidTraceId'
}

export function spanIdFault(id: Uint8Array = Buffer.alloc(0)): Fault {
  return id.length === 0 || id.length === 8 ? undefined : 'invalidSpanId'
}

export function flatten(request: LogsRequest, attributesMax: number, outcomes: ScanOutcomes): FlatRecord[] {
  const rules = new Rules(attributesMax, outcomes)
  return (request.resourceLogs ?? []).flatMap((resource) =>
    (resource.scopeLogs ?? []).flatMap((scope) =>
      (scope.logRecords ?? []).map((record) => ({
        verdict: rules.verdict(
          ...rules.aroundFaults(resource, scope),
          traceIdFault(record.traceId),
          spanIdFault(record.spanId),
          rules.tooMany(record.attributes),
        ),
        ...rules.surroundings(resource, scope),
        record: {
          timeUnixNano: 0n,
          observedTimeUnixNano: 0n,
          severityNumber: 0,
          severityText: '',
          droppedAttributesCount: 0,
          flags: 0,
          eventName: '',
          ...record,
          body: normalised(record.body ?? {}),
          attributes: rules.attributes(record.attributes),
          traceId: idOf(record.traceId, 16),
          spanId: idOf(record.spanId, 8),
        },
      })),
    ),
  )
}

import type { Batch } from '../batch.ts'
import { METRIC, POINT, RESOURCE, SCOPE } from '../slots.ts'
import { FieldSums } from './field-sums.ts'

/**
 * The fingerprint of a series: resource, scope, metric (name, unit, type, temporality, monotonicity) and attributes, in
 * any order. All gateways must agree on it, so it is documented in docs/architecture.md with golden vectors, and never
 * changes:
 *
 *     hash of the words  sum(resource) | sum(scope) | sum(metric) | sum(attributes)
 *
 * where a sum adds the 64-bit hashes of fields (see `hashField`), and the fields are
 *
 *     an attribute       name = key, letter = that of its kind, value = text; int, double: eight bytes; bool: one;
 *                        array, kvlist: the text that is stored; nothing: empty
 *     resource, scope    besides: name = schema URL, letter U, value = u32 dropped attributes
 *     scope              besides: name = name, letter N, value = version
 *     metric             name = name, letter M, value = unit; name = '', letter T, value = type, temporality, monotonic: u32 each
 */
export function fingerprintSeries(batch: Batch): void {
  hasher.run(batch)
}

const METRIC_NAME = 0x4d
const METRIC_TYPE = 0x54
/** Where each of the four sums begins. */
const OF_RESOURCE = 0
const OF_SCOPE = 2
const OF_METRIC = 4
const OF_ATTRIBUTES = 6

class SeriesHasher {
  readonly #sums = new FieldSums(4)
  readonly #hash = new Uint32Array(2)

  run(batch: Batch): void {
    const sums = this.#sums
    sums.begin(batch)
    const { records, resources, scopes, metrics } = batch
    const { data, count } = records
    let resource = -1
    let scope = -1
    let metric = -1
    for (let i = 0, base = 0; i < count; i++, base += POINT.stride) {
      if (data[base + POINT.resource] !== resource) {
        resource = data[base + POINT.resource]!
        sums.putResource(OF_RESOURCE, resources.data, resource * RESOURCE.stride)
      }
      if (data[base + POINT.scope] !== scope) {
        scope = data[base + POINT.scope]!
        sums.putScope(OF_SCOPE, scopes.data, scope * SCOPE.stride)
      }
      if (data[base + POINT.metric] !== metric) {
        metric = data[base + POINT.metric]!
        this.#sumMetric(metrics.data, metric * METRIC.stride)
      }
      sums.clear(OF_ATTRIBUTES)
      sums.addAttributes(
        OF_ATTRIBUTES,
        data[base + POINT.attributesFirst]!,
        data[base + POINT.attributesCount]!,
      )
      sums.hashAll(this.#hash)
      data[base + POINT.seriesLow] = this.#hash[0]!
      data[base + POINT.seriesHigh] = this.#hash[1]!
    }
    sums.end()
  }

  #sumMetric(row: Uint32Array, at: number): void {
    const sums = this.#sums
    sums.clear(OF_METRIC)
    sums.addTexts(OF_METRIC, row, at + METRIC.nameStart, METRIC_NAME, at + METRIC.unitStart)
    sums.addNumbers(
      OF_METRIC,
      METRIC_TYPE,
      row[at + METRIC.type]!,
      row[at + METRIC.temporality]!,
      row[at + METRIC.isMonotonic]!,
    )
  }
}

const hasher = new SeriesHasher()

import { block, configIssues, duration, wholeNumber } from '../config-issues.ts'
import {
  attributeNames,
  bucketsSeconds,
  expiration,
  flushInterval,
  seriesMax,
} from '../counted-series/config.ts'
import type { Issue, Parsed } from '../processor.ts'

export type ServiceGraphConfig = {
  readonly intervalMs: number
  readonly expireAfterMs: number
  readonly seriesMax: number
  /** Upper bounds in seconds. */
  readonly bounds: ReadonlyArray<number>
  /** How long one half of a call waits for the other, and how many may wait. */
  readonly waitMs: number
  readonly waitingMax: number
  /** Of a client's span: what names a peer that sends no spans. */
  readonly peerAttributes: ReadonlyArray<string>
}

const WAIT_MS_MAX = 300_000
const WAITING_MAX = 1_000_000
const PEER_ATTRIBUTES_MAX = 20
const PEER_ATTRIBUTES = ['peer.service', 'db.namespace', 'db.name', 'db.system.name', 'db.system']

const store = block({
  ttl: duration(1000, WAIT_MS_MAX).default(10_000),
  max_items: wholeNumber(10, WAITING_MAX).default(10_000),
})

const schema = block({
  metrics_flush_interval: flushInterval,
  metrics_expiration: expiration,
  latency_histogram_buckets: bucketsSeconds,
  store: store.default({ ttl: 10_000, max_items: 10_000 }),
  virtual_node_peer_attributes: attributeNames(PEER_ATTRIBUTES_MAX).default(PEER_ATTRIBUTES),
  seriesMax,
})

/** Reads the keys of the collector's `service_graph` connector that Weir has, and Weir's bound. */
export function readConfig(
  value: unknown,
): Parsed<ServiceGraphConfig> | { readonly issues: ReadonlyArray<Issue> } {
  const parsed = schema.safeParse(value)
  if (!parsed.success) return { issues: configIssues(schema, parsed.error) }
  const { data } = parsed
  return {
    config: {
      intervalMs: data.metrics_flush_interval,
      expireAfterMs: data.metrics_expiration,
      seriesMax: data.seriesMax,
      bounds: data.latency_histogram_buckets,
      waitMs: data.store.ttl,
      waitingMax: data.store.max_items,
      peerAttributes: data.virtual_node_peer_attributes,
    },
    warnings: [],
  }
}

import type { Batch, Signal } from '../otlp/batch.ts'

/** Marks or changes the records of a batch, which will join `commit`. */
export type ApplyRules = (batch: Batch, commit: number) => void

/** Records that the gateway itself makes, of one tenant. */
export type GeneratedRequest = {
  readonly signal: Signal
  readonly tenantId: string
  /**
   * An Export…ServiceRequest as protobuf bytes (src/otlp/encode writes them), of at most 100,000 records. Left alone while the call
   * lasts, the caller's again after it.
   */
  readonly request: Buffer
  /**
   * Which rules see the records; without it none. A processor that copies what it saw names those behind it (`Deps.laterRules`), so that
   * what they redact is redacted in these too. `all` are the rules in force, as for what is received: never in the middle of a batch.
   */
  readonly rules?: 'all' | ApplyRules
}

/** Where generated records went. */
export type Generated = {
  /** The commit that they joined: `committed` or `refused` of a processor is told of it. */
  readonly commit: number
  /** Settles when that is decided; for who is no processor. May be left alone. */
  readonly durable: Promise<void>
}

/**
 * Adds records to the open commit, counted as `generated` in the ledger: from within `process`, the commit of that batch. They are scanned
 * as a request is, and what the scan, rules or the clock take out is counted so. Undefined: the store takes nothing now (no room, or not
 * open); whoever holds the data keeps it and tries again later, within a bound of its own. Throws for bytes that are no such request.
 */
export type Generate = (generated: GeneratedRequest) => Generated | undefined

/** For instances that only show what a rule would do. */
export const GENERATES_NOTHING = {
  generate: (): undefined => undefined,
  currentCommit: (): undefined => undefined,
  gatewayId: (): string => '',
  laterRules: (): void => {},
} as const

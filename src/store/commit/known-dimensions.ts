import { LRUCache } from 'lru-cache'
import { KnownSeries } from './known-series.ts'
import type { OpenCommit } from './open-commit.ts'

const KNOWN_MAX = 200_000

/**
 * The resource-days and series-days that are durable in the spool or inserted, so that they are not written
 * again with every request. Forgetting one is harmless (dimension rows may be inserted again); remembering one
 * that is not durable would orphan rows. So a key becomes known once its commit is fsynced, and a commit that is
 * open while another is being written carries the key once more: that other may still fail.
 */
export class KnownDimensions {
  readonly #known = new LRUCache<string, true>({ max: KNOWN_MAX })

  /** The same for series-days. */
  readonly series = new KnownSeries()

  has(key: string): boolean {
    return this.#known.get(key) === true
  }

  /** This commit is durable, and so is what it carries. */
  learn({ dimensionKeys, series }: Pick<OpenCommit, 'dimensionKeys' | 'series'>): void {
    for (const key of dimensionKeys) this.#known.set(key, true)
    series.addTo(this.series)
  }

  /** A dimension block went to quarantine: whatever it held must be sent again. */
  forgetAll(): void {
    this.#known.clear()
    this.series.forgetAll()
  }
}

import { LRUCache } from 'lru-cache'

const KNOWN_MAX = 200_000

/**
 * The resource-days (later: series-days) that are durable in the spool or inserted, so that they are not written
 * again with every request. Forgetting one is harmless (dimension rows may be inserted again); remembering one
 * that is not durable would orphan rows. So a key becomes known once its commit is fsynced, and a commit that is
 * open while another is being written carries the key once more: that other may still fail.
 */
export class KnownDimensions {
  readonly #known = new LRUCache<string, true>({ max: KNOWN_MAX })

  has(key: string): boolean {
    return this.#known.get(key) === true
  }

  /** The commit that carries these keys is durable. */
  add(keys: Iterable<string>): void {
    for (const key of keys) this.#known.set(key, true)
  }

  /** A dimension block went to quarantine: whatever it held must be sent again. */
  forgetAll(): void {
    this.#known.clear()
  }
}

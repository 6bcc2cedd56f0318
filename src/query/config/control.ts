import type { Description } from '../../config/describe.ts'
import type { ReloadResult } from '../../config/reload.ts'
import type { StoredVersion } from '../../store/config-versions.ts'

/** What the API may do with the gateway's configuration. */
export type ConfigControl = {
  /** Throws {@link import('../../config/load.ts').ConfigError} for a file that is wrong; then nothing has changed. */
  reload(by: string): ReloadResult
  /** What runs, secrets masked. */
  inForce(): Description
  /** Versions that were applied, newest first. Throws {@link import('../../store/database.ts').DatabaseError}. */
  versions(limit: number, signal: AbortSignal): Promise<ReadonlyArray<StoredVersion>>
}

import { parse } from 'yaml'
import { type ConfigChanges, changesNothing, configChanges, type ValueChange } from '../../config/changes.ts'
import type { Description } from '../../config/describe.ts'
import { askJson, doorOf } from '../door.ts'
import { CommandError, EXIT } from '../exit-code.ts'

export type AgainstOptions = { readonly address: string; readonly token: string | undefined }

const ANSWER_WITHIN_MS = 10_000

/** What the checked config would change of the one that runs at `address`, as text. Throws {@link CommandError}. */
export async function explainAgainst(
  { hash, value }: Description,
  { address, token }: AgainstOptions,
): Promise<string> {
  const door = doorOf({ address, ...(token === undefined ? {} : { token }) }, '--against')
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
  const inForce = (await askJson(door, 'api/v1/config', { signal }).catch((error: unknown) => {
    throw signal.aborted ? new CommandError(EXIT.failed, `${address} does not answer in time.`) : error
  })) as { readonly hash?: unknown; readonly text?: unknown }
  if (typeof inForce.text !== 'string')
    throw new CommandError(EXIT.failed, `${address} answers with something that is no config.`)
  const changes = configChanges(parse(inForce.text) as object, JSON.parse(JSON.stringify(value)) as object)
  const head = `Against ${address} (hash ${String(inForce.hash)}):`
  if (inForce.hash === hash || changesNothing(changes)) return `${head} the same, secrets aside.\n`
  return `${[head, ...changeLines(changes)].join('\n')}\n`
}

/** `+` comes, `-` goes, `~` is something else. */
function changeLines({ added, changed, needsRestart, removed, reordered }: ConfigChanges): string[] {
  return [
    ...added.map((name) => `  + ${name}`),
    ...removed.map((name) => `  - ${name}`),
    ...changed.flatMap(({ changes, processor }) => [`  ~ ${processor}`, ...changes.flatMap(valueLines)]),
    ...(reordered ? ['  ~ the processors run in another order'] : []),
    ...(needsRestart.length === 0
      ? []
      : [`  needs a restart, a reload leaves it: ${needsRestart.join(', ')}`]),
  ]
}

function valueLines({ after, before, path }: ValueChange): string[] {
  if (before === undefined) return [`      + ${path}: ${after}`]
  if (after === undefined) return [`      - ${path}: ${before}`]
  return before === after ? [`      ~ ${path}: in another order`] : [`      ~ ${path}: ${before} → ${after}`]
}

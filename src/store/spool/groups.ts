import { randomUUID } from 'node:crypto'
import type { SpoolBlock } from './commit-record.ts'
import type { SpoolDisk } from './files.ts'
import { Journal } from './journal.ts'

/** Blocks of one table and one partition that are inserted together: one token, one part, all or nothing. */
export type Group = {
  readonly id: string
  readonly table: string
  readonly blocks: ReadonlyArray<SpoolBlock>
  readonly rows: number
  readonly byteLength: number
  /** insert_deduplication_token, and the prefix of the query ids of its attempts. Replaced only after a count found nothing. */
  token: string
  readonly formedMs: number
  /** False if it was formed before the last start: attempts that nobody remembers may have been made. */
  readonly fresh: boolean
  /** Blocks of it are gone with a damaged segment: what is left can't be sent under its token. */
  readonly lacksBlocks?: true
}

type BlockKey = readonly [commit: number, index: number]

export type GroupEntry =
  | {
      readonly op: 'formed'
      readonly group: string
      readonly token: string
      readonly formedMs: number
      readonly blocks: ReadonlyArray<BlockKey>
      /** In a fold: its fate is part of the entry, so that no crash can come between the two. */
      readonly settled?: true
    }
  | { readonly op: 'retoken'; readonly group: string; readonly token: string }
  /** Every row of it is in ClickHouse, or in quarantine. */
  | { readonly op: 'settled'; readonly group: string }
  /** Its blocks are in groups of their own now (formed in the same entry list). */
  | { readonly op: 'dissolved'; readonly group: string }

type Remembered = {
  readonly blocks: ReadonlyArray<BlockKey>
  token: string
  readonly formedMs: number
  settled: boolean
}

const FOLD_BYTES = 4 << 20

/**
 * The durable list of groups. A group is on the disk, with its token and its list of blocks, before its first
 * attempt, and is never regrouped: a token under which other blocks are sent inserts again.
 */
export class GroupJournal {
  readonly #groups = new Map<string, Remembered>()
  #journal!: Journal<GroupEntry>

  static async open(
    disk: SpoolDisk,
    directory: string,
    onTorn: (file: string, bytes: number) => void,
  ): Promise<GroupJournal> {
    const groups = new GroupJournal()
    groups.#journal = await Journal.open<GroupEntry>(disk, directory, {
      onEntry: (entry) => groups.#apply(entry),
      onTorn,
      snapshot: () => groups.#entries(),
      foldBytes: FOLD_BYTES,
    })
    return groups
  }

  /**
   * Sorts replayed blocks: those that are settled, those of groups that are not, and those in no group yet.
   * Forgets groups whose blocks are gone.
   */
  sort(blocks: ReadonlyArray<SpoolBlock>): { settled: SpoolBlock[]; groups: Group[]; free: SpoolBlock[] } {
    const owners = new Map<string, string>()
    for (const [id, { blocks: keys }] of this.#groups) for (const key of keys) owners.set(keyText(key), id)
    const found = new Map<string, SpoolBlock[]>()
    const free: SpoolBlock[] = []
    for (const block of blocks) {
      const owner = owners.get(`${block.commit}.${block.index}`)
      if (owner === undefined) free.push(block)
      else found.set(owner, [...(found.get(owner) ?? []), block])
    }
    for (const id of [...this.#groups.keys()]) if (!found.has(id)) this.#groups.delete(id)
    const settled: SpoolBlock[] = []
    const groups: Group[] = []
    for (const [id, members] of found) {
      const remembered = this.#groups.get(id)!
      if (remembered.settled) settled.push(...members)
      else {
        const group = makeGroup(id, remembered.token, members, remembered.formedMs, false)
        const isWhole = members.length === remembered.blocks.length
        groups.push(isWhole ? group : { ...group, lacksBlocks: true })
      }
    }
    return { settled, groups, free }
  }

  /** Forms one group of `blocks`; durable when this resolves. */
  async form(blocks: ReadonlyArray<SpoolBlock>, nowMs: number): Promise<Group> {
    const group = makeGroup(randomUUID(), randomUUID(), blocks, nowMs, true)
    await this.#append([formed(group)], true)
    return group
  }

  /** Replaces a group by one per block, each with a token of its own, in one atom. Blocks not listed are settled. */
  async split(group: Group, blocks: ReadonlyArray<SpoolBlock>, nowMs: number): Promise<Group[]> {
    const parts = blocks.map((block) => makeGroup(randomUUID(), randomUUID(), [block], nowMs, true))
    const rest = group.blocks.filter((block) => !blocks.includes(block))
    const settledRest = rest.map((block) => makeGroup(randomUUID(), randomUUID(), [block], nowMs, true))
    await this.#append(
      [
        { op: 'dissolved', group: group.id },
        ...parts.map(formed),
        ...settledRest.flatMap((part): GroupEntry[] => [formed(part), { op: 'settled', group: part.id }]),
      ],
      true,
    )
    return parts
  }

  /** A new token for a group of which a count found no row; durable when this resolves. */
  async retoken(group: Group): Promise<void> {
    const token = randomUUID()
    await this.#append([{ op: 'retoken', group: group.id, token }], true)
    group.token = token
  }

  /** Not durable until {@link sync}: if it is lost, the group is tried again under its token, and counted. */
  settle(group: Group): Promise<void> {
    return this.#append([{ op: 'settled', group: group.id }], false)
  }

  sync(): Promise<void> {
    return this.#journal.sync()
  }

  /** Forgets settled groups none of whose commits are in the spool any more. */
  prune(oldestCommit: number): void {
    for (const [id, { blocks, settled }] of this.#groups)
      if (settled && blocks.every(([commit]) => commit < oldestCommit)) this.#groups.delete(id)
  }

  /** Writes what is still needed to a new file; happens on its own as the journal grows. */
  fold(): Promise<void> {
    return this.#journal.fold()
  }

  async close(): Promise<void> {
    await this.#journal.sync()
    await this.#journal.close()
  }

  async #append(entries: GroupEntry[], sync: boolean): Promise<void> {
    if (!sync) for (const entry of entries) this.#apply(entry)
    await this.#journal.append(entries, sync)
    if (sync) for (const entry of entries) this.#apply(entry)
  }

  #apply(entry: GroupEntry): void {
    if (entry.op === 'formed') {
      const { blocks, token, formedMs, settled = false } = entry
      this.#groups.set(entry.group, { blocks, token, formedMs, settled })
      return
    }
    const group = this.#groups.get(entry.group)
    if (group === undefined) return
    if (entry.op === 'retoken') group.token = entry.token
    else if (entry.op === 'settled') group.settled = true
    else this.#groups.delete(entry.group)
  }

  *#entries(): Generator<GroupEntry> {
    for (const [group, { blocks, token, formedMs, settled }] of this.#groups)
      yield { op: 'formed', group, token, formedMs, blocks, ...(settled ? { settled } : {}) }
  }
}

function makeGroup(
  id: string,
  token: string,
  blocks: ReadonlyArray<SpoolBlock>,
  formedMs: number,
  fresh: boolean,
): Group {
  let rows = 0
  let byteLength = 0
  for (const block of blocks) {
    rows += block.rows
    byteLength += block.byteLength
  }
  return { id, table: blocks[0]!.table, blocks, rows, byteLength, token, formedMs, fresh }
}

function formed({ id, token, formedMs, blocks }: Group): GroupEntry {
  return {
    op: 'formed',
    group: id,
    token,
    formedMs,
    blocks: blocks.map(({ commit, index }): BlockKey => [commit, index]),
  }
}

function keyText([commit, index]: BlockKey): string {
  return `${commit}.${index}`
}

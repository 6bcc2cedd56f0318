import type { RequestsEntry } from './request-index.ts'

/**
 * What a part of the gateway learnt from a commit that is in none of the commit's rows yet and must survive a kill. It rides in the commit
 * record, and in the requests journal when its segment goes, until a later commit says that rows cover it.
 */
export type Note = {
  /** Whose it is. */
  readonly of: string
  /** Rows of this commit say all that the notes before it said: those go. */
  readonly covers?: boolean
  readonly text?: string | undefined
}

type Kept = { coveredBy: number; readonly texts: Map<number, ReadonlyArray<string>> }

/** The notes that no rows cover yet. Commits may come in any order and again: at a start journal and segments both tell of them. */
export class NoteBook {
  readonly #kept = new Map<string, Kept>()

  add(commit: number, notes: ReadonlyArray<Note>): void {
    for (const name of new Set(notes.map(({ of }) => of)))
      this.#addOf(
        name,
        commit,
        notes.filter(({ of }) => of === name),
      )
  }

  /** In the order of their commits. */
  textsOf(name: string): string[] {
    const texts = this.#kept.get(name)?.texts ?? []
    return [...texts].sort(([a], [b]) => a - b).flatMap(([, each]) => each)
  }

  /** What the journal needs to build this book again. */
  *entries(lastSeq: string): Generator<RequestsEntry> {
    for (const [of, { coveredBy, texts }] of this.#kept) {
      if (coveredBy > 0 && !texts.has(coveredBy)) yield entryOf(lastSeq, coveredBy, [{ of, covers: true }])
      for (const [commit, each] of texts) {
        const notes: Note[] = each.map((text) => ({ of, text }))
        if (commit === coveredBy) notes.push({ of, covers: true })
        yield entryOf(lastSeq, commit, notes)
      }
    }
  }

  #addOf(name: string, commit: number, notes: ReadonlyArray<Note>): void {
    let kept = this.#kept.get(name)
    if (kept === undefined) {
      kept = { coveredBy: 0, texts: new Map() }
      this.#kept.set(name, kept)
    }
    if (notes.some(({ covers }) => covers) && commit > kept.coveredBy) {
      kept.coveredBy = commit
      for (const earlier of kept.texts.keys()) if (earlier < commit) kept.texts.delete(earlier)
    }
    const texts = notes.flatMap(({ text }) => (text === undefined ? [] : [text]))
    if (texts.length > 0 && commit >= kept.coveredBy) kept.texts.set(commit, texts)
  }
}

/** Without a time: whatever the window of requests, it stays until it is covered. */
function entryOf(lastSeq: string, lastCommit: number, notes: ReadonlyArray<Note>): RequestsEntry {
  return { timeMs: 0, lastSeq, lastCommit, requests: [], notes }
}

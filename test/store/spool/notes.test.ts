import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Note, NoteBook } from '../../../src/store/spool/notes.ts'

/** Guarantees: the notes since the last that covers are kept, however often and in whatever order commits are told, and over a fold of the journal. */

type Commit = { readonly covers: boolean; readonly text: boolean }

const notesOf = (commit: number, { covers, text }: Commit): Note[] => [
  { of: 'a', ...(covers ? { covers } : {}), ...(text ? { text: `a${commit}` } : {}) },
  { of: 'b', text: `b${commit}` },
]

test('keeps what nothing covers', () => {
  const commit = fc.record({ covers: fc.boolean(), text: fc.boolean() })
  fc.assert(
    fc.property(fc.array(commit, { maxLength: 20 }), fc.infiniteStream(fc.nat(1000)), (commits, draws) => {
      const covered = commits.findLastIndex(({ covers }) => covers)
      const expected = commits.flatMap(({ text }, i) => (text && i >= covered ? [`a${i + 1}`] : []))
      const told = [...commits.keys(), ...commits.keys()]
        .map((i) => [draws.next().value!, i] as const)
        .sort(([a], [b]) => a - b)
      const book = new NoteBook()
      for (const [, i] of told) book.add(i + 1, notesOf(i + 1, commits[i]!))
      const folded = new NoteBook()
      for (const { lastCommit, notes } of book.entries('7')) folded.add(lastCommit!, notes!)
      // What a segment tells again after the fold.
      for (const [i, one] of commits.entries()) folded.add(i + 1, notesOf(i + 1, one))
      for (const each of [book, folded]) {
        expect(each.textsOf('a')).toEqual(expected)
        expect(each.textsOf('b')).toEqual(commits.map((_, i) => `b${i + 1}`))
      }
    }),
  )
})

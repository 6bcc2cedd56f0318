import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { unifiedDiff } from '../../src/config/diff.ts'

/**
 * Scenario: diffs of random texts. Guarantees: git applies each to the text before and gets the text after; no diff is longer
 * than git's own.
 */

const directory = mkdtempSync(join(tmpdir(), 'weir-diff-'))
afterAll(() => rmSync(directory, { recursive: true }))

const line = fc.constantFrom('a', 'b', 'c', 'd: 1', '  - e', '')
const text = fc.array(line, { maxLength: 30 }).map((lines) => lines.map((one) => `${one}\n`).join(''))
const file = join(directory, 'f')

function applied(before: string, diff: string): string {
  writeFileSync(file, before)
  const result = spawnSync('git', ['apply', '--unidiff-zero', '-'], {
    cwd: directory,
    input: `--- a/f\n+++ b/f\n${diff}`,
    encoding: 'utf8',
  })
  if (result.status !== 0) throw new Error(`git does not apply it: ${result.stderr}\n${diff}`)
  return readFileSync(file, 'utf8')
}

const edits = (diff: string): number =>
  diff.split('\n').filter((one) => /^[-+](?![-+] [ab]\/f)/.test(one)).length

it('is what git applies', () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      fc.pre(before !== '' && after !== '')
      const diff = unifiedDiff(before, after)
      if (before === after) expect(diff).toBe('')
      else expect(applied(before, diff)).toBe(after)
    }),
    { numRuns: 150 },
  )
})

it('is the shortest', () => {
  const before = join(directory, 'before')
  const after = join(directory, 'after')
  fc.assert(
    fc.property(text, text, (old, now) => {
      writeFileSync(before, old)
      writeFileSync(after, now)
      const own = spawnSync('git', ['diff', '--no-index', '--minimal', '-U3', 'before', 'after'], {
        cwd: directory,
        encoding: 'utf8',
      }).stdout.replace(/^(?:---|\+\+\+) .*\n/gm, '')
      expect(edits(unifiedDiff(old, now))).toBeLessThanOrEqual(edits(own))
    }),
    { numRuns: 100 },
  )
})

it('of texts that have too little in common, replaces all', () => {
  const lines = (name: string): string => Array.from({ length: 3000 }, (_, i) => `${name} ${i}\n`).join('')
  const diff = unifiedDiff(lines('old'), lines('new'))
  expect(diff.startsWith('@@ -1,3000 +1,3000 @@\n-old 0\n')).toBe(true)
  expect(edits(diff)).toBe(6000)
})

import { describe, expect, it } from 'vitest'
import { tidyFindings } from '../../scripts/tidy.ts'

const found = (path: string, text: string): string[] =>
  tidyFindings([{ path, text }]).map(({ line, message }) => `${line}: ${message}`)

const lines = (count: number, text = '  work()'): string =>
  Array.from({ length: count }, () => text).join('\n')

describe('a planted fault', () => {
  it.each<[name: string, path: string, text: string, finding: string]>([
    [
      'a note to self',
      'src/a.ts',
      `\n// ${'TO'}${'DO'} later`,
      '2: finish it, or write an issue; the code says what is',
    ],
    [
      'the same in prose',
      'docs/a.md',
      `${'FIX'}${'ME'}: wrong`,
      '1: finish it, or write an issue; the code says what is',
    ],
    ['any', 'src/a.ts', `const a: ${'an'}y = 1`, '1: any switches the checks off; use unknown and look'],
    [
      'any in a list',
      'test/a.ts',
      `const a: Array<${'an'}y> = []`,
      '1: any switches the checks off; use unknown and look',
    ],
    ['as any', 'bench/a.ts', `f(a as ${'an'}y)`, '1: any switches the checks off; use unknown and look'],
    [
      'a silenced type error',
      'src/a.ts',
      `// @ts-${'ignore'}`,
      '1: the type checker is right; change the types',
    ],
    ['a skipped test', 'test/a.test.ts', `it.${'skip'}('x', () => {})`, '1: every test runs'],
    [
      'an end of the process',
      'src/store/a.ts',
      'process.exit(1)',
      '1: only main.ts ends the process; throw, or tell the gateway',
    ],
    ["somebody's path", 'src/a.ts', `const a = '/${'home'}/me/x'`, "1: a path of somebody's machine"],
    ['a long file', 'test/a.ts', lines(401), '400: 401 lines; at most 400 in a file'],
    [
      'a long function',
      'src/a.ts',
      `export function f(\n  a: A,\n): B {\n${lines(70)}\n}\n`,
      '1: a function of 74 lines; at most 70',
    ],
    [
      'a long method',
      'src/a.ts',
      `class A {\n  async #f(): Promise<void> {\n${lines(69, '    work()')}\n  }\n}`,
      '2: a function of 71 lines; at most 70',
    ],
    [
      'a long arrow',
      'src/a.ts',
      `const f = (a: A) => {\n${lines(69)}\n}`,
      '1: a function of 71 lines; at most 70',
    ],
  ])('%s', (_name, path, text, finding) => {
    expect(found(path, text)).toEqual([finding])
  })
})

describe('no finding', () => {
  it.each<[name: string, path: string, text: string]>([
    [
      'the word any in prose',
      'src/a.ts',
      '// Whether any record was kept: any of them.\nconst text = "like any"',
    ],
    ['many functions', 'src/a.ts', `${`function f() {\n${lines(60)}\n}\n`.repeat(6)}`],
    ['a long table', 'src/a.ts', `const table = {\n${lines(200, '  a: 1,')}\n}`],
    ['a long suite', 'test/a.test.ts', `describe('a', () => {\n${lines(200)}\n})`],
    ['a program of its own', 'src/store/engine/child.ts', 'process.exit(1)'],
  ])('%s', (_name, path, text) => {
    expect(found(path, text)).toEqual([])
  })
})

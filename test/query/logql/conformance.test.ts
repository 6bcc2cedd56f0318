import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EvaluatorBackend } from '../../../conformance/logql/evaluator-backend.ts'
import { parseScript } from '../../../conformance/logql/parse-script.ts'
import { parsePoints } from '../../../conformance/logql/points.ts'
import { runScript } from '../../../conformance/logql/runner.ts'

const SCRIPT = `
# A comment with "quotes" in it
load
  {app="x", zone="z"} "n={{.i}} # no comment" @ 10s [repeat every 10s for 3]   # a comment
  # an indented comment
  {app="x", zone="z"} \`{"raw":"1"}\` @ 1m30s [metadata level="info" "odd key"="v"]
  {app="w", path="C:\\\\x"} "back\\" @ 10s [metadata k="1"] [repeat every 10s for 2]
  {path=\`C:\\x\`, app="w"} "back\\" @ 10s [metadata k="2"]

eval instant at 30s sum(count_over_time({path="C:\\\\x"} |= "back" | k="1" [30s]))
  {} 2
eval select from 20s to 21s forward {app="w"} | line_format "{{ __timestamp__ | unixEpoch }}"
  {app="w", path="C:\\\\x", k="1"} "20" @ 20s
eval instant at 30s vector(3)
  skip values-comparison on "direct"
  {} 4
eval instant at 30s vector(3)
  expect values-toleration 0.2 on "direct"
  expect values-toleration 0.000001 on "another"
  {} 3.1
eval instant at 30s count_over_time({app="x"} |= "#" [30s])
  {zone="z", app="x"} 3
eval range from 10s to 50s step 20s sum(count_over_time({app="x"}[20s]))
  {} 1 2 _
eval instant at 0 1 + 1
  2
eval instant at 30s sort_desc(sum by (n) (count_over_time({app="x"} | logfmt [30s])) + 0)
  skip values-comparison on "somewhere"
  {n="0"} 1
  {n="1"} 1
  {n="2"} 1
eval instant at 30s count_over_time({app="y"}[30s])
  expect empty
eval instant at 30s count_over_time({app="y"})
  expect fail msg: unexpected )
eval instant at 30s count_over_time({app="y"})
  expect fail regex: unexpected \\)
# Labels of all origins make a stream, unless origins are written.
eval select from 0 to 30s BACKWARD {app="x"} | logfmt
  {app="x", n="1", zone="z"} "n=1 # no comment" @ 20s
  {app="x", n="0", zone="z"} "n=0 # no comment" @ 10s
eval select from 0 to 30s backward {app="x"} | logfmt
  {app="x", zone="z"} "n=1 # no comment" @ 20s [parsed n="1"]
  {app="x", zone="z"} "n=0 # no comment" @ 10s [parsed n="0"]
flush
load
  {app="x", zone="z"} "later" @ 90s
eval select from 90s to 91s forward {app="x"}
  {app="x", zone="z"} \`{"raw":"1"}\` @ 90s [metadata level="info" "odd key"="v"]
  {app="x", zone="z"} "later" @ 90s
clear
eval instant at 30s count_over_time({app="x"}[30s])
  expect empty
`

/** One eval each, with an expectation that is wrong. */
const WRONG = [
  'eval instant at 30s vector(1)\n  {} 2',
  'eval instant at 30s vector(1)\n  {a="b"} 1',
  'eval instant at 30s vector(1)\n  1',
  'eval instant at 30s vector(1)\n  expect empty',
  'eval instant at 30s vector(1)\n  expect fail',
  'eval instant at 30s vector(\n  {} 1',
  'eval instant at 30s vector(3)\n  expect values-toleration 0.2 on "another"\n  {} 3.1',
  'eval instant at 30s vector(3)\n  skip values-comparison on "direct"\n  {a="b"} 3',
  'eval instant at 30s vector(\n  expect fail regex: (?i)SOMETHING else',
  'eval select from 0 to 30s forward {app="x", n="1"} | label_format l="m"\n  {app="x", n="1"} "a" @ 10s',
  'eval instant at 30s vector(\n  expect fail msg: something else',
  'eval instant at 30s sort(count_over_time({app="x"}[30s]))\n  expect ordered\n  {app="x", n="2"} 1\n  {app="x", n="1"} 1',
  'eval range from 0 to 10s step 10s vector(1)\n  {} 1 _',
  'eval select from 0 to 30s forward {app="x"}\n  {app="x", n="1"} "b" @ 10s\n  {app="x", n="2"} "a" @ 10s',
  'eval select from 0 to 30s forward {app="x", n="1"}\n  {app="x", n="1"} "a" @ 10s [parsed x="y"]',
]
const DATA = 'load\n  {app="x", n="1"} "a" @ 10s\n  {app="x", n="2"} "b" @ 10s\n'

describe('the runner of conformance scripts', () => {
  it('finds everything as the script says', async () => {
    const outcomes = await runScript(SCRIPT, new EvaluatorBackend())
    expect(outcomes.filter(({ failure }) => failure !== undefined)).toEqual([])
    expect(outcomes.length).toBe(15)
  })

  it.each(WRONG)('notices what is not so: %j', async (wrong) => {
    const outcomes = await runScript(DATA + wrong, new EvaluatorBackend())
    expect(outcomes.map(({ failure }) => failure !== undefined)).toEqual([true])
  })

  it.each([
    ['_', [undefined]],
    ['+Inf', [Number.POSITIVE_INFINITY]],
    ['-1.5e3', [-1500]],
    ['2+3x2', [2, 5, 8]],
    ['1-1x2', [1, 0, -1]],
    ['4x3', [4, 4, 4, 4]],
    ['_x2', [undefined, undefined]],
    ['x', undefined],
  ])('reads %s as points', (word, points) => {
    expect(parsePoints(word)).toEqual(points)
  })

  it.each([
    ['what is this', 'line 1: expected load, clear, flush or eval'],
    ['load\n  {app="x"} "no time"', 'line 2: expected @'],
    ['eval instant at 5s vector(1)', 'exactly one kind of result'],
    ['eval instant at 5s vector(1)\n  {} x', 'line 2: expected points'],
    ['eval instant at 5s vector(1)\n  {}', 'line 2: expected points, or a line'],
    ['eval instant at 5s vector(1)\n  1 2', 'line 2: expected one number'],
    ['eval instant at 5s vector(1)\n  expect sorted', 'line 2: expected ordered, empty, fail'],
    ['eval instant at 5s vector(1)\n  expect fail mesg: x', 'line 2: expected msg: or regex:'],
    ['eval instant at 5s vector(1)\n  expect fail msg:', 'line 2: expected a text after msg:'],
    ['eval instant at 5s vector(1)\n  expect fail\n  expect empty', 'exactly one kind of result'],
    ['eval instant at 5s vector(1)\n  expect ordered\n  1', 'expect ordered stands above series only'],
    ['eval instant at 5s vector(1)\n  skip series on "direct"\n  1', 'line 2: expected values-comparison'],
    ['eval instant at 5s vector(1)\n  expect values-toleration 0 on "direct"\n  1', 'a number above 0'],
    ['eval range from 0 to 1m step 30s vector(1)\n  expect ordered\n  {} 1 1', 'below eval instant only'],
    ['eval range from 0 to 1m step 0s vector(1)\n  {} 1', 'a step must be longer than 0'],
    ['eval range from 10s to 0s step 1s vector(1)\n  {} 1', 'the range ends before it begins'],
    ['eval select from 5s to 5s forward {a="b"}\n  expect empty', 'the window ends where it begins'],
    ['eval select from 0 to 5s backwards {a="b"}\n  expect empty', 'expected forward or backward'],
    ['eval select from 0 to 5s {a="b"}\n  expect empty', 'expected forward or backward'],
    ['eval sideways at 0s x\n  expect empty', 'expected instant, range or select'],
    ['load\n  {app="x"} "a" @ 0s junk', 'expected [repeat every'],
    ['load\n  {app="x"} "a" @ 0s [repeat every 10s for 0]', 'from 1 to 1000000 entries'],
    ['load\n  {app="x"} "a" @ 0s [repeat every 10s for 5.5]', 'expected a whole number and ]'],
    ['load\n  {app="x"} "a" @ 0s [repeat every 10s for 3', 'expected a whole number and ]'],
    ['load\n  {app="x"} "a" @ 0s [repeat every 1x for 3]', 'a wrong duration'],
    ['load\n  {app="x"} "a" @ 0s [metadata ]', 'without anything in it'],
    ['load\n  {app="x"} "a" @ 0s [metadata k=v]', 'expected a quoted text'],
    ['load\n  {app="x" b="y"} "a" @ 0s', 'expected , or }'],
  ])('refuses %j', (script, message) => {
    expect(() => parseScript(script)).toThrow(message)
  })
})

describe('the command', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'weir-logql-'))
  })
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  const run = (words: ReadonlyArray<string>): Promise<{ code: number; lines: string[] }> =>
    new Promise((resolve) => {
      const command = fileURLToPath(new URL('../../../conformance/logql/run.ts', import.meta.url))
      execFile(process.execPath, [command, ...words], (error, stdout) => {
        resolve({
          code: typeof error?.code === 'number' ? error.code : 0,
          lines: stdout.trimEnd().split('\n'),
        })
      })
    })

  it('prints what failed, and counts last', async () => {
    const good = join(folder, 'good.logqltest')
    const bad = join(folder, 'bad.logqltest')
    writeFileSync(good, SCRIPT)
    writeFileSync(bad, `${DATA}${WRONG[0]}`)
    expect(await run([good])).toEqual({ code: 0, lines: [`${good}: 15 of 15`, '15 passed, 0 failed'] })
    const { code, lines } = await run([good, bad])
    expect(code).toBe(1)
    expect(lines).toContain(`${bad}:4: vector(1)`)
    expect(lines).toContain('  expected {} 2')
    expect(lines).toContain('  got      {} 1')
    expect(lines.at(-1)).toBe('15 passed, 1 failed')
  })

  it('says what it can not do', async () => {
    expect((await run(['--nope'])).code).toBe(2)
  })
})

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EvaluatorBackend } from '../../../conformance/promql/evaluator-backend.ts'
import { parseScript } from '../../../conformance/promql/parse-script.ts'
import { runScript } from '../../../conformance/promql/runner.ts'

const SCRIPT = `
# A comment
load 5m
  x{a="b", c='d'} 0+10x3 _ stale 7
	y NaN -Inf 1e3 2-1x2 _x2 .5
  h {{schema:1 sum:3 count:5 buckets:[2 3]}}x2

load_with_nhcb 1m
  z_bucket{le="1"} 1
  z_bucket{le="+Inf"} 3

eval instant at 5m x
  x{c="d", a="b"} 10

eval range from 0 to 30m step 5m x
  x{a="b", c="d"} 0 10 20 30 _ _ 7

eval range from 0 to 40m step 5m y
  expect no_warn
  expect no_info
  y NaN -Inf 1000 2 1 0 _ _ 0.5

eval instant at 10m 1 + 1
  2

eval instant at 0 "a\\"b"
  expect string "a\\"b"

eval instant at 0 nothing

eval_ordered instant at 5m sort(x or y)
  y -Inf
  x{a="b", c="d"} 10

eval instant at 5m x + on (nothing) group_left ()
  expect fail

eval_fail instant at 5m rate(x)
  expected_fail_regexp expected type range vector

eval instant at 5m label_replace(x, "a", "z", "a", "(")
  expect fail msg: invalid regular expression in label_replace(): (

eval_info instant at 5m rate(x[6m])
  {a="b", c="d"} 0.0277778

eval_warn instant at 5m quantile(2, x)
  {} +Inf

eval instant at 10m h
  h {{schema:1 sum:3 count:5 buckets:[2 3]}}

eval instant at 0 z
  z {{schema:-53 count:3 custom_values:[1] buckets:[1 2]}}
clear
eval instant at 5m x
`

/** One eval each, with an expectation that is wrong. */
const WRONG = [
  'eval instant at 5m x\n  x{a="b"} 11',
  'eval instant at 5m x\n  x{a="c"} 10',
  'eval instant at 5m x\n  10',
  'eval instant at 5m x',
  'eval instant at 5m x\n  x{a="b"} {{count:10}}',
  'eval instant at 5m x\n  expect fail',
  'eval instant at 5m x\n  expect warn\n  x{a="b"} 10',
  'eval instant at 5m x\n  expect info\n  x{a="b"} 10',
  'eval instant at 5m rate(x[6m])\n  expect no_info\n  {a="b"} 0.0277778',
  'eval instant at 5m rate(x[6m])\n  expect info msg: something else\n  {a="b"} 0.0277778',
  'eval instant at 5m rate(x)\n  {a="b"} 1',
  'eval instant at 5m rate(x)\n  expect fail msg: something else',
  'eval range from 0 to 5m step 5m x\n  x{a="b"} 0 _',
  'eval range from 0 to 5m step 5m x\n  x{a="b"} 0',
  'eval instant at 5m sort_desc(x or y)\n  expect ordered\n  y{} 1\n  x{a="b"} 10',
  'eval instant at 5m h\n  h {{schema:0 count:2 sum:3 buckets:[1 2]}}',
  'eval instant at 5m h\n  h {{schema:1 count:2 sum:3 buckets:[1 1]}}',
]
const DATA = 'load 5m\n  x{a="b"} 0+10x10\n  y 1x10\n  h {{schema:0 count:2 sum:3 buckets:[1 1]}}x10\n\n'

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
    ['what is this', 'line 1: expected load, clear or eval'],
    ['load often\n  x 1', 'line 1: a wrong duration: often'],
    ['load 5m\n  x many', 'line 2: expected a number'],
    ['load 5m\n  x {{counter_reset_hint:maybe}}', 'line 2: a wrong hint'],
    ['eval sometimes x', 'line 1: expected instant or range'],
    ['eval instant at 5m', 'line 1: expected a query'],
  ])('refuses %j', (script, message) => {
    expect(() => parseScript(script)).toThrow(message)
  })
})

describe('the command', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'weir-promql-'))
  })
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  const run = (words: ReadonlyArray<string>): Promise<{ code: number; lines: string[] }> =>
    new Promise((resolve) => {
      const command = fileURLToPath(new URL('../../../conformance/promql/run.ts', import.meta.url))
      execFile(process.execPath, [command, ...words], (error, stdout) => {
        resolve({
          code: typeof error?.code === 'number' ? error.code : 0,
          lines: stdout.trimEnd().split('\n'),
        })
      })
    })

  it('prints what failed, counts histograms apart, and the rest last', async () => {
    const good = join(folder, 'good.test')
    const bad = join(folder, 'bad.test')
    writeFileSync(good, SCRIPT)
    writeFileSync(bad, `${DATA}${WRONG[0]}`)
    expect(await run([good])).toEqual({
      code: 0,
      lines: [`${good}: 13 of 13`, 'native histograms: 2 passed, 0 failed', '13 passed, 0 failed'],
    })
    const { code, lines } = await run([good, bad])
    expect(code).toBe(1)
    expect(lines).toContain(`${bad}:6: x`)
    expect(lines).toContain('  expected {__name__="x", a="b"} 11')
    expect(lines).toContain('  got      {__name__="x", a="b"} 10')
    expect(lines.at(-1)).toBe('13 passed, 1 failed')
  })

  it('says what it does not understand', async () => {
    expect(await run(['--what'])).toEqual({
      code: 2,
      lines: ['--what is no option: conformance/promql/run.ts [--http] [FILE…]'],
    })
    const broken = join(folder, 'broken.test')
    writeFileSync(broken, 'what is this')
    expect(await run([broken])).toMatchObject({ code: 1 })
  })
})

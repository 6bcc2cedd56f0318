import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SHARED_LENGTH_MIN, TextSearch } from '../../../src/processors/ottl/text-search.ts'
import { build, reasons } from '../filter/build.ts'
import { testDeps } from '../kit.ts'
import { scanned } from '../ottl/evaluate.ts'

const letters = fc.constantFrom('a', 'b', 'A', 'B', 'é', 'k')

describe('several texts in one search', () => {
  it('are found where String.includes finds them', () => {
    const text = fc.record({
      text: fc.string({ unit: letters, minLength: 4, maxLength: 8 }),
      foldCase: fc.boolean(),
    })
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 6 }),
        fc.array(fc.string({ unit: letters, maxLength: 60, size: 'max' }), { minLength: 1 }),
        (texts, values) => {
          // Case is ignored of ASCII alone: such patterns are not searched otherwise.
          const asked = texts.map((one) => ({
            ...one,
            foldCase: one.foldCase && /^\p{ASCII}*$/u.test(one.text),
          }))
          const search = new TextSearch()
          const numbers = asked.map(({ foldCase, text }) => search.add(text, foldCase)!)
          values.forEach((value, record) => {
            // What stands around the value must not be found.
            const before = Buffer.from(asked[0]!.text)
            const bytes = Buffer.concat([before, Buffer.from(value), before])
            expect(search.isAbout(1, record)).toBe(false)
            search.search(1, record, bytes, before.length, bytes.length - before.length)
            expect(search.isAbout(1, record)).toBe(true)
            const lower = (one: string): string => one.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
            const expected = asked.map(({ foldCase, text }) =>
              foldCase ? lower(value).includes(lower(text)) : value.includes(text),
            )
            expect(numbers.map((number) => search.has(number))).toEqual(expected)
          })
        },
      ),
      { numRuns: 200 },
    )
  })

  it('short ones, and more than 31, are searched alone', () => {
    const search = new TextSearch()
    expect(search.add('x'.repeat(SHARED_LENGTH_MIN - 1), false)).toBeUndefined()
    for (let i = 0; i < 31; i++) expect(search.add(`text ${i}`, false)).toBe(i)
    expect(search.add('text 31', false)).toBeUndefined()
    const bytes = Buffer.from('text 30')
    search.search(1, 0, bytes, 0, bytes.length)
    expect([30, 3, 0, 1].map((number) => search.has(number))).toEqual([true, true, false, false])
  })
})

it('rules that search the same body together say what each says alone', () => {
  const patterns = [
    'password',
    '(?i)Heartbeat',
    'user=\\\\d+',
    '^GET /x',
    'ab',
    '.*token.*',
    '(?i)risks',
    'end of$',
    '(?i)stack',
  ]
  const body = fc
    .array(
      fc.constantFrom(
        'password',
        'HEARTBEAT',
        'user=7',
        'user=',
        'GET /x',
        'ab',
        'token',
        ' ',
        'end of',
        'RIS\u212aS',
        '\u017ftack',
        'x',
      ),
      { maxLength: 6 },
    )
    .map((parts) => parts.join(''))
  const conditions = patterns.map((pattern) => `IsMatch(body, "${pattern}")`)
  fc.assert(
    fc.property(
      fc.array(fc.option(body, { nil: undefined }), { minLength: 1, maxLength: 8 }),
      fc.shuffledSubarray(conditions, { minLength: 2 }),
      (bodies, some) => {
        const request = {
          resourceLogs: [
            {
              scopeLogs: [
                {
                  logRecords: bodies.map((text) =>
                    text === undefined ? {} : { body: { stringValue: text } },
                  ),
                },
              ],
            },
          ],
        }
        const dropped = (log_conditions: ReadonlyArray<string>): boolean[] => {
          const deps = testDeps()
          const batch = scanned(request)
          build({ filter: { log_conditions } }, deps).process(batch, 1)
          return reasons(batch, deps).map((reason) => reason !== '')
        }
        const alone = some.map((condition) => dropped([condition]))
        const regex = some.map((condition) => {
          const [, fold, source] = /"(\(\?i\))?(.*)"/.exec(condition)!
          return new RegExp(source!.replaceAll('\\\\', '\\'), fold === undefined ? 'su' : 'isu')
        })
        expect(alone).toEqual(
          regex.map((each) => bodies.map((text) => text !== undefined && each.test(text))),
        )
        expect(dropped(some)).toEqual(bodies.map((_, i) => alone.some((each) => each[i])))
      },
    ),
    { numRuns: 100 },
  )
})

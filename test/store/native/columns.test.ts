import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BlockBuilder } from '../../../src/store/native/block-builder.ts'
import { LowCardinalityColumn } from '../../../src/store/native/low-cardinality.ts'
import { MapColumn } from '../../../src/store/native/map.ts'
import { StringColumn } from '../../../src/store/native/string.ts'
import { seq } from '../../../src/store/tables/signal-columns.ts'
import type { Column, RowSet } from '../../../src/store/tables/table.ts'
import { startTestEngine, type TestEngine } from '../../support/engine.ts'
import { blockOf, insert, makeTable } from './native-table.ts'

// The oracle is ClickHouse: what it reads out of our bytes, told in its own JSON, must be what went in.
type TextRows = RowSet & { readonly texts: ReadonlyArray<string> }
type MapRows = RowSet & { readonly maps: ReadonlyArray<ReadonlyArray<readonly [string, string]>> }

const lowCardinality: Column<TextRows, LowCardinalityColumn> = {
  name: 'value',
  type: 'LowCardinality(String)',
  buffer: () => new LowCardinalityColumn(),
  write: ({ texts }, out) => {
    for (const text of texts) {
      const bytes = Buffer.from(`..${text}..`)
      out.append(out.dictionary.indexOf(bytes, 2, bytes.length - 2))
    }
  },
}
const copied: Column<TextRows, StringColumn> = {
  name: 'value',
  type: 'String',
  buffer: () => new StringColumn(),
  write: ({ texts }, out) => {
    for (const text of texts) {
      const bytes = Buffer.from(`..${text}..`)
      out.append(bytes, 2, bytes.length - 2)
    }
  },
}
const written: Column<TextRows, StringColumn> = {
  ...copied,
  write: ({ texts }, out) => {
    for (const text of texts) out.appendString(text)
  },
}
const map: Column<MapRows, MapColumn> = {
  name: 'value',
  type: 'Map(LowCardinality(String), String)',
  buffer: () => new MapColumn(),
  write: ({ maps }, out) => {
    for (const entries of maps) {
      for (const [key, value] of entries) {
        out.keys.append(out.keys.dictionary.indexOfString(key))
        out.values.appendString(value)
      }
      out.endRow()
    }
  },
}
type Numbered = RowSet & { readonly gatewayId: string; readonly seqLow: number; readonly seqHigh: number }

const ofTexts = (texts: ReadonlyArray<string>): TextRows => ({ texts, count: texts.length })
const ofMaps = (maps: MapRows['maps']): MapRows => ({ maps, count: maps.length })
const keys = (count: number) => Array.from({ length: count }, (_, i) => `key-${i}`)

describe('Native columns as ClickHouse reads them', () => {
  let server: TestEngine
  beforeAll(async () => {
    server = await startTestEngine()
  })
  afterAll(() => server?.stop())

  /** Rows in the order of the block: tables without a sort key keep it. */
  async function readBack<Rows extends RowSet>(
    column: Column<Rows>,
    rows: ReadonlyArray<Rows>,
    select = 'value',
  ): Promise<unknown[]> {
    const database = server.engine.writer
    const table = await makeTable(database, [column])
    await insert(database, table, [blockOf(table, ...rows)])
    const read = await database.rows<{ value: unknown }>(
      `SELECT ${select} AS value FROM ${table.name} SETTINGS max_threads = 1`,
    )
    return read.map(({ value }) => value)
  }

  // '' is key 0, so n other keys are n + 1: both sides of each index width.
  test.each([0, 1, 254, 255, 256, 257, 65_534, 65_535, 65_536, 70_000])(
    'LowCardinality with %i keys besides the empty one',
    async (count) => {
      const texts = ['', ...keys(count), ...keys(count).reverse(), '']
      expect(await readBack(lowCardinality, [ofTexts(texts)])).toEqual(texts)
    },
  )

  test('LowCardinality keeps apart keys that a cheap guess takes for the same', async () => {
    // Equal length, first, middle and last byte: only their bytes tell them from each other.
    const texts = Array.from({ length: 600 }, (_, i) => `a${String(i % 300).padStart(4, '0')}m0000z`)
    expect(await readBack(lowCardinality, [ofTexts(texts)])).toEqual(texts)
  })

  const lengths = [0, 1, 31, 32, 33, 126, 127, 128, 129, 16_383, 16_384, 16_385, 70_000, 2_097_151, 2_097_152]
  const long = lengths.map((length, i) => String.fromCharCode(97 + i).repeat(length))

  test.each([
    ['copied', copied],
    ['written in place', written],
    ['in a dictionary', lowCardinality],
  ])('strings on both sides of each varuint length, %s', async (_, column) => {
    expect(await readBack(column, [ofTexts(long)])).toEqual(long)
  })

  test('strings of several appends, characters of 1 to 4 bytes', async () => {
    const texts = ['', 'é', '漢字', '👩‍🚀', 'a\0b', '"\\\n\t', '']
    expect(await readBack(written, [ofTexts(texts), ofTexts([]), ofTexts(texts)])).toEqual([
      ...texts,
      ...texts,
    ])
  })

  test('maps, all of them empty: neither dictionary nor values follow the offsets', async () => {
    expect(await readBack(map, [ofMaps([[], [], []])])).toEqual([{}, {}, {}])
  })

  test('maps: empty ones between others, empty keys and values, more than 65,536 keys', async () => {
    const large = keys(66_000).map((key): [string, string] => [key, key.slice(4)])
    const maps = [
      [],
      [['a', '1']],
      [],
      [
        ['', ''],
        ['b', ''],
      ],
      large,
      [['a', '2']],
      [],
    ] as const
    expect(await readBack(map, [ofMaps(maps)])).toEqual(maps.map((entries) => Object.fromEntries(entries)))
  })

  test('maps keep a key that comes twice, and the order of keys', async () => {
    const maps = [
      [
        ['b', '1'],
        ['a', '2'],
        ['b', '3'],
      ],
    ] as const
    expect(await readBack(map, [ofMaps(maps)], '(mapKeys(value), mapValues(value))')).toEqual([
      [
        ['b', 'a', 'b'],
        ['1', '2', '3'],
      ],
    ])
  })

  test('Seq counts on over the end of its low word', async () => {
    const column = seq('value', {}) as Column<Numbered>
    const rows = { count: 3, gatewayId: '', seqLow: 0xffff_fffe, seqHigh: 0x1234_5678 }
    const first = (0x1234_5678n << 32n) + 0xffff_fffen
    expect(await readBack(column, [rows])).toEqual([first, first + 1n, first + 2n].map(String))
  })

  test('a builder used again holds nothing of the block before', async () => {
    const database = server.engine.writer
    const table = await makeTable(database, [map])
    const builder = new BlockBuilder(table)
    const blocks: Buffer[] = []
    const rounds = [[['k', 'v'.repeat(5_000_000)]], keys(300).map((key) => [key, '']), [], [['z', 'last']]]
    for (const entries of rounds) {
      builder.append(ofMaps([entries as [string, string][]]))
      blocks.push(Buffer.concat(builder.finish()))
      builder.reset()
    }
    // Several blocks in one request, each with a dictionary of its own.
    await insert(database, table, blocks)
    const read = await database.rows<{ value: unknown }>(
      `SELECT value FROM ${table.name} SETTINGS max_threads = 1`,
    )
    expect(read.map(({ value }) => value)).toEqual(rounds.map((entries) => Object.fromEntries(entries)))
    const parts = await database.rows(
      `SELECT count() AS n FROM system.parts WHERE table = {table:String} AND active`,
      { table: table.name },
    )
    expect(parts).toEqual([{ n: '1' }])
  })
})

describe('BlockBuilder', () => {
  const table = {
    name: 't',
    comment: '',
    columns: [copied, { ...lowCardinality, name: 'other' }],
    engine: 'MergeTree',
    orderBy: [],
    indexes: [],
    delivery: 'once',
  } as const

  test('hands out nothing where there are no rows', () => {
    const builder = new BlockBuilder<TextRows>(table)
    builder.append(ofTexts([]))
    expect(builder.rows).toBe(0)
    expect(builder.bytes).toBe(0)
    expect(builder.finish()).toEqual([])
  })

  test('takes all rows of an append or none', () => {
    let fails = false
    const last: typeof copied = {
      ...copied,
      name: 'last',
      write: (rows, out) => (fails ? expect.unreachable('broken') : copied.write(rows, out)),
    }
    const mapped: Column<TextRows, MapColumn> = {
      ...map,
      name: 'mapped',
      write: ({ texts, count }, out) => map.write({ maps: texts.map((text) => [[text, text]]), count }, out),
    }
    // Every kind of column has written its rows when the last one fails.
    const columns = [copied, { ...lowCardinality, name: 'other' }, mapped, last]
    const failing = new BlockBuilder<TextRows>({ ...table, columns })
    failing.append(ofTexts(['a', 'b', 'lost']))
    fails = true
    expect(() => failing.append(ofTexts(['a', 'lost']))).toThrow('broken')
    fails = false
    failing.append(ofTexts(['c']))
    const whole = new BlockBuilder<TextRows>({ ...table, columns })
    whole.append(ofTexts(['a', 'b', 'lost']))
    whole.append(ofTexts(['c']))
    expect(failing.rows).toBe(4)
    expect(Buffer.concat(failing.finish())).toEqual(Buffer.concat(whole.finish()))
  })

  test('notices a column that writes too few rows, and use after finish', () => {
    const short: typeof copied = { ...copied, write: () => {} }
    const builder = new BlockBuilder<TextRows>({ ...table, columns: [short] })
    expect(() => builder.append(ofTexts(['a']))).toThrow('BUG: column t.value wrote 0 of 1 rows')
    const finished = new BlockBuilder<TextRows>(table)
    finished.finish()
    expect(() => finished.append(ofTexts(['a']))).toThrow('BUG')
    expect(() => finished.finish()).toThrow('BUG')
  })
})

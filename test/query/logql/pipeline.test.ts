import { describe, expect, it } from 'vitest'
import { logs, one, plain, type Row } from './support.ts'

type Labels = Readonly<Record<string, string>>

/** A stage, a line, and the labels that are there afterwards beside `app="a"`. */
const EXTRACTIONS: ReadonlyArray<readonly [string, string, Labels]> = [
  // json
  [
    '| json',
    '{"a":"x","n":1.50,"t":true,"f":false,"z":null,"l":[1,2]}',
    { a: 'x', n: '1.50', t: 'true', f: 'false' },
  ],
  [
    '| json',
    ' {"a.b": {"c": "d"}, "e": "f", "9x": 1, "": 2, "g": {"9": 3}} tail',
    { a_b_c: 'd', e: 'f', _9x: '1', g_9: '3' },
  ],
  ['| json', '{"a":"\\u00fc\\n\\"","b":"ü"}', { a: 'ü\n"', b: 'ü' }],
  ['| json', '{"a":1,"a":2}', { a: '1' }],
  ['| json', '{"app":"b","a":{"app":"c"}}', { app_extracted: 'b', a_app: 'c' }],
  ['| json', '{}', {}],
  [
    '| json',
    'plain',
    {
      __error__: 'JSONParserErr',
      __error_details__: "Value looks like object, but can't find closing '}' symbol",
    },
  ],
  [
    '| json',
    '{"a":1,',
    {
      a: '1',
      __error__: 'JSONParserErr',
      __error_details__: 'Malformed JSON error',
    },
  ],
  ['| json', '{"__error__":"x","b":1}', { b: '1' }],
  [
    '| json s="servers[0]", ua="request.headers[\\"User-Agent\\"]", l="servers", o="request", no="x.y"',
    '{"servers":["129.0.1.1","10.2.1.3"],"request":{"headers":{"User-Agent":"curl"}}}',
    {
      s: '129.0.1.1',
      ua: 'curl',
      l: '["129.0.1.1","10.2.1.3"]',
      o: '{"headers":{"User-Agent":"curl"}}',
      no: '',
    },
  ],
  ['| json a, b="c"', '{"a":null,"c":{"d":"}"}}', { a: '', b: '{"d":"}"}' }],
  ['| json app="x"', '{"x":"y"}', { app_extracted: 'y' }],
  ['| json a="b"', 'text', { __error__: 'JSONParserErr', __error_details__: 'Unknown value type' }],
  // logfmt
  [
    '| logfmt',
    'at=info method=GET fwd="124.133.124.161" msg="a \\"b\\" c" n=',
    { at: 'info', method: 'GET', fwd: '124.133.124.161', msg: 'a "b" c' },
  ],
  ['| logfmt --keep-empty', 'a b= c=1', { a: '', b: '', c: '1' }],
  ['| logfmt', '=value foo=bar=buzz fo"o=bar k=v', { k: 'v' }],
  [
    '| logfmt --strict',
    'k=v =value l=w',
    {
      k: 'v',
      __error__: 'LogfmtParserErr',
      __error_details__: "logfmt syntax error at pos 5 : unexpected '='",
    },
  ],
  [
    '| logfmt host, fwd_ip="fwd"',
    'host=grafana.net fwd="124.133.124.161" x=1',
    { host: 'grafana.net', fwd_ip: '124.133.124.161' },
  ],
  ['| logfmt app="b-c"', 'b-c=x', { app_extracted: 'x' }],
  // pattern
  [
    '| pattern `<ip> - - <_> "<method> <uri> <_>" <status> <size> <_>`',
    '0.1.12.2 - - [10/Jun/2021] "GET /api HTTP/1.1" 200 2 "-"',
    { ip: '0.1.12.2', method: 'GET', uri: '/api', status: '200', size: '2' },
  ],
  [
    '| pattern `<_> msg="<method> <path> (<status>) <latency>"`',
    'level=debug msg="POST /push (204) 16.6ms"',
    { method: 'POST', path: '/push', status: '204', latency: '16.6ms' },
  ],
  ['| pattern `x <a>`', 'y z', {}],
  // regexp
  [
    '| regexp "(?P<method>\\\\w+) (?P<path>[\\\\w|/]+) \\\\((?P<status>\\\\d+?)\\\\) (?P<duration>.*)"',
    'POST /api/v1 (200) 1.5s',
    { method: 'POST', path: '/api/v1', status: '200', duration: '1.5s' },
  ],
  ['| regexp "(?P<a>x)|(?P<b>y)"', 'y', { a: '', b: 'y' }],
  // Two parsers: the first of a name stays
  ['| json | line_format "{{.m}}" | logfmt', '{"m":"a=1 b=2","a":"0"}', { m: 'a=1 b=2', a: '0', b: '2' }],
  // unpack
  ['| unpack', '{"pod":"p","n":1,"_entry":"text"}', { pod: 'p' }],
  ['| unpack', '{"pod":"p"}', {}],
  [
    '| unpack',
    'x',
    { __error__: 'JSONParserErr', __error_details__: 'expecting json object(6), but it is not' },
  ],
  // Formats
  ['| logfmt | label_format dst=src, both="{{.src}}-{{.a}}"', 'src=1 a=2', { dst: '1', a: '2', both: '-2' }],
  ['| logfmt | label_format both="{{.src}}", dst=src', 'src=1', { dst: '1', both: '1' }],
  ['| label_format x=missing, app="new"', '', { app: 'new' }],
  [
    '| line_format "{{ div 1 0 }}"',
    '',
    {
      __error__: 'TemplateFormatErr',
      __error_details__:
        'template: line:1:4: executing "line" at <div 1 0>: error calling div: runtime error: integer divide by zero',
    },
  ],
  // drop and keep
  ['| logfmt | drop a, b="1", app', 'a=1 b=2 c=3', { b: '2', c: '3', app: '' }],
  ['| logfmt | keep a, b=~"x.*"', 'a=1 b=xy c=3', { a: '1', b: 'xy', app: '' }],
  ['| json | drop __error__, __error_details__', 'x', {}],
  [
    '| json | keep nothing',
    'x',
    {
      __error__: 'JSONParserErr',
      __error_details__: "Value looks like object, but can't find closing '}' symbol",
      app: '',
    },
  ],
  // Filters that can't convert
  [
    '| logfmt | a > 5',
    'a=x',
    {
      a: 'x',
      __error__: 'LabelFilterErr',
      __error_details__: 'strconv.ParseFloat: parsing "x": invalid syntax',
    },
  ],
  [
    '| logfmt | a > 5s',
    'a=x',
    { a: 'x', __error__: 'LabelFilterErr', __error_details__: 'time: invalid duration "x"' },
  ],
  [
    '| logfmt | a > 5KB',
    'a=5XB',
    { a: '5XB', __error__: 'LabelFilterErr', __error_details__: 'unhandled size name: XB' },
  ],
]

describe('labels', () => {
  it.each(EXTRACTIONS)('%s of %s', async (stages, line, expected) => {
    const found = await one(`{app="a"} ${stages}`, { line })
    const { app = 'a', ...others } = expected
    expect(found?.labels).toEqual(app === '' ? others : { app, ...others })
  })

  it('keeps apart where they come from', async () => {
    const row: Row = { line: 'k=p z=p', stream: { app: 'a', k: 's' }, metadata: { k: 'm', t: 'm', z: 'm' } }
    const [entry] = await logs('{app="a"} | logfmt | label_format t2=t', [row])
    expect(plain(entry!.stream)).toEqual({ app: 'a', k: 's' })
    expect(plain(entry!.metadata)).toEqual({ z: 'm' })
    expect(plain(entry!.parsed)).toEqual({ k_extracted: 'p', z_extracted: 'p', t2: 'm' })
    const [bare] = await logs('{app="a"}', [row])
    expect(plain(bare!.metadata)).toEqual({ k_extracted: 'm', t: 'm', z: 'm' })
    expect(bare!.parsed.size).toBe(0)
  })
})

/** A query, a line, and what becomes of the line; undefined if it is dropped. */
const LINES: ReadonlyArray<readonly [string, string, string | undefined]> = [
  ['|= "b"', 'abc', 'abc'],
  ['|= "B"', 'abc', undefined],
  ['|~ "a.c"', 'xa\nc', 'xa\nc'],
  ['|~ "(?i)ABC$"', 'xabc', 'xabc'],
  ['|~ "(?i)kelvin"', 'x \u212aELVIN', 'x \u212aELVIN'],
  ['|~ "(?i)^err"', 'ERR x', 'ERR x'],
  ['|~ "(?i)i"', '\u0130', undefined],
  ['|~ "^(GET|POST) "', 'POST x', 'POST x'],
  ['!~ "^(GET|POST) "', 'POST x', undefined],
  ['!= "x" or "b"', 'abc', undefined],
  ['|= "x" or "b"', 'abc', 'abc'],
  ['|> "<_> b <_>"', 'a b c', 'a b c'],
  ['|> "<_> b <_>"', ' b c', undefined],
  ['|> "<_>b"', 'xbab', 'xbab'],
  ['|> "a<_>"', 'xab', undefined],
  ['|> ""', '', ''],
  ['!> "<_>"', 'x', undefined],
  ['|= ip("192.168.4.5/16")', 'from 192.168.77.1:8080 ok', 'from 192.168.77.1:8080 ok'],
  ['|= ip("3.180.71.3")', '93.180.71.3 - -', undefined],
  ['|= ip("192.168.0.1-192.189.10.12")', 'x 192.170.0.0 y', 'x 192.170.0.0 y'],
  ['|= ip("2001:db8::/32")', 'peer=[2001:db8::8]:443', 'peer=[2001:db8::8]:443'],
  ['|= ip("::1")', 'at 12:30:45 from 10.0.0.1', undefined],
  ['!= ip("10.0.0.0/8")', 'no address', 'no address'],
  ['| decolorize', '\u001b[31mred\u001b[0m \u001b[1;32mgreen\u001b[m', 'red green'],
  ['| line_format "{{.app}}:{{__line__}}"', 'x', 'a:x'],
  ['| unpack', '{"_entry":"the line"}', 'the line'],
  // Label filters
  ['| app="a"', 'x', 'x'],
  ['| missing=""', 'x', 'x'],
  ['| missing!="y"', 'x', 'x'],
  ['| missing > 0', 'x', undefined],
  ['| logfmt | d >= 20ms', 'd=0.02s', 'd=0.02s'],
  ['| logfmt | s > 1KiB', 's=1KB', undefined],
  ['| logfmt | s = 1KB', 's=1kb', 's=1kb'],
  ['| logfmt | n == 1e3, m != 2', 'n=1000 m=3', 'n=1000 m=3'],
  ['| logfmt | n < -1', 'n=-2', 'n=-2'],
  ['| logfmt | a="1" or b="2" and c="3"', 'a=1 b=0 c=0', 'a=1 b=0 c=0'],
  ['| logfmt | (a="1" or b="2") and c="3"', 'a=1 b=0 c=0', undefined],
  ['| logfmt | a="1" b="2"', 'a=1 b=3', undefined],
  ['| logfmt | a=~"1|2"', 'a=12', undefined],
  ['| logfmt | a=ip("10.0.0.0/8")', 'a=10.1.1.1', 'a=10.1.1.1'],
  ['| logfmt | b!=ip("10.0.0.0/8")', 'a=10.1.1.1', undefined],
  ['| json | a=ip("10.0.0.0/8")', 'no json', 'no json'],
  ['| json | __error__=""', 'no json', undefined],
  ['| json | __error__="JSONParserErr"', 'no json', 'no json'],
  ['| json | __error__ > 0', 'no json', undefined],
  ['| json | __error_details__=~".*closing.*"', 'no json', 'no json'],
]

describe('lines', () => {
  it.each(LINES)('%s of %s', async (stages, line, expected) => {
    expect((await one(`{app="a"} ${stages}`, { line }))?.line).toBe(expected)
  })

  it.each([
    ['{app="a"}', true],
    ['{app=~".+", app!="a"}', false],
    ['{app=~"a|b", nope=""}', true],
    ['{app=~"a", env!~"x.*"}', true],
    ['{app=~"aa"}', false],
    ['{app="a", nope!=""}', false],
  ])('%s chooses streams', async (query, chosen) => {
    expect((await logs(query, [{ stream: { app: 'a', env: 'prod' } }])).length).toBe(Number(chosen))
  })

  it('stops at the limit, in the order of the source', async () => {
    const rows = ['c', 'a', 'b'].map((line): Row => ({ line }))
    const found = await logs('{app="a"} != "a"', rows, 1)
    expect(found.map(({ line }) => line)).toEqual(['c'])
    expect(await logs('{app="a"}', rows, 0)).toEqual([])
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StageError } from '../../../src/query/logql/error.ts'
import { timeWords } from '../../../src/query/logql/record.ts'
import { TemplateError } from '../../../src/query/logql/template/error.ts'
import { compileTemplate } from '../../../src/query/logql/template/template.ts'

const LABELS = new Map(
  Object.entries({
    path: '/api/v1 x',
    status: '200',
    duration: '3000',
    took: '1m30s',
    size: '5MB',
    err: 'ErrTimeout here',
    json: '[{"query":"a","n":1},{"query":"b","n":2.5,"deep":{"x":null}}]',
    empty: '',
    ts: '1679577215',
    foo: 'Zürich',
  }),
)

function render(template: string, line = 'the Line'): string {
  const time = timeWords(1_700_000_000_123_456_789n)
  return compileTemplate(template, 'line')({ labels: LABELS, line, ...time })
}

describe('templates', () => {
  it.each([
    // Text, labels, and the properties of the record
    ['no action', 'no action'],
    ['{{.status}} {{ .path }}', '200 /api/v1 x'],
    ['[{{.missing}}]', '[]'],
    ['{{__line__ | lower}}', 'the line'],
    ['{{ __timestamp__ | unixEpoch }}', '1700000000'],
    [
      '{{ __timestamp__ | unixEpochMillis }} {{ __timestamp__ | unixEpochNanos }}',
      '1700000000123 1700000000123456789',
    ],
    ['{{ __timestamp__ | date "2006-01-02T15:04:05.00Z-07:00" }}', '2023-11-14T22:13:20.12Z+00:00'],
    ['{{ __timestamp__ }}', '2023-11-14 22:13:20.123456789 +0000 UTC'],
    ['a {{- /* nothing */ -}} b', 'ab'],
    ['a  {{- .status -}}  b', 'a200b'],
    ['{{"quoted \\"x\\""}} {{`raw \\n`}}', 'quoted "x" raw \\n'],
    ['{{$x := .status}}{{$x}}{{$x = "y"}}{{$x}}', '200y'],
    ['{{$.status}}', '200'],
    // Texts
    ['{{ .path | replace " " "_" | trunc 5 | upper }}', '/API/'],
    ['{{ alignLeft 5 "hello world" }}|{{ alignLeft 5 "hi" }}|', 'hello|hi   |'],
    ['{{ alignRight 5 "hello world" }}|{{ alignRight 5 "hi" }}|', 'world|   hi|'],
    ['{{ "hello" | b64enc }} {{ "aGVsbG8=" | b64dec }}', 'aGVsbG8= hello'],
    ['{{ default "-" .empty }} {{ default "-" "foo" }} {{ .missing | default "x" }}', '- foo x'],
    ['{{ indent 2 "a\\nb" }}|{{ nindent 1 "c" }}', '  a\n  b|\n c'],
    ['{{ repeat 3 "ab" }}', 'ababab'],
    [
      '{{ substr 0 5 "hello world" }}|{{ substr 6 11 "hello world" }}|{{ substr -1 3 "hello" }}|{{ substr 2 -1 "hello" }}',
      'hello|world|hel|llo',
    ],
    ['{{ title "hello world" }} {{ lower "HELLO" }} {{ upper .foo }}', 'Hello World hello ZÜRICH'],
    [
      '[{{ trim "  a " }}] {{ trimAll "$" "$5.00$" }} {{ trimPrefix "-" "-hello" }} {{ trimSuffix "-" "hello-" }}',
      '[a] 5.00 hello hello',
    ],
    ['{{ trunc 5 "hello world" }} {{ trunc -5 "hello world" }} {{ trunc 9 "hi" }}', 'hello world hi'],
    ['{{ urlencode "a b&c=ü!" }} {{ urldecode "a+b%26c" }}', 'a+b%26c%3D%C3%BC%21 a b&c'],
    [
      '{{ ToUpper "a" }}{{ ToLower "B" }}{{ Replace "aaa" "a" "b" 2 }}{{ TrimSpace " x " }}{{ Trim "xax" "x" }}{{ TrimLeft "xax" "x" }}{{ TrimRight "xax" "x" }}{{ TrimPrefix "ab" "a" }}{{ TrimSuffix "ab" "b" }}',
      'AbbbaxaaxxaBa'.replace('xaaxxaBa', 'xaaxxaba'),
    ],
    // Logic
    ['{{ if contains "ErrTimeout" .err }}timeout{{ end }}', 'timeout'],
    ['{{ if contains .err "x" }}a{{ else if contains "he" "hello" }}b{{ else }}c{{ end }}', 'b'],
    [
      '{{ if eq "hello" "hello" }}yes{{ end }}{{ if eq .status "1" "200" }} too{{ end }}{{ if ne 1 2 }}!{{ end }}',
      'yes too!',
    ],
    ['{{ if hasPrefix "he" "hello" }}a{{ end }}{{ if hasSuffix "lo" "hello" }}b{{ end }}', 'ab'],
    ['{{ if and (contains "he" "hello") (contains "llo" "hello") }} yes {{end}}', ' yes '],
    ['{{ or .empty .status }} {{ and .empty .status }}| {{ not .empty }}', '200 | true'],
    [
      '{{ if lt 1 2 }}a{{ end }}{{ if gt 2.5 1.5 }}b{{ end }}{{ if le "a" "a" }}c{{ end }}{{ if ge 1 2 }}d{{ end }}',
      'abc',
    ],
    [
      '{{ with .status }}<{{ . }}>{{ else }}none{{ end }}{{ with .empty }}x{{ else }}none{{ end }}',
      '<200>none',
    ],
    // Numbers
    ['{{ add 3 2 5 }} {{ sub 5 2 }} {{ mul 5 2 3 }} {{ div 10 4 }} {{ mod 10 3 }}', '10 3 30 2 1'],
    ['{{ div .duration 1000 }}', '3'],
    [
      '{{ addf 3.5 2 5 }} {{ subf 5.5 2 1.5 }} {{ mulf 5.5 2 2.5 }} {{ divf 10 2 4 }} {{ addf 0.1 0.2 }}',
      '10.5 2 27.5 1.25 0.3',
    ],
    ['{{ max 1 2 3 }} {{ min 1 2 3 }} {{ maxf 1 2.5 3 }} {{ minf 1 2.5 3 }}', '3 1 3 1'],
    [
      '{{ ceil 123.001 }} {{ floor 123.9999 }} {{ round 123.555555 3 }} {{ round 123.88571428571 5 .2 }}',
      '124 123 123.556 123.88572',
    ],
    ['{{ "3" | int }} {{ "3.5" | float64 }} {{ int "x" }}', '3 3.5 0'],
    ['{{ 1000000.0 }} {{ 0.00001 }} {{ 123456.5 }} {{ 1e3 }}', '1e+06 1e-05 123456.5 1000'],
    ['{{ .took | duration }} {{ duration_seconds .took }} {{ bytes .size }}', '90 90 5e+06'],
    // Times
    ['{{ date "2006-01-02" (unixToTime .ts) }}', '2023-03-23'],
    ['{{ toDate "2006-01-02" "2021-11-02" | unixEpoch }}', '1635811200'],
    ['{{ toDateInZone "2006-01-02 15:04" "Europe/Berlin" "2021-07-02 12:00" | unixEpoch }}', '1625220000'],
    ['{{ toDate "Jan _2, 2006 3:04PM -0700" "Nov  2, 2021 1:30PM +0200" | unixEpoch }}', '1635852600'],
    [
      '{{ toDateInZone "2006-01-02T15:04:05.999999999Z" "UTC" "2021-11-02T01:02:03.5Z" | unixEpochMillis }}',
      '1635814923500',
    ],
    [
      '{{ __timestamp__ | date "Mon Monday Jan January 1 01 2 02 _2 3 03 15 PM pm 4 5 06 002 MST .000 -07" }}',
      'Tue Tuesday Nov November 11 11 14 14 14 10 10 22 PM pm 13 20 23 318 UTC .123 +00',
    ],
    // Regular expressions
    ['{{ count "a|b" "abab" }} {{ __line__ | count "e" }}', '4 2'],
    [
      '{{ regexReplaceAll "(a*)bc" "aabc" `$' + '{1}a` }} {{ regexReplaceAllLiteral "(ts=)" "ts=1" "$1=" }}',
      'aaa $1=1',
    ],
    // Documents
    ['{{ range $q := fromJson .json }}<{{ $q.query }}>{{ end }}', '<a><b>'],
    ['{{ range $i, $q := fromJson .json }}{{ $i }}={{ .n }};{{ end }}', '0=1;1=2.5;'],
    ['{{ range fromJson "[]" }}x{{ else }}empty{{ end }}', 'empty'],
    [
      '{{ range $k, $v := fromJson "{\\"b\\":1,\\"a\\":[true,null]}" }}{{ $k }}:{{ $v }} {{ end }}',
      'a:[true <nil>] b:1 ',
    ],
    [
      '{{ (index (fromJson .json) 1).query }}{{ index (fromJson .json) 0 "query" }}{{ len (fromJson .json) }}',
      'ba2',
    ],
    ['{{ fromJson "no json" }}|{{ (fromJson "{}").x }}', '|<no value>'],
    [
      '{{ range fromJson "[1,2,3,4]" }}{{ if eq . 2.0 }}{{ continue }}{{ end }}{{ if eq . 4.0 }}{{ break }}{{ end }}{{ . }}{{ end }}',
      '13',
    ],
    // printf
    ['{{ printf "The IP address was %s" .status }}', 'The IP address was 200'],
    [
      '{{ printf "%-8.3s|%5s|%05d|%x|%q|%v|%t|%6.2f|%e|%%" "abcdef" "x" 42 255 "q" 1.5 true 3.14159 1234.5 }}',
      'abc     |    x|00042|ff|"q"|1.5|true|  3.14|1.234500e+03|%',
    ],
    [
      '{{ printf "%d" "x" }} {{ printf "%s" }} {{ printf "a" 1 }}',
      '%!d(string=x) %!s(MISSING) a%!(EXTRA int=1)',
    ],
    ['{{ print 1 2 "a" 3 }} {{ println "x" 1 }}', '1 2a3 x 1\n'],
    ['{{ html "<a>" }} {{ js "it\'s" }} {{ slice "hello" 1 3 }}', "&lt;a&gt; it\\'s el"],
  ])('%s gives %s', (template, text) => {
    expect(render(template)).toBe(text)
  })

  it.each([
    [
      '{{ replace "test" .foo }}',
      'template: line:1:4: executing "line" at <replace "test" .foo>: wrong number of args for replace: want 3 got 2',
    ],
    ['{{ trunc "x" .foo }}', 'wrong type for value; expected int; got string'],
    ['{{ div 1 0 }}', 'integer divide by zero'],
    ['{{ repeat 999999999 "abc" }}', 'at most 1048576'],
    ['{{ range 100000 }}{{ range 100000 }}{{ end }}{{ end }}', 'more than 100000 steps'],
    ['{{ range .status }}{{ end }}', "range can't iterate over 200"],
    ['{{ toDate "2006" "x" }}', 'parsing time "x" as "2006"'],
    ['{{ toDateInZone "2006" "Nowhere/X" "2021" }}', 'unknown time zone Nowhere/X'],
    ['{{ unixToTime "12" }}', "unable to parse time '12'"],
    ['{{ duration "x" }}', 'time: invalid duration "x"'],
    ['{{ eq 1 "1" }}', 'incompatible types for comparison'],
    ['{{ regexReplaceAll "(" "a" "b" }}', 'error parsing regexp'],
    ['{{ .status.deep }}', "can't evaluate field deep in type string"],
    ['{{ (fromJson .json).x }}', "can't evaluate field x"],
    ['{{ index (fromJson "[1]") 5 }}', 'index out of range'],
  ])('%s fails for the record', (template, message) => {
    expect(() => render(template)).toThrow(message)
  })

  it.each([
    ['{{ nope .a }}', 'function "nope" not defined'],
    ['{{ .a ', 'unclosed action'],
    ['{{ if .a }}x', '{{end}} is missing after {{if}}'],
    ['x{{ end }}', 'unexpected {{end}}'],
    ['{{ if .a }}{{ else }}', '{{end}} is missing after {{else}}'],
    ['{{ }}', 'missing value for command'],
    ['{{ .a | }}', 'missing value for command'],
    ['{{ (.a }}', 'closing parenthesis'],
    ['{{ .a ; }}', 'unexpected ";" in action'],
    ['{{ template "x" }}', 'is not supported'],
    ['{{ "\\q" }}', 'is no escape'],
    [`{{ ${'('.repeat(60)}1${')'.repeat(60)} }}`, 'more than 50 levels'],
    ['x'.repeat(20_000), 'at most 16384'],
  ])('%s is refused when the query is read', (template, message) => {
    expect(() => render(template)).toThrow(StageError)
    expect(() => render(template)).toThrow(message)
  })

  it('can be any text, and fails in no other way', () => {
    const words = fc.constantFrom(
      ...'{{ }} {{- -}} .a $x := = | ( ) "s" `r` 1 2.5 if else end range with break index printf eq add date , .'.split(
        ' ',
      ),
    )
    fc.assert(
      fc.property(fc.array(words, { maxLength: 14 }), (list) => {
        try {
          render(list.join(' '))
        } catch (error) {
          expect(error instanceof StageError || error instanceof TemplateError).toBe(true)
        }
      }),
      { numRuns: 3000 },
    )
  })
})

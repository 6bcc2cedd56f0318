import { expect, it } from 'vitest'
import { createLogger } from '../../src/telemetry/logger.ts'
import { terminalDestination } from '../../src/telemetry/terminal.ts'

function collect(level: 'info' | 'silent' = 'info') {
  const lines: string[] = []
  return {
    lines,
    logger: createLogger(
      { logLevel: level, serviceName: 'weir' },
      { write: (line) => void lines.push(line) },
    ),
  }
}

it('writes a JSON line with level, ISO time and service', () => {
  const { lines, logger } = collect()
  logger.debug('not at this level')
  logger.warn({ attempt: 3, err: new Error('reset') }, 'ClickHouse is away')
  expect(lines).toHaveLength(1)
  const record = JSON.parse(lines[0]!)
  expect(record).toMatchObject({
    level: 'warn',
    service: 'weir',
    attempt: 3,
    err: { message: 'reset' },
    msg: 'ClickHouse is away',
  })
  expect(new Date(record.time).toISOString()).toBe(record.time)
})

it('can be silent', () => {
  const { lines, logger } = collect('silent')
  logger.fatal('x')
  expect(lines).toEqual([])
})

it('at a terminal: short, and what comes from outside can not move the cursor', () => {
  let out = ''
  const destination = terminalDestination((line) => {
    out += line
  })
  createLogger({ logLevel: 'info', serviceName: 'weir' }, destination).warn(
    { service_name: 'a\u001b[2Jb\nc', app: 'x\u202ey\u2028z', attempt: 3, nested: { a: 1 } },
    'the spool holds',
  )
  expect(out).toMatch(
    /^\d\d:\d\d:\d\d warn {2}the spool holds {2}service_name=a\\u001b\[2Jb\\u000ac {2}app=x\\u202ey\\u2028z {2}attempt=3 {2}nested=\{"a":1\}\n$/,
  )
})

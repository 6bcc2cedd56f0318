/** A gateway's stand-in: claims a directory, starts its engine, says so on stdout, and stays until it is killed. */
import { pino } from 'pino'
import { createEmbeddedEngine } from '../../../../src/store/engine/embedded.ts'
import { lockDirectory } from '../../../../src/store/engine/lock.ts'

const [what, directory] = process.argv.slice(2) as [string, string]
if (what === 'lock') {
  await lockDirectory(directory)
  say({})
} else {
  const engine = createEmbeddedEngine({
    directory,
    memoryBytesMax: 1024 ** 3,
    log: pino({ level: 'silent' }),
  })
  engine.start()
  await engine.ready()
  await engine.writer.command(
    'CREATE TABLE IF NOT EXISTS kept (a UInt64) ENGINE = MergeTree ORDER BY a SETTINGS fsync_after_insert = 1',
  )
  await engine.writer.command('INSERT INTO kept SELECT number FROM numbers(1000)')
  const [port] = await engine.writer.rows<{ http: number }>("SELECT getServerPort('http_port') AS http")
  say({ pid: engine.pid, port: port!.http })
}
setInterval(() => {}, 60_000)

function say(what: unknown): void {
  process.stdout.write(`${JSON.stringify(what)}\n`)
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lockDirectory } from '../../../src/store/engine/lock.ts'
import { killed, startHolder } from './support/processes.ts'

/** Guarantees: one gateway per data directory; the claim ends with the process, however that ends. */

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weir-lock-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const refused = (path: string) =>
  new RegExp(`The data directory ${path} is in use by another running gateway`)

it('refuses a second gateway in another process, until the first is killed', async () => {
  const holder = await startHolder('lock', directory)
  await expect(lockDirectory(directory)).rejects.toThrow(refused(directory))
  await killed(holder.process)
  const lock = await lockDirectory(directory)
  await lock.release()
})

it('refuses a second gateway in the same process, and a failed try does not free the first', async () => {
  const lock = await lockDirectory(directory)
  await expect(lockDirectory(directory)).rejects.toThrow(refused(directory))
  await expect(lockDirectory(directory)).rejects.toThrow(refused(directory))
  const elsewhere = join(directory, 'another')
  const other = await lockDirectory(elsewhere)
  await lock.release()
  await lock.release()
  const again = await lockDirectory(directory)
  await again.release()
  await other.release()
})

it('makes the directory', async () => {
  const nested = join(directory, 'a', 'b')
  const lock = await lockDirectory(nested)
  await expect(lockDirectory(nested)).rejects.toThrow(refused(nested))
  await lock.release()
})

it('says so when the directory cannot be written', async () => {
  const file = join(directory, 'file')
  await (await lockDirectory(file)).release()
  await expect(lockDirectory(join(file, 'gateway.lock', 'x'))).rejects.toThrow(/gateway\.lock/)
})

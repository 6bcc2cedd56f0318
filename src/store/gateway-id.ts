import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { SpoolDisk } from './spool/files.ts'

const FILE = 'gateway-id'
const FORMAT = /^[a-z2-7]{16}$/
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

/**
 * The name of this spool in every row it writes: random, made with the spool and kept beside it. Copying a data
 * directory copies the id, and two gateways with one id would count each other's rows: the lock on the directory
 * and the documentation guard against it.
 */
export async function readGatewayId(disk: SpoolDisk, directory: string): Promise<string> {
  await disk.makeDirectory(directory)
  const path = join(directory, FILE)
  if ((await disk.list(directory)).includes(FILE)) {
    const file = await disk.open(path, 'read')
    try {
      const bytes = Buffer.alloc(64)
      const id = bytes.toString('latin1', 0, await file.read(bytes, 0)).trim()
      if (!FORMAT.test(id))
        throw new Error(`${path} does not hold a gateway id; restore it, or empty the data directory`)
      return id
    } finally {
      await file.close()
    }
  }
  const id = Array.from(randomBytes(16), (byte) => ALPHABET[byte & 31]).join('')
  // Through another name, so that a crash leaves either the whole id or none.
  await disk.remove(`${path}.new`)
  const file = await disk.open(`${path}.new`, 'create')
  try {
    await file.write([Buffer.from(`${id}\n`)], 0)
    await file.sync()
  } finally {
    await file.close()
  }
  await disk.rename(`${path}.new`, path)
  await disk.syncDirectory(directory)
  return id
}

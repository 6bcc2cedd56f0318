import { createHash } from 'node:crypto'
import type { Cell } from '../cell.ts'
import { setProduct } from '../int64.ts'
import { Kind } from '../kinds.ts'
import type { FunctionSpec } from './function.ts'
import { murmur3, murmur3Long } from './murmur3.ts'
import { textTarget, valueFunction } from './value-function.ts'
import { xxh3, xxh128 } from './xxh3.ts'

/** A digest as hexadecimal digits. */
function digest(name: string, algorithm: string): FunctionSpec {
  return hash(name, (bytes) => createHash(algorithm).update(bytes).digest('hex'))
}

function hash(name: string, hexOf: (bytes: Buffer) => string): FunctionSpec {
  return valueFunction(name, [textTarget], Kind.string, () => (cell, source) => {
    cell.setText(hexOf(source.bytes.subarray(source.start, source.end)))
    return true
  })
}

const [FNV_PRIME_LOW, FNV_PRIME_HIGH] = [0x1b3, 0x100]

/** 64-bit FNV-1a, as an int. */
function setFnv(cell: Cell, { bytes, start, end }: Cell): void {
  cell.setInt(0x84222325, 0xcbf29ce4)
  for (let i = start; i < end; i++)
    setProduct(cell, cell.low ^ bytes[i]!, cell.high, FNV_PRIME_LOW, FNV_PRIME_HIGH)
}

const fnv = valueFunction('FNV', [textTarget], Kind.int, () => (cell, source) => {
  setFnv(cell, source)
  return true
})

export const hashFunctions: ReadonlyArray<FunctionSpec> = [
  fnv,
  digest('MD5', 'md5'),
  digest('SHA1', 'sha1'),
  digest('SHA256', 'sha256'),
  digest('SHA512', 'sha512'),
  hash('Murmur3Hash', murmur3),
  hash('Murmur3Hash128', murmur3Long),
  hash('XXH3', xxh3),
  hash('XXH128', xxh128),
]

import { expect, it } from 'vitest'
import { EngineUnavailableError, findLibrary } from '../../../src/store/engine/library.ts'

/** Guarantees: where the optional packages are missing, the operator hears what to do. */

const resolveWithout = (missing: string) => (specifier: string) => {
  if (specifier.startsWith(missing)) throw new Error(`Cannot find module '${specifier}'`)
  return `/modules/${specifier}`
}

it('finds the library of the platform', () => {
  expect(findLibrary('linux-arm64', resolveWithout('nothing'))).toBe(
    '/modules/@chdb/lib-linux-arm64-gnu/libchdb.so',
  )
})

it.each(['ffi-rs', '@chdb/lib-linux-x64-gnu'])('without %s: install it, or configure a server', (missing) => {
  const find = () => findLibrary('linux-x64', resolveWithout(missing))
  expect(find).toThrow(EngineUnavailableError)
  expect(find).toThrow(/npm install --include=optional.*clickhouse: \{url/)
})

it('on a platform without a library: configure a server', () => {
  expect(() => findLibrary('win32-x64', resolveWithout('nothing'))).toThrow(/win32-x64.*clickhouse: \{url/)
})

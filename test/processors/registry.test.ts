import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { KIND_NAMES } from '../../src/processors/registry.ts'

const source = fileURLToPath(new URL('../../src/', import.meta.url))
const home = join(source, 'processors')
const root = fileURLToPath(new URL('../../', import.meta.url))
const benches = readdirSync(join(root, 'bench/micro'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(root, 'bench/micro', name), 'utf8'))
const folders = readdirSync(home).filter((name) => existsSync(join(home, name, 'kind.ts')))
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
)

/** What the rest of Weir shares with these: the first two came first, the rules of the third can be given to a collector. */
const SHARED: Readonly<Record<string, RegExp>> = {
  'cardinality-limit': /series/,
  filter: /^$/,
  'select-logs': /^main\.ts .*\/select-logs\/collector\//,
}

it('every folder with a kind.ts is a kind of processor', () => {
  expect(folders.map((name) => name.replaceAll('-', '_')).sort()).toEqual([...KIND_NAMES].sort())
})

describe('a processor is its folder and one entry in the registry:', () => {
  it.each(folders)('%s', (folder) => {
    const imports = files
      .filter((name) => !name.startsWith(`processors/${folder}/`))
      .flatMap((name) => {
        const text = readFileSync(join(source, name), 'utf8')
        return [...text.matchAll(/from '([^']+)'/g)]
          .filter(([, path]) => path!.includes(`/${folder}/`))
          .map(([, path]) => `${name} ${path}`)
      })
      .filter((line) => !SHARED[folder]?.test(line))
    expect(imports).toEqual([`processors/registry.ts ./${folder}/kind.ts`])
    const registry = readFileSync(join(home, 'registry.ts'), 'utf8')
    const name = /\{ (\w+) \}/.exec(
      registry.split('\n').find((line) => line.includes(`./${folder}/kind.ts`))!,
    )![1]!
    expect(registry.split(name)).toHaveLength(3)
  })

  it.each(folders)('%s has tests and a bench', (folder) => {
    expect(existsSync(join(root, 'test/processors', folder))).toBe(true)
    const name = folder.replaceAll('-', '_')
    expect(
      benches.some(
        (text) =>
          new RegExp(`\\b${name}: \\{|${name}\\(|owner: '${name}'`).test(text) ||
          text.includes(`/${folder}/`),
      ),
    ).toBe(true)
  })

  it.each(folders)('%s has a README with an example', (folder) => {
    expect(readFileSync(join(home, folder, 'README.md'), 'utf8')).toMatch(/```yaml\nprocessors:/)
  })
})

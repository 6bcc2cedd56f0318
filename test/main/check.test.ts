import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

/** The command as a user runs it. */
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const root = new URL('../../', import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'weir-main-'))
afterAll(() => rmSync(folder, { recursive: true }))

type Run = { readonly code: number | null; readonly out: string; readonly err: string }

function weir(args: string[], env: Record<string, string> = {}): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], {
      env: { PATH: process.env.PATH, ...env },
      cwd: folder,
    })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.stderr.on('data', (chunk) => {
      err += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out, err }))
  })
}

function config(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

describe('weir check', () => {
  it('likes the default config', async () => {
    const { code, out, err } = await weir(['check'], { WEIR_DATA_DIR: 'there' })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('weir.yaml is good.\n')
    expect(out).toContain(`data         ${join(folder, 'there')}\n`)
  })

  it('says everything that is wrong on stderr, and ends with 1', async () => {
    const file = config('bad.yaml', 'spol: 1\nack: never\nprocessors: { filtre: {} }\n')
    const { code, out, err } = await weir(['check', '--config', file])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err.split('\n')).toEqual([
      `${file}:1:1: spol: unknown key; did you mean spool?`,
      `${file}:2:1: ack: got "never", expected one of spool, clickhouse`,
      expect.stringMatching(/bad\.yaml:3:15: processors\.filtre: .*filter/),
      '3 errors; nothing was started.',
      '',
    ])
  })

  it('says what would refuse to start', async () => {
    const file = config('open.yaml', 'listen: { grpc: 0.0.0.0:4317 }')
    const { code, err } = await weir(['check', '--config', file])
    expect(code).toBe(1)
    expect(err).toContain(`${file}: listen: 0.0.0.0:4317: everyone on the network could write and read`)
  })

  it('prints the config with its defaults and without its secrets', async () => {
    const file = config('secret.yaml', 'credentials: [{ name: a, token: "${' + 'env:T}", scopes: [read] }]')
    const { code, out } = await weir(['check', '--print', '--config', file], { T: 'canary-0123456789' })
    expect(code).toBe(0)
    expect(out).toContain('groupRowsMax: 100000')
    expect(out).toContain('tokenSha256: <secret>')
    expect(out).not.toContain('canary')
  })

  it('prints the schema that is shipped', async () => {
    const { out } = await weir(['check', '--schema'])
    expect(JSON.parse(out)).toEqual(JSON.parse(readFileSync(new URL('weir.schema.json', root), 'utf8')))
  })
})

describe('weir', () => {
  it('serve ends before anything starts if the config is bad', async () => {
    const { code, out, err } = await weir(['serve', '--config', join(folder, 'none.yaml')])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toBe(
      `${join(folder, 'none.yaml')}: the file can not be read (ENOENT)\nOne error; nothing was started.\n`,
    )
  })

  it('--version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
    expect(await weir(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' })
  })

  it('helps with a command that is nearly one', async () => {
    const { code, err } = await weir(['serv'])
    expect(code).toBe(1)
    expect(err).toContain('Did you mean serve?')
  })
})

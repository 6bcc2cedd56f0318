import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import type { Credential } from '../../src/tail/kubernetes/client/credentials.ts'
import { inClusterTarget } from '../../src/tail/kubernetes/client/in-cluster.ts'
import { kubeconfigTarget } from '../../src/tail/kubernetes/client/kubeconfig.ts'
import type { ClusterTarget } from '../../src/tail/kubernetes/client/target.ts'
import { openClusters } from '../../src/tail/kubernetes/clusters.ts'
import { ManualTimers } from './support/manual-timers.ts'

let directory: string
let timers: ManualTimers
const signal = new AbortController().signal

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weir-kubeconfig-'))
  timers = new ManualTimers()
})

afterEach(() => rm(directory, { recursive: true, force: true }))

async function write(name: string, content: string | object): Promise<string> {
  const path = join(directory, name)
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, typeof content === 'string' ? content : stringify(content))
  return path
}

function config(
  user: object = { token: 'tok' },
  cluster: object = { server: 'https://api.example:6443' },
): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'dev',
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'dev', context: { cluster: 'c', user: 'u', namespace: 'x' } }],
  }
}

async function load(content: string | object): Promise<ClusterTarget> {
  return await kubeconfigTarget('prod', { files: [await write('config', content)], timers })
}

/** What of a credential is told. */
function told({ token, cert, key }: Credential): object {
  return { token: token?.reveal(), cert, key: key?.reveal() }
}

async function credentialOf(content: object): Promise<object> {
  return told(await (await load(content)).credentials.current(signal))
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

describe('a kubeconfig', () => {
  it('gives server, authority and token of its current context', async () => {
    const target = await load(
      config(
        { token: 'tok' },
        {
          server: 'https://api.example:6443/',
          'certificate-authority-data': base64('CA'),
          'tls-server-name': 'kubernetes',
        },
      ),
    )
    expect(target).toMatchObject({
      name: 'prod',
      server: 'https://api.example:6443',
      ca: 'CA',
      serverName: 'kubernetes',
      insecureSkipTlsVerify: false,
    })
    expect(told(await target.credentials.current(signal))).toMatchObject({ token: 'tok' })
  })

  it('files are relative to it; a certificate comes with its key', async () => {
    await write('pki/cert.pem', 'CERT')
    await write('pki/key.pem', 'KEY')
    expect(
      await credentialOf(config({ 'client-certificate': 'pki/cert.pem', 'client-key': 'pki/key.pem' })),
    ).toMatchObject({ cert: 'CERT', key: 'KEY' })
    expect(
      await credentialOf(config({ 'client-certificate-data': base64('C'), 'client-key-data': base64('K') })),
    ).toMatchObject({ cert: 'C', key: 'K' })
  })

  it('several files: the first that names something counts', async () => {
    const first = await write('one', {
      'current-context': 'both',
      users: [{ name: 'u', user: { token: 'of the first' } }],
      contexts: [{ name: 'both', context: { cluster: 'c', user: 'u' } }],
    })
    const second = await write('two', config({ token: 'of the second' }))
    const target = await kubeconfigTarget('prod', { files: [first, second], timers })
    expect(told(await target.credentials.current(signal))).toMatchObject({ token: 'of the first' })
    const other = await kubeconfigTarget('prod', { files: [first, second], context: 'dev', timers })
    expect(other.server).toBe('https://api.example:6443')
  })

  it('a token file is read again after a minute, and when its token is not accepted', async () => {
    const file = await write('token', 'one\n')
    const { credentials } = await load(config({ tokenFile: 'token', token: 'unused' }))
    const token = async (): Promise<string | undefined> => (await credentials.current(signal)).token?.reveal()
    expect(await token()).toBe('one')
    await writeFile(file, 'two')
    expect(await token()).toBe('one')
    expect(credentials.renew()).toBe(true)
    expect(await token()).toBe('two')
    await writeFile(file, 'three')
    timers.after('retry', 60_000, () => undefined)
    await timers.fire('retry')
    expect(await token()).toBe('three')
    await writeFile(file, 'not a token')
    credentials.renew()
    await expect(token()).rejects.toThrow('the file of its token holds no token')
  })

  it.each([
    { what: 'no YAML', content: 'a: [', says: 'the kubeconfig is no YAML' },
    { what: 'a wrong type', content: { clusters: 1 }, says: 'has something wrong at clusters' },
    { what: 'no context', content: {}, says: 'no current-context; name the context' },
    {
      what: 'an unknown context',
      content: { ...config(), 'current-context': 'devs' },
      says: 'no context "devs"; did you mean "dev"?',
    },
    { what: 'an unknown cluster', content: { ...config(), clusters: [] }, says: 'no cluster "c"' },
    { what: 'no URL', content: config({}, { server: 'api' }), says: 'server in the kubeconfig is no URL' },
    {
      what: 'a token in the clear',
      content: config({ token: 't' }, { server: 'http://api.example' }),
      says: 'would be sent in the clear',
    },
    {
      what: 'authority and no check',
      content: config(
        {},
        { server: 'https://a', 'insecure-skip-tls-verify': true, 'certificate-authority-data': 'eA==' },
      ),
      says: 'keep one',
    },
    { what: 'half a certificate', content: config({ 'client-certificate-data': 'eA==' }), says: 'together' },
    {
      what: 'a proxy',
      content: config({}, { server: 'https://a', 'proxy-url': 'http://p' }),
      says: 'proxy-url',
    },
    { what: 'impersonation', content: config({ token: 't', as: 'root' }), says: 'impersonation' },
    { what: 'an auth provider', content: config({ 'auth-provider': {} }), says: 'auth-provider' },
    { what: 'a password', content: config({ username: 'u', password: 'p' }), says: 'user name and password' },
    { what: 'a missing file', content: config({ 'client-key': '/nowhere' }), says: "can't be read" },
  ])('refuses $what, in a sentence', async ({ content, says }) => {
    await expect(load(content)).rejects.toThrow(says)
    await expect(load(content)).rejects.toThrow(/^Cluster "prod": .*\.$/)
    await expect(load(content)).rejects.not.toThrow(directory)
  })

  it('does not check the certificate only if that is written', async () => {
    const target = await load(config({}, { server: 'https://a', 'insecure-skip-tls-verify': true }))
    expect(target.insecureSkipTlsVerify).toBe(true)
  })
})

describe('an exec credential plugin', () => {
  /** A plugin that counts its runs. It prints what `body` says. */
  async function plugin(body: string, more: object = {}): Promise<ClusterTarget> {
    const path = await write('bin/plugin', `#!/bin/sh\necho run >> "${directory}/runs"\n${body}\n`)
    await chmod(path, 0o755)
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: './bin/plugin', ...more }
    return await load(config({ exec }))
  }

  function answer(status: object): string {
    const document = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status }
    return `echo '${JSON.stringify(document)}'`
  }

  async function runs(): Promise<number> {
    const { readFile } = await import('node:fs/promises')
    return (await readFile(join(directory, 'runs'), 'utf8')).trim().split('\n').length
  }

  it('is run once for all who ask, and again before its credential ends or when it is not accepted', async () => {
    const expirationTimestamp = new Date(timers.nowMs() + 600_000).toISOString()
    const { credentials } = await plugin(answer({ token: 'tok', expirationTimestamp }))
    const all = await Promise.all([1, 2, 3].map(() => credentials.current(signal)))
    expect(all.map(told)).toEqual(Array(3).fill({ token: 'tok', cert: undefined, key: undefined }))
    expect(await runs()).toBe(1)
    timers.after('retry', 570_000, () => undefined)
    await timers.fire('retry')
    await credentials.current(signal)
    expect(await runs()).toBe(2)
    credentials.renew()
    await credentials.current(signal)
    expect(await runs()).toBe(3)
  })

  it('gets its arguments and environment, and the cluster if it asked for it', async () => {
    const { credentials } = await plugin(
      `printf '%s' "$KUBERNETES_EXEC_INFO" > "${directory}/info"\n${answer({ token: 'TOKEN' }).replace('TOKEN', `'"$1-$WHO"'`)}`,
      { args: ['first'], env: [{ name: 'WHO', value: 'me' }], provideClusterInfo: true },
    )
    expect(told(await credentials.current(signal))).toMatchObject({ token: 'first-me' })
    const { readFile } = await import('node:fs/promises')
    expect(JSON.parse(await readFile(join(directory, 'info'), 'utf8'))).toEqual({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      spec: { interactive: false, cluster: { server: 'https://api.example:6443' } },
    })
  })

  it('may give a client certificate', async () => {
    const { credentials } = await plugin(answer({ clientCertificateData: 'C', clientKeyData: 'K' }))
    expect(told(await credentials.current(signal))).toEqual({ token: undefined, cert: 'C', key: 'K' })
  })

  it.each([
    { what: 'fails', body: 'echo secret-token; exit 3', says: 'failed; run it by hand' },
    { what: 'prints no JSON', body: 'echo secret-token', says: 'did not print an ExecCredential' },
    { what: 'gives nothing', body: answer({}), says: 'neither a token nor' },
    {
      what: 'gives a bad end',
      body: answer({ token: 't', expirationTimestamp: 'soon' }),
      says: 'that is no time',
    },
  ])('that $what is a sentence without its output', async ({ body, says }) => {
    const { credentials } = await plugin(body)
    const error = await credentials.current(signal).catch((reason: Error) => reason)
    expect(error).toMatchObject({ code: 'credentials', message: expect.stringContaining(says) })
    expect(JSON.stringify(error)).not.toContain('secret-token')
  })

  it.each([
    { more: { apiVersion: 'client.authentication.k8s.io/v1alpha1' }, says: 'apiVersions' },
    { more: { interactiveMode: 'Always' }, says: 'wants a terminal' },
  ])('that Weir can not run is refused at once: $says', async ({ more, says }) => {
    await expect(plugin('true', more)).rejects.toThrow(says)
  })
})

describe('in a pod', () => {
  const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }

  it('the service account is used, its token read from its file', async () => {
    await write('ca.crt', 'CA')
    await write('token', 'sa-token')
    const target = await inClusterTarget('here', { env, timers, directory })
    expect(target).toMatchObject({ server: 'https://[fd00::1]:443', ca: 'CA', insecureSkipTlsVerify: false })
    expect(told(await target.credentials.current(signal))).toMatchObject({ token: 'sa-token' })
  })

  it.each([
    { what: 'outside', env: {}, says: 'this process runs in no pod' },
    { what: 'without an account', env, says: 'automountServiceAccountToken' },
  ])('$what: a sentence', async ({ env: given, says }) => {
    await expect(inClusterTarget('here', { env: given, timers, directory })).rejects.toThrow(says)
  })
})

it('several clusters have a client each, under their own names', async () => {
  const file = await write('config', config())
  const kubeconfig = [file]
  const clusters = await openClusters(
    [
      { name: 'a', from: { kubeconfig } },
      { name: 'b', from: { kubeconfig, context: 'dev' } },
    ],
    { timers, env: {} },
  )
  expect([...clusters.values()].map(({ cluster }) => cluster)).toEqual(['a', 'b'])
  for (const client of clusters.values()) await client.close()
  const twice = [0, 1].map(() => ({ name: 'a', from: { kubeconfig } }))
  await expect(openClusters(twice, { timers, env: {} })).rejects.toThrow('two clusters "a"')
})

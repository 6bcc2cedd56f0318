import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../../src/store/engine/ports.ts'
import { Child } from '../../support/child.ts'
import { createAuthority, type Identity } from '../../tail/support/certificates.ts'
import { binary } from '../binaries.ts'
import { Api } from './api.ts'
import { Etcd } from './etcd.ts'
import { KubeletServer } from './kubelet-server.ts'
import { grantWeir, isGranted, WEIR } from './rbac.ts'
import { Relay } from './relay.ts'

/** A request as the API server wrote it down. */
export type Audited = {
  readonly verb: string
  readonly requestURI: string
  readonly objectRef?: { readonly resource: string; readonly subresource?: string }
  readonly responseStatus?: { readonly code: number }
}

/** What Weir asks for is written down when it is answered; a watch also when it begins. */
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', users: [WEIR] }, { level: 'None' }],
}

/**
 * A real etcd and kube-apiserver with RBAC, and the port of a kubelet. Everything is on loopback and in one folder, which
 * goes with it. Weir reaches the API server over the relay, everybody else directly.
 */
export class ControlPlane {
  readonly authority: ReturnType<typeof createAuthority>
  readonly kubelet: KubeletServer
  readonly relay: Relay
  readonly admin: Api
  readonly etcd: Etcd
  /** The API server's own address. */
  readonly url: string
  /** Of Weir's account. */
  token = ''
  readonly #folder: string
  readonly #flags: ReadonlyArray<string>
  #server: Child | undefined

  private constructor(given: {
    readonly authority: ReturnType<typeof createAuthority>
    readonly kubelet: KubeletServer
    readonly relay: Relay
    readonly etcd: Etcd
    readonly url: string
    readonly folder: string
    readonly flags: ReadonlyArray<string>
  }) {
    this.authority = given.authority
    this.kubelet = given.kubelet
    this.relay = given.relay
    this.etcd = given.etcd
    this.url = given.url
    this.#folder = given.folder
    this.#flags = given.flags
    this.admin = new Api(given.url, given.authority.ca, given.authority.client('admin', ['system:masters']))
  }

  /** `flags` are the API server's, beside those that every test needs. */
  static async start(flags: ReadonlyArray<string> = []): Promise<ControlPlane> {
    const folder = await mkdtemp(join(tmpdir(), 'weir-control-plane-'))
    const authority = createAuthority()
    const port = await freePort()
    const plane = new ControlPlane({
      authority,
      kubelet: await KubeletServer.start(authority.ca, authority.server()),
      relay: await Relay.start(port),
      etcd: await Etcd.start(folder),
      url: `https://127.0.0.1:${port}`,
      folder,
      flags: [...(await writeCredentials(folder, authority)), `--secure-port=${port}`, ...flags],
    })
    try {
      await plane.startApiServer()
      plane.token = await grantWeir(plane.admin)
      await plane.#server?.answers(() => isGranted(plane.admin))
      return plane
    } catch (error) {
      await plane.stop()
      throw error
    }
  }

  /** Under the same address and with the objects of the one before it. */
  async startApiServer(): Promise<void> {
    this.#server = new Child('kube-apiserver', await binary('apiServer'), [
      `--etcd-servers=${this.etcd.url}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      '--service-cluster-ip-range=10.0.0.0/24',
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      '--kubelet-preferred-address-types=InternalIP',
      ...this.#flags,
    ])
    await this.#server.answers(async () => (await this.admin.ask({ path: '/readyz' })).status === 200)
  }

  /** SIGKILL: connections are reset, and nobody listens. */
  async killApiServer(): Promise<void> {
    await this.#server?.kill('SIGKILL')
  }

  /** What the API server wrote down of Weir's requests, oldest first. */
  async audit(): Promise<Audited[]> {
    const text = await readFile(join(this.#folder, 'audit.log'), 'utf8')
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Audited)
  }

  async stop(): Promise<void> {
    await this.killApiServer()
    await this.etcd.stop()
    await this.relay.stop()
    await this.kubelet.close()
    this.admin.close()
    await rm(this.#folder, { recursive: true })
  }
}

/** The flags that name the files. */
async function writeCredentials(
  folder: string,
  authority: ReturnType<typeof createAuthority>,
): Promise<string[]> {
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name)
    await writeFile(path, text, { mode: 0o600 })
    return path
  }
  const pair = async (name: string, { cert, key }: Identity): Promise<[string, string]> => [
    await file(`${name}.crt`, cert),
    await file(`${name}.key`, key),
  ]
  const ca = await file('ca.crt', authority.ca)
  const [serverCert, serverKey] = await pair('server', authority.server())
  const [clientCert, clientKey] = await pair('kubelet-client', authority.client('kube-apiserver'))
  const tokens = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signing = tokens.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const verifying = tokens.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  return [
    `--client-ca-file=${ca}`,
    `--tls-cert-file=${serverCert}`,
    `--tls-private-key-file=${serverKey}`,
    `--kubelet-certificate-authority=${ca}`,
    `--kubelet-client-certificate=${clientCert}`,
    `--kubelet-client-key=${clientKey}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-signing-key-file=${await file('tokens.key', signing)}`,
    `--service-account-key-file=${await file('tokens.pub', verifying)}`,
    `--audit-policy-file=${await file('audit.json', JSON.stringify(AUDIT_POLICY))}`,
    `--audit-log-path=${join(folder, 'audit.log')}`,
    `--cert-dir=${folder}`,
  ]
}

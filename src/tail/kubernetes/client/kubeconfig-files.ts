import { readFile } from 'node:fs/promises'
import { isAbsolute, resolve } from 'node:path'
import { errorText, KubernetesError } from './error.ts'
import type { KubeconfigCluster, KubeconfigUser } from './kubeconfig-schema.ts'

/** An entry, and the folder that its relative paths start from. */
export type Entry<Value> = { readonly value: Value; readonly directory: string }

/** `<key>-data` (base64) before the file that `<key>` names, as kubectl has it. */
export async function inlineOrFile(
  name: string,
  key: 'certificate-authority' | 'client-certificate' | 'client-key',
  directory: string,
  entry: KubeconfigCluster | KubeconfigUser,
): Promise<string | undefined> {
  const values = entry as Readonly<Record<string, unknown>>
  const data = values[`${key}-data`]
  const file = values[key]
  if (typeof data === 'string' && data !== '') return Buffer.from(data, 'base64').toString('utf8')
  if (typeof file !== 'string' || file === '') return undefined
  return await readNamedFile(name, key, isAbsolute(file) ? file : resolve(directory, file))
}

export async function readNamedFile(name: string, what: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw problem(name, `the file of its ${what} can't be read`, errorText(error))
  }
}

export function problem(name: string, what: string, detail = ''): KubernetesError {
  return new KubernetesError('bad_config', `Cluster "${name}": ${what}.`, { detail })
}

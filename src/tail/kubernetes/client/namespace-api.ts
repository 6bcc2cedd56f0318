import { KubernetesError } from './error.ts'
import { type NamespaceObject, namespaceSchema } from './objects.ts'
import type { Transport } from './transport.ts'

const NAMESPACE_BYTES_MAX = 8 * 2 ** 20

/** The namespace as it is, or undefined if there is none of this name. */
export async function getNamespace(
  transport: Transport,
  name: string,
  signal: AbortSignal,
): Promise<NamespaceObject | undefined> {
  const what = `read namespace ${name}`
  const path = `/api/v1/namespaces/${encodeURIComponent(name)}`
  const right = { verb: 'get', resource: 'namespaces' } as const
  try {
    const answer = namespaceSchema.safeParse(
      await transport.json({ what, right, path, signal }, NAMESPACE_BYTES_MAX),
    )
    if (answer.success) return answer.data
  } catch (error) {
    if (error instanceof KubernetesError && error.code === 'not_found') return undefined
    throw error
  }
  throw transport.error('bad_answer', what, 'the answer is no namespace')
}

import type { PodAccessConfig } from '../../../config/pod-access.ts'
import { ANONYMOUS, type Caller } from '../../../tenancy/caller.ts'
import type { KubernetesUser } from '../client/reviews.ts'

/** Names that Kubernetes keeps for itself: nobody gets one by choosing it as a name. */
const RESERVED = 'system:'

/** As whom the cluster knows a caller; undefined: as nobody. */
export function kubernetesUser(
  caller: Caller,
  { usernamePrefix = '', groups }: Pick<PodAccessConfig, 'usernamePrefix' | 'groups'>,
): KubernetesUser | undefined {
  if (caller === ANONYMOUS) return { username: 'system:anonymous', groups: ['system:unauthenticated'] }
  const name = caller.subject ?? caller.name
  if (name === '') return undefined
  const username = usernamePrefix + name
  if (username.startsWith(RESERVED) && !usernamePrefix.startsWith(RESERVED)) return undefined
  return { username, groups }
}

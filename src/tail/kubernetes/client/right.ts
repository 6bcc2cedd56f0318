/** What the account needs to be allowed for a request, in the words of a role (deploy/rbac.yaml has all of them). */
export type Right = {
  readonly verb: 'get' | 'list' | 'watch' | 'create'
  /** With the API group behind it unless it is the core's. */
  readonly resource:
    | 'pods'
    | 'pods/log'
    | 'namespaces'
    | 'subjectaccessreviews.authorization.k8s.io'
    | 'tokenreviews.authentication.k8s.io'
  /** Undefined: in all namespaces, or of what belongs to none. */
  readonly namespace?: string | undefined
}

const NAMESPACED: ReadonlySet<Right['resource']> = new Set(['pods', 'pods/log'])

/** As the end of a sentence: `list pods in namespace shop`. */
export function rightText({ verb, resource, namespace }: Right): string {
  if (!NAMESPACED.has(resource)) return `${verb} ${resource}`
  return `${verb} ${resource} in ${namespace === undefined ? 'all namespaces' : `namespace ${namespace}`}`
}

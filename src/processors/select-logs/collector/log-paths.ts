import type { Entry, SelectLogsConfig } from '../config.ts'

/** Which files below the kubelet's folder of pod logs a collector opens, as globs. */
export type LogPaths = { readonly include: ReadonlyArray<string>; readonly exclude: ReadonlyArray<string> }

/**
 * Of a workload's name so much is sure to begin the names of its pods: Kubernetes cuts what it makes names from at 58
 * characters, and a replica set's hash comes before the pod's.
 */
const POD_PREFIX_MAX = 40

/** Globs of one entry; a product of lists that is longer is left to the collector's filter. */
const PATHS_MAX = 1000

/** What globs of files take for more than `*` and `?`, each library in its own way; no name in Kubernetes holds it. */
const SPECIAL = /[\\[\]{}]/g

/** A glob of files that matches what the pattern does; where it holds something special, perhaps more. */
const widened = (pattern: string): string => pattern.replace(SPECIAL, '?')

const isExact = (pattern: string): boolean => widened(pattern) === pattern

/** Names of pods that workloads of such a name may have: never too few. */
function podsOf({ kind, name }: Entry['workloads'][number]): string {
  if (kind === 'pod') return widened(name)
  const prefix = name.slice(0, POD_PREFIX_MAX).split(/[*?]/, 1)[0]!
  return `${widened(prefix)}*`
}

/** `<namespace>_<pod>_<uid>/<container>/<restarts>.log`, as the kubelet names them. */
const pathOf = (folder: string, namespace: string, pod: string): string =>
  `${folder}/${namespace}_${pod}_*/*/*.log`

function paths(folder: string, namespaces: ReadonlyArray<string>, pods: ReadonlyArray<string>): string[] {
  const of = (list: ReadonlyArray<string>): ReadonlyArray<string> => (list.length === 0 ? ['*'] : list)
  return of(namespaces).flatMap((namespace) => of(pods).map((pod) => pathOf(folder, namespace, pod)))
}

/**
 * What a `select_logs` may keep, by path alone. Undefined where any pod may be kept: whoever may opt in, or an entry that
 * speaks of labels only.
 */
function included({ include, annotation }: SelectLogsConfig, folder: string): string[] | undefined {
  if (annotation !== '' || include.length === 0) return undefined
  const found: string[] = []
  for (const { namespaces, workloads } of include) {
    if (namespaces.length === 0 && workloads.length === 0) return undefined
    if (namespaces.length * workloads.length > PATHS_MAX) return undefined
    found.push(...paths(folder, namespaces.map(widened), workloads.map(podsOf)))
  }
  return found
}

/** What a `select_logs` never keeps, by path alone: only where namespace and pod's name decide it. */
function excluded({ exclude }: SelectLogsConfig, folder: string): string[] {
  return exclude.flatMap(({ namespaces, workloads, podLabels, namespaceLabels, attributes }) => {
    if (podLabels.length + namespaceLabels.length + attributes.length > 0) return []
    const pods = workloads.filter(({ kind }) => kind === 'pod' || kind === '*')
    if (workloads.length > 0 && pods.length === 0) return []
    if (namespaces.length * pods.length > PATHS_MAX) return []
    const names = pods.map((pod) => pod.name)
    return namespaces.every(isExact) && names.every(isExact) ? paths(folder, namespaces, names) : []
  })
}

/** The files of what all of them may keep; more than that, never less. `folder` without a slash at its end. */
export function logPaths(selects: ReadonlyArray<SelectLogsConfig>, folder: string): LogPaths {
  const narrow = selects.map((select) => included(select, folder)).find((found) => found !== undefined)
  return {
    include: [...new Set(narrow ?? [pathOf(folder, '*', '*')])],
    exclude: [...new Set(selects.flatMap((select) => excluded(select, folder)))],
  }
}

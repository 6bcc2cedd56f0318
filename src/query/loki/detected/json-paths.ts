import { sanitizeKey } from '../../logql/pipeline/label-name.ts'

const DEPTH_MAX = 20

/** Where in a JSON line each label of the json parser stands, as the keys that lead there; nothing of a line that is none. */
export function jsonPaths(line: string): ReadonlyMap<string, ReadonlyArray<string>> {
  const paths = new Map<string, ReadonlyArray<string>>()
  let document: unknown
  try {
    document = JSON.parse(line)
  } catch {
    return paths
  }
  visit(document, [], '', paths)
  return paths
}

function visit(
  value: unknown,
  path: ReadonlyArray<string>,
  prefix: string,
  paths: Map<string, ReadonlyArray<string>>,
): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    if (path.length > 0 && !paths.has(prefix)) paths.set(prefix, path)
    return
  }
  if (path.length >= DEPTH_MAX) return
  for (const [key, inner] of Object.entries(value)) {
    const name = sanitizeKey(key, prefix === '')
    visit(inner, [...path, key], prefix === '' ? name : `${prefix}_${name}`, paths)
  }
}

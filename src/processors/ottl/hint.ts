import { nearestName } from '../../config/nearest.ts'

/** ` (did you mean X?)`, or nothing if no known name is near. */
export function hint(name: string, known: Iterable<string>): string {
  const near = nearestName(name, known)
  return near === undefined ? '' : ` (did you mean ${near}?)`
}

import { type GoProgram, goBinary } from '../support/go-binary.ts'

const COLLECTOR: GoProgram = {
  name: 'collector',
  module: new URL('build/', import.meta.url),
  package: '.',
}

/** The path of a collector with the parts that tests send through, built the first time (minutes). */
export function collectorBinary(): Promise<string> {
  return goBinary(COLLECTOR)
}

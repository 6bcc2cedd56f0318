import type { LoadOptions } from '../../src/config/load.ts'

/** A world without environment and files, where every processor is right. */
export function loadOptions(world: Partial<LoadOptions> = {}): LoadOptions {
  return {
    file: 'weir.yaml',
    workingDirectory: '/srv/weir',
    env: {},
    readFile: (path) => {
      throw Object.assign(new Error(`nothing at ${path}`), { code: 'ENOENT' })
    },
    validateProcessor: () => ({ warnings: [] }),
    ...world,
  }
}

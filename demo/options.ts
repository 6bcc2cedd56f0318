import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type LoadedConfig, loadConfigFile } from '../src/config/load.ts'
import { prepareProcessor } from '../src/processors/registry.ts'
import { Problem } from './problem.ts'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))
export const DEMO_CONFIG = fileURLToPath(new URL('weir.yaml', import.meta.url))

const USAGE = `Usage: npm run demo -- [--keep] [--config FILE]

  --keep          a gateway that the demo started goes on until Ctrl-C
  --config FILE   where the gateway listens, and the config of one that is started; default: demo/weir.yaml
`

export type Options = { readonly keep: boolean; readonly config: string }

/** Reads the command line; undefined if only the usage was asked for. Throws {@link Problem}. */
export function readOptions(args: string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args,
      options: {
        keep: { type: 'boolean' },
        config: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    if (!values.help) return { keep: values.keep ?? false, config: values.config ?? DEMO_CONFIG }
  } catch (error) {
    throw new Problem((error as Error).message, USAGE)
  }
  process.stdout.write(USAGE)
  return undefined
}

/** Throws {@link import('../src/config/load.ts').ConfigError}, whose message says all that is wrong. */
export function readConfig({ config }: Options): LoadedConfig['config'] {
  return loadConfigFile(config, {
    env: process.env,
    workingDirectory: ROOT,
    validateProcessor: prepareProcessor,
  }).config
}

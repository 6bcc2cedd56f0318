import { readFileSync } from 'node:fs'

/** What `npm start` gives Node for the gateway. */
export function startFlags(): string[] {
  const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    scripts: { start: string }
  }
  return scripts.start.split(' src/main.ts')[0]!.match(/--\S+/g) ?? []
}

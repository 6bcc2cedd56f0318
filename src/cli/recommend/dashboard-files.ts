import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { addDashboard } from '../../query/recommendations/dashboards.ts'
import { WordSet } from '../../query/recommendations/words.ts'
import { CommandError, EXIT } from '../exit-code.ts'

const FILES_MAX = 10_000
const FILE_BYTES_MAX = 32 * 1024 * 1024

export type DashboardNames = { readonly words: WordSet; readonly files: number }

const wrong = (message: string): CommandError => new CommandError(EXIT.refused, message)

/** The JSON files below a folder. */
function filesBelow(folder: string): string[] {
  let names: string[]
  try {
    names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  } catch (error) {
    throw wrong(`--dashboards ${folder} can not be read (${(error as NodeJS.ErrnoException).code}).`)
  }
  const files = names.filter((name) => name.endsWith('.json')).map((name) => join(folder, name))
  if (files.length > FILES_MAX)
    throw wrong(`--dashboards ${folder} has more than ${FILES_MAX} files: name a smaller folder.`)
  return files.filter((file) => statSync(file).isFile())
}

/**
 * Every name that the Grafana dashboards below a folder may use. Throws {@link CommandError} for a folder without any, and
 * for a file that can't be read: what it uses would count as unused.
 */
export function dashboardNames(folder: string): DashboardNames {
  const words = new WordSet()
  const files = filesBelow(folder)
  if (files.length === 0) throw wrong(`--dashboards ${folder} has no JSON files.`)
  for (const file of files) {
    if (statSync(file).size > FILE_BYTES_MAX) throw wrong(`${file} has more than ${FILE_BYTES_MAX} bytes.`)
    let dashboard: unknown
    try {
      dashboard = JSON.parse(readFileSync(file, 'utf8'))
    } catch (error) {
      throw wrong(`${file} is no JSON: ${(error as Error).message}`)
    }
    addDashboard(words, dashboard)
  }
  return { words, files: files.length }
}

import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

export type SourceFile = {
  /** From the root, with forward slashes. */
  readonly path: string
  readonly text: string
}

const SKIPPED = new Set(['node_modules', 'data', 'results', '.git'])

/** The files below `folders` (relative to `root`) whose names end in one of `endings`, in a stable order. */
export function sourceFiles(
  root: string,
  folders: ReadonlyArray<string>,
  endings: ReadonlyArray<string>,
): SourceFile[] {
  const files: SourceFile[] = []
  const visit = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      const path = join(folder, entry.name)
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) visit(path)
      else if (entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
        files.push({ path: relative(root, path).split(sep).join('/'), text: readFileSync(path, 'utf8') })
    }
  }
  for (const folder of folders) visit(join(root, folder))
  return files
}

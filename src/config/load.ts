import { isUtf8 } from 'node:buffer'
import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Description, describeConfig } from './describe.ts'
import { parseConfigDocument } from './document.ts'
import { isMap } from './fields.ts'
import { issuesOf } from './issues.ts'
import { type ConfigIssue, type ConfigPath, formatPath, valueAt } from './path.ts'
import { relationIssues } from './relations.ts'
import { type Config, configSchema } from './schema.ts'
import { hasSubstitution, type Surroundings, substitute } from './substitute.ts'
import { warningsOf } from './warnings.ts'

/** What is wrong with one processor's block; the same shape as the processors' own `Issue`. */
type ProcessorIssue = { readonly path: ConfigPath; readonly message: string }

/** The registry's check of one entry of `processors`; pure. Config knows no processor. */
export type ValidateProcessor = (
  name: string,
  config: unknown,
) => { readonly issues: ReadonlyArray<ProcessorIssue> } | { readonly warnings: ReadonlyArray<ProcessorIssue> }

export type LoadOptions = Surroundings & {
  /** For messages only. */
  readonly file: string
  /** Relative `dataDir`s start here. */
  readonly workingDirectory: string
  readonly validateProcessor: ValidateProcessor
}

export type LoadedConfig = {
  readonly config: Config
  readonly description: Description
  /** Sentences about what is allowed but deserves a thought. */
  readonly warnings: ReadonlyArray<string>
}

/** A config that can't be used. `message` is the whole report: a line per issue, no secret in it. */
export class ConfigError extends Error {
  readonly issues: ReadonlyArray<ConfigIssue>

  constructor(file: string, issues: ReadonlyArray<ConfigIssue>) {
    super(report(file, issues))
    this.name = 'ConfigError'
    this.issues = issues
  }
}

const FILE_BYTES_MAX = 2 ** 20

/** Reads, substitutes and checks a config file. Throws {@link ConfigError}. */
export function loadConfigFile(file: string, options: Omit<LoadOptions, 'file' | 'readFile'>): LoadedConfig {
  let text: string
  try {
    text = readText(file)
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message
    throw new ConfigError(file, [{ path: [], message: `the file can not be read (${reason})` }])
  }
  const readFile = (path: string): string => readText(resolve(dirname(file), path))
  return loadConfig(text, { ...options, file, readFile })
}

/** Pure but for what `options` gives it. Throws {@link ConfigError} with everything that is wrong at once. */
export function loadConfig(text: string, options: LoadOptions): LoadedConfig {
  const document = parseConfigDocument(text)
  if (document.issues.length > 0) throw new ConfigError(options.file, document.issues)

  const written = document.value ?? {}
  const substituted = substitute(written, options)
  const unset = new Set(substituted.issues.map(({ path }) => formatPath(path)))
  const parsed = configSchema.safeParse(withoutNothing(substituted.value))
  const processors = checkProcessors(substituted.value, written, options.validateProcessor)
  const issues = [
    ...substituted.issues,
    ...(parsed.success ? relationIssues(parsed.data) : issuesOf(parsed.error, written)).filter(
      ({ path }) => !unset.has(formatPath(path)),
    ),
    ...processors.issues,
  ]
  if (!parsed.success || issues.length > 0)
    throw new ConfigError(
      options.file,
      issues.map((issue) => ({ ...issue, ...document.at(issue.path) })).sort(byPlace),
    )

  const dataDir = resolve(options.workingDirectory, options.env.WEIR_DATA_DIR || parsed.data.dataDir)
  const config = { ...parsed.data, dataDir }
  return {
    config,
    description: describeConfig(config, valueAt(written, ['processors'])),
    warnings: [
      ...warningsOf(config),
      ...processors.warnings.map(({ path, message }) => `${formatPath(path)}: ${message}`),
    ],
  }
}

/** A key whose whole block is commented out is `null` in YAML: as if it were not there. Processors keep theirs. */
function withoutNothing(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => withoutNothing(item, depth + 1))
  const map: Record<string, unknown> = Object.create(null)
  for (const [key, item] of Object.entries(value)) {
    if (item === null) continue
    map[key] = depth === 0 && key === 'processors' ? item : withoutNothing(item, depth + 1)
  }
  return map
}

type Checked = { readonly issues: ConfigIssue[]; readonly warnings: ConfigIssue[] }

function checkProcessors(document: unknown, written: unknown, validate: ValidateProcessor): Checked {
  const checked: Checked = { issues: [], warnings: [] }
  const processors = valueAt(document, ['processors'])
  if (!isMap(processors)) return checked
  for (const [name, config] of Object.entries(processors)) {
    const result = validate(name, config ?? {})
    const absolute = ({ path, message }: ProcessorIssue): ConfigIssue => {
      const full = ['processors', name, ...path]
      // A processor's own message may quote what it found, and no schema here knows whether that is a secret.
      return { path: full, message: hasSubstitution(valueAt(written, full)) ? NOT_SHOWN : message }
    }
    if ('issues' in result) checked.issues.push(...result.issues.map(absolute))
    else checked.warnings.push(...result.warnings.map(absolute))
  }
  return checked
}

const NOT_SHOWN = 'is wrong with what was substituted into it, which is not shown'

function byPlace(a: ConfigIssue, b: ConfigIssue): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)
}

function report(file: string, issues: ReadonlyArray<ConfigIssue>): string {
  return issues
    .map(({ path, line, column, message }) => {
      const place = line === undefined ? file : `${file}:${line}:${column}`
      return path.length === 0 ? `${place}: ${message}` : `${place}: ${formatPath(path)}: ${message}`
    })
    .join('\n')
}

/** Throws as node:fs does, or an Error whose message is a phrase. */
function readText(file: string): string {
  if (statSync(file).size > FILE_BYTES_MAX) throw new Error(`it is bigger than ${FILE_BYTES_MAX} bytes`)
  const bytes = readFileSync(file)
  if (!isUtf8(bytes)) throw new Error('it is not UTF-8 text')
  return bytes.toString('utf8')
}

import { type GoProgram, goBinary, isBuilt } from '../../support/go-binary.ts'

const PROGRAMS = {
  jaeger: { name: 'jaeger', module: new URL('jaeger/', import.meta.url), package: '.' },
  prometheus: { name: 'prometheus', module: new URL('prometheus/', import.meta.url), package: '.' },
} satisfies Record<string, GoProgram>

/** Servers that Grafana's data sources were made for. */
export type Program = keyof typeof PROGRAMS

/** The path of the program, built the first time (minutes). */
export function binary(program: Program): Promise<string> {
  return goBinary(PROGRAMS[program])
}

/** Those that the next run would have to build. */
async function missingPrograms(): Promise<string[]> {
  const programs: ReadonlyArray<GoProgram> = Object.values(PROGRAMS)
  const built = await Promise.all(programs.map(isBuilt))
  return programs.filter((_, i) => !built[i]).map(({ name }) => name)
}

/** For CI: exit code 1, and one line that says why, where a run would have to build first. */
if (import.meta.main) {
  const missing = await missingPrograms()
  if (missing.length > 0) {
    process.stdout.write(
      `test:grafana is left out: ${missing.join(', ')} not built yet; npm run test:grafana builds what it needs.\n`,
    )
    process.exitCode = 1
  }
}

import { type GoProgram, goBinary, isBuilt } from '../support/go-binary.ts'

/** One module for all of them, so that what they share is compiled once. */
const MODULE = new URL('build/', import.meta.url)

/** What `kubectl version` and the API server's `/version` say; a build by Kubernetes' own scripts sets it likewise. */
const VERSION = ['-X', 'k8s.io/component-base/version.gitVersion=v1.36.3']

const PROGRAMS = {
  apiServer: {
    name: 'kube-apiserver',
    package: 'k8s.io/kubernetes/cmd/kube-apiserver',
    linkerFlags: VERSION,
  },
  etcd: { name: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
  kubectl: { name: 'kubectl', package: 'k8s.io/kubernetes/cmd/kubectl', linkerFlags: VERSION },
  kwok: { name: 'kwok', package: 'sigs.k8s.io/kwok/cmd/kwok' },
} satisfies Record<string, Omit<GoProgram, 'module'>>

export type Program = keyof typeof PROGRAMS

/** The path of the program, built the first time (all of them: a quarter of an hour). */
export function binary(program: Program): Promise<string> {
  return goBinary({ ...PROGRAMS[program], module: MODULE })
}

export const programs = Object.keys(PROGRAMS) as ReadonlyArray<Program>

/** Those that the next run would have to build. */
export async function missingPrograms(): Promise<Program[]> {
  const built = await Promise.all(
    programs.map((program) => isBuilt({ ...PROGRAMS[program], module: MODULE })),
  )
  return programs.filter((_, i) => !built[i])
}

/** For CI: exit code 1, and one line that says why, where a run would have to build first. */
if (import.meta.main) {
  const missing = await missingPrograms()
  if (missing.length > 0) {
    process.stdout.write(
      `test:cluster is left out: ${missing.join(', ')} not built yet; npm run test:cluster builds what it needs.\n`,
    )
    process.exitCode = 1
  }
}

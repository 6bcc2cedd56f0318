import { runCorpus } from '../support/run-files.ts'
import type { Backend } from './backend.ts'
import { EvaluatorBackend } from './evaluator-backend.ts'
import { HttpBackend } from './http-backend.ts'
import { runScript } from './runner.ts'

/** Runs `.logqltest` scripts: `node conformance/logql/run.ts [--http] [FILE…]`; see run-files.ts. */
const CORPUS = { command: 'conformance/logql/run.ts', folder: 'logqltest', ending: '.logqltest' }

process.exitCode = await runCorpus<Backend>(
  CORPUS,
  process.argv.slice(2),
  { evaluator: async () => new EvaluatorBackend(), http: () => HttpBackend.start() },
  async (text, backend) =>
    (await runScript(text, backend)).map(({ command: { line, query }, failure }) => ({
      line,
      query,
      failure,
    })),
)

import { runCorpus } from '../support/run-files.ts'
import type { Backend } from './backend.ts'
import { EvaluatorBackend } from './evaluator-backend.ts'
import { HttpBackend } from './http-backend.ts'
import { runScript } from './runner.ts'

/**
 * Runs Prometheus' test scripts: `node conformance/promql/run.ts [--http] [FILE…]`; see run-files.ts. Evals that expect native
 * histograms are counted apart.
 */
const CORPUS = { command: 'conformance/promql/run.ts', folder: 'promqltest', ending: '.test' }

process.exitCode = await runCorpus<Backend>(
  CORPUS,
  process.argv.slice(2),
  { evaluator: async () => new EvaluatorBackend(), http: () => HttpBackend.start() },
  async (text, backend) =>
    (await runScript(text, backend)).map(({ command: { line, query, histograms }, failure }) => ({
      line,
      query,
      failure,
      apart: histograms ? 'native histograms' : undefined,
    })),
)

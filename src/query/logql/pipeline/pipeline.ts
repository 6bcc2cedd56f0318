import type { Selector, Stage } from '../ast.ts'
import { compileMatcher } from '../matcher.ts'
import type { Labels, LogRecord } from '../record.ts'
import { compileDrop, compileKeep } from './choice.ts'
import { compileDecolorize } from './decolorize.ts'
import { compileLabelFormat, compileLineFormat } from './format.ts'
import { compileJson } from './json.ts'
import { compileLabelFilter } from './label-filter.ts'
import { compileLineFilter } from './line-filter.ts'
import { LineState } from './line-state.ts'
import { compileLogfmt } from './logfmt.ts'
import { compilePattern } from './pattern.ts'
import { compileRegexp } from './regexp.ts'
import type { Step } from './step.ts'
import { compileUnpack } from './unpack.ts'

/** A compiled pipeline: it has the state of the record that it saw last, so it must not be shared by two readers. */
export type Pipeline = {
  /** What became of the last record: its line, and its labels. Valid until the next call. */
  readonly state: LineState
  /** Runs the stages; false if one of them dropped the record. */
  readonly process: (record: LogRecord) => boolean
}

/** Throws StageError for patterns and templates that are wrong; of queries that went through `parse`, none is. */
export function compilePipeline(stages: ReadonlyArray<Stage>): Pipeline {
  const state = new LineState()
  const steps = stages.map(compileStage)
  const process = (record: LogRecord): boolean => {
    state.reset(record)
    for (let i = 0; i < steps.length; i++) if (!steps[i]!(state)) return false
    return true
  }
  return { state, process }
}

export function compileStage(stage: Stage): Step {
  switch (stage.kind) {
    case 'line-filter':
      return compileLineFilter(stage)
    case 'json':
      return compileJson(stage)
    case 'logfmt':
      return compileLogfmt(stage)
    case 'regexp':
      return compileRegexp(stage)
    case 'pattern':
      return compilePattern(stage)
    case 'unpack':
      return compileUnpack()
    case 'label-filter':
      return compileLabelFilter(stage)
    case 'line-format':
      return compileLineFormat(stage)
    case 'label-format':
      return compileLabelFormat(stage)
    case 'decolorize':
      return compileDecolorize()
    case 'drop':
      return compileDrop(stage.labels)
    case 'keep':
      return compileKeep(stage.labels)
  }
}

/** Which streams a selector means. */
export function compileSelector({ matchers }: Selector): (stream: Labels) => boolean {
  const tests = matchers.map((matcher) => ({ name: matcher.name, matches: compileMatcher(matcher) }))
  return (stream) => {
    for (let i = 0; i < tests.length; i++) {
      const { name, matches } = tests[i]!
      if (!matches(stream.get(name) ?? '')) return false
    }
    return true
  }
}

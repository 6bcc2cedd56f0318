import type { LabelFormatStage, LineFormatStage } from '../ast.ts'
import { StageError } from '../error.ts'
import { TemplateError } from '../template/error.ts'
import { compileTemplate, type TemplateData } from '../template/template.ts'
import { ERROR_DETAILS_LABEL, ERROR_LABEL, type LineState } from './line-state.ts'
import type { Step } from './step.ts'

type Template = (data: TemplateData) => string

const TEMPLATE_ERROR = 'TemplateFormatErr'

/** `| line_format "{{.a}}"`: a template that fails leaves the line, with an error. Throws StageError. */
export function compileLineFormat({ template }: LineFormatStage): Step {
  const render = named('invalid line template', () => compileTemplate(template, 'line'))
  return (state) => {
    try {
      state.line = render(dataOf(state))
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error
      state.fail(TEMPLATE_ERROR, error.message)
    }
    return true
  }
}

function compileLabel({ label, template }: { readonly label: string; readonly template: string }): Template {
  return named(`invalid template for label '${label}'`, () => compileTemplate(template, 'label'))
}

function named(what: string, compile: () => Template): Template {
  try {
    return compile()
  } catch (error) {
    if (!(error instanceof StageError)) throw error
    throw new StageError(`${what}: ${error.message}`)
  }
}

function dataOf(state: LineState): TemplateData {
  const labels = new Map<string, string>()
  state.forEach((value, name) => {
    labels.set(name, value)
  })
  if (state.error !== '') labels.set(ERROR_LABEL, state.error)
  if (state.errorDetails !== '') labels.set(ERROR_DETAILS_LABEL, state.errorDetails)
  return { labels, line: state.line, timeHigh: state.timeHigh, timeLow: state.timeLow }
}

/** `| label_format a=b, c="{{.d}}"`: the templates of one stage see the labels as they were before the first of them. */
export function compileLabelFormat({ formats }: LabelFormatStage): Step {
  const steps = formats.map((format) =>
    format.kind === 'rename'
      ? { label: format.label, source: format.source, render: undefined }
      : { label: format.label, source: '', render: compileLabel(format) },
  )
  return (state) => {
    let data: TemplateData | undefined
    for (const { label, source, render } of steps) {
      if (render === undefined) {
        const value = state.get(source)
        if (value === undefined) continue
        state.delete(source)
        state.set(label, value)
        continue
      }
      try {
        data ??= dataOf(state)
        state.set(label, render(data))
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error
        state.fail(TEMPLATE_ERROR, error.message)
      }
    }
    return true
  }
}

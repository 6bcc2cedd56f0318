import type { Step } from './step.ts'

/** Control sequences of terminals (ECMA-48): colours, cursor, and titles that end in BEL or ST. */
const ESCAPES = new RegExp(
  [
    String.raw`(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]`,
    String.raw`\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)`,
    String.raw`\u001b[@-Z\\^_=>]`,
  ].join('|'),
  'g',
)

export function compileDecolorize(): Step {
  return (state) => {
    const { line } = state
    if (line.includes('\u001b') || line.includes('\u009b')) state.line = line.replace(ESCAPES, '')
    return true
  }
}

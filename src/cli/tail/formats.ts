import { levelColor, type Paint, paint, plain, streamColor } from '../logs/colors.ts'
import { harmless, type Terminal } from '../terminal.ts'
import type { TailLine } from './frames.ts'

export const TAIL_FORMATS = ['default', 'json', 'raw'] as const
export type TailFormat = (typeof TAIL_FORMATS)[number]

export type LineFormatter = (line: TailLine) => string

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']

function levelOf({ severityText = '', severityNumber = 0 }: TailLine): string {
  if (severityText !== '') return severityText.toUpperCase()
  return severityNumber === 0 ? '-' : (LEVELS[(severityNumber - 1) >> 2] ?? '-')
}

/** `namespace/pod/container`, else the service. */
function streamOf({ namespace, pod, container, service = '-' }: TailLine): string {
  const place = [namespace, pod, container].filter((part) => part !== undefined)
  return place.length > 0 ? place.join('/') : service
}

const timeOf = ({ timestamp }: TailLine): string => timestamp.replace(/(\.\d{3})\d*Z$/, '$1Z')

function colored(color: Paint, clean: (text: string) => string): LineFormatter {
  return (line) => {
    const stream = clean(streamOf(line))
    const level = color(levelColor(line.severityNumber ?? 0), clean(levelOf(line)).padEnd(5))
    return `${color(2, timeOf(line))} ${level} ${color(streamColor(stream), stream)} ${clean(line.body)}\n`
  }
}

/** As `weir logs` prints; `json` is a line of the frame. */
export function formatterOf(
  format: TailFormat,
  withColor: boolean,
  { outIsTerminal }: Pick<Terminal, 'outIsTerminal'>,
): LineFormatter {
  switch (format) {
    case 'json':
      return (line) => `${JSON.stringify(line)}\n`
    case 'raw':
      return ({ body }) => `${body}\n`
    case 'default':
      return colored(withColor && outIsTerminal ? paint : plain, outIsTerminal ? harmless : (text) => text)
  }
}

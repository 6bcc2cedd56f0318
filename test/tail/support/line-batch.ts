import type { LineBatch } from '../../../src/tail/kubernetes/contract.ts'

export type WrittenLine = {
  readonly text: string | Uint8Array
  readonly seconds?: number
  readonly nanos?: number
}

/** Lines as the tailer hands them on. `before` bytes of others stand in front of them, since batches may be cut from one buffer. */
export function lineBatch(lines: ReadonlyArray<WrittenLine>, before = 0): LineBatch {
  const texts = lines.map(({ text }) => Buffer.from(text))
  const starts = new Uint32Array(lines.length + 1)
  starts[0] = before
  texts.forEach((text, i) => {
    starts[i + 1] = starts[i]! + text.length
  })
  return {
    instance: { id: 'containerd://1', restartCount: 0 },
    count: lines.length,
    bytes: Buffer.concat([Buffer.alloc(before, 'x'), ...texts]),
    starts,
    seconds: Uint32Array.from(lines, ({ seconds = 1_700_000_000 }) => seconds),
    nanos: Uint32Array.from(lines, ({ nanos = 0 }) => nanos),
    flags: new Uint8Array(lines.length),
  }
}

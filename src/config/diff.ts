/** Lines that stay the same around what differs. */
const CONTEXT = 3
/** Line by line comparison takes edits × lines; past this the texts count as two that have nothing in common. */
const EDITS_MAX = 2000

type Edit = { readonly kind: ' ' | '-' | '+'; readonly line: string }

/** A unified diff of two texts, without the names of files; empty if they are the same. */
export function unifiedDiff(before: string, after: string): string {
  if (before === after) return ''
  const edits = editsOf(linesOf(before), linesOf(after))
  let [oldLine, newLine] = [1, 1]
  const numbered = edits.map((edit) => {
    const at = { ...edit, oldLine, newLine }
    if (edit.kind !== '+') oldLine++
    if (edit.kind !== '-') newLine++
    return at
  })
  return hunksOf(edits)
    .map(([first, end]) => {
      const hunk = numbered.slice(first, end)
      const count = (other: Edit['kind']): number => hunk.filter(({ kind }) => kind !== other).length
      const [oldCount, newCount] = [count('+'), count('-')]
      const start = hunk[0]!
      const oldStart = oldCount === 0 ? start.oldLine - 1 : start.oldLine
      const newStart = newCount === 0 ? start.newLine - 1 : start.newLine
      const lines = hunk.map(({ kind, line }) => kind + line)
      return `@@ -${oldStart},${oldCount} +${newStart},${newCount} @@\n${lines.join('\n')}\n`
    })
    .join('')
}

function linesOf(text: string): string[] {
  if (text === '') return []
  return text.replace(/\n$/, '').split('\n')
}

/** Ranges of edits that belong in one hunk: changes, and what stands close around them. */
function hunksOf(edits: ReadonlyArray<Edit>): Array<[first: number, end: number]> {
  const hunks: Array<[number, number]> = []
  edits.forEach(({ kind }, i) => {
    if (kind === ' ') return
    const [first, end] = [Math.max(0, i - CONTEXT), Math.min(edits.length, i + CONTEXT + 1)]
    const last = hunks.at(-1)
    if (last !== undefined && first <= last[1]) last[1] = end
    else hunks.push([first, end])
  })
  return hunks
}

/** The shortest way from one list of lines to the other (Myers, "An O(ND) Difference Algorithm"). */
function editsOf(before: ReadonlyArray<string>, after: ReadonlyArray<string>): Edit[] {
  const offset = EDITS_MAX + 1
  const furthest = new Int32Array(2 * offset + 1)
  const trace: Int32Array[] = []
  for (let edits = 0; edits <= EDITS_MAX; edits++) {
    trace.push(furthest.slice(offset - edits - 1, offset + edits + 2))
    for (let k = -edits; k <= edits; k += 2) {
      const down = k === -edits || (k !== edits && furthest[offset + k - 1]! < furthest[offset + k + 1]!)
      let x = down ? furthest[offset + k + 1]! : furthest[offset + k - 1]! + 1
      while (x < before.length && x - k < after.length && before[x] === after[x - k]) x++
      furthest[offset + k] = x
      if (x >= before.length && x - k >= after.length) return pathBack(before, after, trace)
    }
  }
  return [
    ...before.map((line): Edit => ({ kind: '-', line })),
    ...after.map((line): Edit => ({ kind: '+', line })),
  ]
}

function pathBack(
  before: ReadonlyArray<string>,
  after: ReadonlyArray<string>,
  trace: ReadonlyArray<Int32Array>,
): Edit[] {
  const edits: Edit[] = []
  let [x, y] = [before.length, after.length]
  for (let d = trace.length - 1; d >= 0; d--) {
    const furthest = (k: number): number => trace[d]![k + d + 1]!
    const k = x - y
    const down = k === -d || (k !== d && furthest(k - 1) < furthest(k + 1))
    const fromK = down ? k + 1 : k - 1
    const fromX = d === 0 ? 0 : furthest(fromK)
    const fromY = d === 0 ? 0 : fromX - fromK
    while (x > fromX && y > fromY) {
      edits.push({ kind: ' ', line: before[--x]! })
      y--
    }
    if (d === 0) break
    if (down) edits.push({ kind: '+', line: after[--y]! })
    else edits.push({ kind: '-', line: before[--x]! })
  }
  return edits.reverse()
}

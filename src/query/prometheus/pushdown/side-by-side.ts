/**
 * Works on the items in their order, at most `atOnce` at a time. Ends early where one of them answers false: then so does this.
 * The first that throws is thrown. Either way the others are told by their signal, and have ended when this does.
 */
export async function sideBySide<Item>(
  items: ReadonlyArray<Item>,
  atOnce: number,
  signal: AbortSignal,
  work: (item: Item, signal: AbortSignal) => Promise<boolean>,
): Promise<boolean> {
  const over = new AbortController()
  const own = AbortSignal.any([signal, over.signal])
  const left = items.values()
  let failure: { readonly error: unknown } | undefined
  const worker = async (): Promise<void> => {
    for (const item of left) {
      if (over.signal.aborted) return
      try {
        if (!(await work(item, own))) over.abort()
      } catch (error) {
        // What fails after the end fails because of it.
        if (!over.signal.aborted) failure = { error }
        over.abort()
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
  if (failure !== undefined) throw failure.error
  return !over.signal.aborted
}

/** What the shop sells. */
export type Product = { readonly id: string; readonly name: string; readonly price: number }

export const catalogue: ReadonlyMap<string, Product> = new Map(
  [
    { id: 'teapot', name: 'Teapot', price: 24.9 },
    { id: 'kettle', name: 'Kettle', price: 39 },
    { id: 'lamp', name: 'Reading lamp', price: 59.5 },
  ].map((product) => [product.id, product]),
)

/** Counts what is on the shelves; for lamps it can't: the shelf is missing, which is the demo's bug. */
const shelves: ReadonlyMap<string, { readonly pieces: number }> = new Map([
  ['teapot', { pieces: 120 }],
  ['kettle', { pieces: 80 }],
])

/** Pieces in stock. Throws for a product without a shelf. */
export function stockOf({ id }: Product): number {
  const shelf = shelves.get(id)
  if (shelf === undefined) throw new RangeError(`no shelf for '${id}'`)
  return shelf.pieces
}

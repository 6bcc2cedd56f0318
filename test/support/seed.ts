/** What random tests begin with unless told otherwise, so that a commit is judged the same on every machine. */
const SEED = 20_261_125

/** `WEIR_TEST_SEED`: a number, to see a failure again, or `random`, to look for new ones (`npm run test:random`). */
export function testSeed(): number {
  const given = process.env.WEIR_TEST_SEED ?? String(SEED)
  if (given === 'random') return Math.floor(Math.random() * 2 ** 31)
  const seed = Number(given)
  if (!Number.isSafeInteger(seed))
    throw new Error(`WEIR_TEST_SEED is a whole number or "random", not "${given}".`)
  return seed
}

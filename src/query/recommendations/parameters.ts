import { z } from 'zod'
import { rowsParameter, wholeNumber } from '../cardinality/parameters.ts'
import { readParameters } from '../http/parameters.ts'
import { boundedText, NAME_LENGTH_MAX } from '../parameters/fields.ts'

const DAYS_DEFAULT = 14
/** So long is kept which names queries used. */
const DAYS_MAX = 400
const GIVEN_MAX = 50_000

const given = (meaning: string) =>
  z
    .array(boundedText(NAME_LENGTH_MAX))
    .max(GIVEN_MAX, `is given more than ${GIVEN_MAX} times`)
    .optional()
    .describe(meaning)

/** The parameters of `/api/v1/recommendations`. */
export const recommendationsParameters = z.object({
  days: wholeNumber(1, DAYS_MAX)
    .default(DAYS_DEFAULT)
    .describe(`Queries of how many days count, 1 to ${DAYS_MAX}`),
  limit: rowsParameter('metrics, and labels'),
  used: given('A name that is used elsewhere, in a dashboard say; may be given several times'),
  usedGlob: given('The same, with * for any characters'),
  usedPattern: given('A regular expression by which metrics are chosen elsewhere'),
  usedWhole: given('A metric that is shown elsewhere with all its labels'),
})

export type RecommendationsParameters = z.output<typeof recommendationsParameters>

export function readRecommendationsParameters(form: URLSearchParams): RecommendationsParameters {
  return readParameters(recommendationsParameters, form, ['used', 'usedGlob', 'usedPattern', 'usedWhole'])
}

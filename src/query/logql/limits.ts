/** Bounds of a query's text, so that none can exhaust the stack or the memory before it reads a record. */

/** UTF-16 units of a query. */
export const QUERY_LENGTH_MAX = 131_072
/** Parentheses, calls and operators inside each other. */
export const QUERY_DEPTH_MAX = 100
/** Stages of one pipeline. */
export const STAGES_MAX = 200
/** Matchers of a selector, labels of a list, alternatives of a line filter, extractions of a parser. */
export const LIST_LENGTH_MAX = 500
/** UTF-16 units of a regular expression or template. */
export const PATTERN_LENGTH_MAX = 16_384

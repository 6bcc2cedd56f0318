import { ClickHouseError } from '@clickhouse/client'
import { DatabaseError, type DatabaseFailure } from '../database.ts'

/**
 * Error codes of ClickHouse (src/Common/ErrorCodes.cpp) by which the data itself was refused: the same bytes will
 * be refused again, so the inserter looks for the bad block instead of repeating.
 */
const REFUSED: ReadonlyMap<number, string> = new Map([
  [6, 'CANNOT_PARSE_TEXT'],
  [7, 'INCORRECT_NUMBER_OF_COLUMNS'],
  [8, 'THERE_IS_NO_COLUMN'],
  [9, 'SIZES_OF_COLUMNS_DOESNT_MATCH'],
  [10, 'NOT_FOUND_COLUMN_IN_BLOCK'],
  [15, 'DUPLICATE_COLUMN'],
  [16, 'NO_SUCH_COLUMN_IN_TABLE'],
  [19, 'SIZE_OF_FIXED_STRING_DOESNT_MATCH'],
  [20, 'NUMBER_OF_COLUMNS_DOESNT_MATCH'],
  [26, 'CANNOT_PARSE_QUOTED_STRING'],
  [27, 'CANNOT_PARSE_INPUT_ASSERTION_FAILED'],
  [32, 'ATTEMPT_TO_READ_AFTER_EOF'],
  [33, 'CANNOT_READ_ALL_DATA'],
  [36, 'BAD_ARGUMENTS'],
  [38, 'CANNOT_PARSE_DATE'],
  [41, 'CANNOT_PARSE_DATETIME'],
  [43, 'ILLEGAL_TYPE_OF_ARGUMENT'],
  [44, 'ILLEGAL_COLUMN'],
  [50, 'UNKNOWN_TYPE'],
  [53, 'TYPE_MISMATCH'],
  [69, 'ARGUMENT_OUT_OF_BOUND'],
  [70, 'CANNOT_CONVERT_TYPE'],
  [72, 'CANNOT_PARSE_NUMBER'],
  [117, 'INCORRECT_DATA'],
  [128, 'TOO_LARGE_ARRAY_SIZE'],
  [130, 'CANNOT_READ_ARRAY_FROM_TEXT'],
  [131, 'TOO_LARGE_STRING_SIZE'],
  [190, 'SIZES_OF_ARRAYS_DONT_MATCH'],
  [246, 'CORRUPTED_DATA'],
  [261, 'UNKNOWN_BLOCK_INFO_FIELD'],
  [321, 'VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE'],
  [349, 'CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN'],
  [354, 'ZLIB_INFLATE_FAILED'],
  [407, 'DECIMAL_OVERFLOW'],
  [432, 'UNKNOWN_CODEC'],
  [441, 'CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING'],
  [467, 'CANNOT_PARSE_BOOL'],
  [469, 'VIOLATED_CONSTRAINT'],
  [636, 'CANNOT_EXTRACT_TABLE_STRUCTURE'],
])

/**
 * Codes by which the statement or its settings were refused. Of a query they are its author's to cure. Of an insert,
 * which Weir writes itself, they say that this server does not know what Weir says (it is older, or Weir has a bug):
 * no block is to blame, and none may go to quarantine for it, so the insert waits.
 */
const STATEMENT_REFUSED: ReadonlyMap<number, string> = new Map([
  [34, 'TOO_MANY_ARGUMENTS_FOR_FUNCTION'],
  [42, 'NUMBER_OF_ARGUMENTS_DOESNT_MATCH'],
  [46, 'UNKNOWN_FUNCTION'],
  [47, 'UNKNOWN_IDENTIFIER'],
  [62, 'SYNTAX_ERROR'],
  [73, 'UNKNOWN_FORMAT'],
  [115, 'UNKNOWN_SETTING'],
  [456, 'UNKNOWN_QUERY_PARAMETER'],
  [457, 'BAD_QUERY_PARAMETER'],
])

/**
 * Codes by which ClickHouse said "later", before anything was stored. The operator cures some of them (a missing
 * table, a password), none of them is about the bytes sent.
 */
const BUSY: ReadonlyMap<number, string> = new Map([
  [60, 'UNKNOWN_TABLE: not migrated yet'],
  [81, 'UNKNOWN_DATABASE: not made yet'],
  [164, 'READONLY'],
  [192, 'UNKNOWN_USER'],
  [193, 'WRONG_PASSWORD'],
  [194, 'REQUIRED_PASSWORD'],
  [195, 'IP_ADDRESS_NOT_ALLOWED'],
  [201, 'QUOTA_EXCEEDED'],
  [202, 'TOO_MANY_SIMULTANEOUS_QUERIES'],
  [241, 'MEMORY_LIMIT_EXCEEDED'],
  [243, 'NOT_ENOUGH_SPACE'],
  [252, 'TOO_MANY_PARTS'],
  [473, 'DEADLOCK_AVOIDED'],
  [497, 'ACCESS_DENIED'],
  [516, 'AUTHENTICATION_FAILED'],
  [745, 'SERVER_OVERLOADED'],
])

/**
 * What a complete answer with ClickHouse's `code` means. Every other code (a timeout, a cancelled query, a network
 * or disk error inside the cluster, ZooKeeper, ABORTED, a code of a later version) can come after a part was
 * written: unknown, so that the rows are looked at before they are sent under a new token.
 */
export function failureOfCode(code: number, of: 'insert' | 'query'): DatabaseFailure {
  if (REFUSED.has(code)) return 'refused'
  if (STATEMENT_REFUSED.has(code)) return of === 'insert' ? 'busy' : 'refused'
  if (BUSY.has(code)) return 'busy'
  return 'unknown'
}

/** An error that ClickHouse itself reported in a complete answer. `message` is for the log only. */
export function answeredError(code: number, of: 'insert' | 'query', message: string): DatabaseError {
  return new DatabaseError(failureOfCode(code, of), code, message)
}

/** Turns whatever the client library threw into a {@link DatabaseError}. */
export function toDatabaseError(error: unknown, what: string): DatabaseError {
  if (error instanceof DatabaseError) return error
  if (error instanceof ClickHouseError)
    return answeredError(Number(error.code), 'query', `${what}: ${error.message}`)
  const detail = error instanceof Error ? error.message : String(error)
  return new DatabaseError('unknown', 0, `${what}: no complete answer: ${detail}`, { cause: error })
}

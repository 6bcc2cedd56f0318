import type { Argument, Call, Node } from './ast.ts'
import { type CompiledTest, type CompiledValue, constantTest, foldedValue } from './compiled.ts'
import { AlwaysFails, ConditionError } from './condition-error.ts'
import type { Environment } from './environment.ts'
import type { Frame } from './frame.ts'
import type { FunctionSpec, Parameter } from './functions/function.ts'
import { UNSUPPORTED_FUNCTIONS } from './functions/unsupported.ts'
import { hint } from './hint.ts'
import { KIND_NAMES, Level, Result } from './kinds.ts'

type Built = ReturnType<FunctionSpec['build']>

/** Builds a function call: finds the function, puts the arguments in order, checks them, folds constants. */
export function compileCall(
  environment: Environment,
  call: Call,
  compile: (node: Node) => CompiledValue,
): Built {
  const { frame } = environment
  const spec = findFunction(environment, call)
  const ordered = inOrder(spec, call)
  const args = ordered.map((argument, i) => {
    if (argument === undefined) return undefined
    const compiled = compile(argument.value)
    check(spec, spec.parameters[i]!, argument, compiled)
    return compiled
  })
  try {
    return folded(frame, spec.build(frame, args), call)
  } catch (error) {
    if (error instanceof ConditionError || !(error instanceof Error) || error.message.startsWith('BUG'))
      throw error
    const literal = ordered[spec.parameters.findIndex((parameter) => parameter.literal)]
    const at = literal ?? ordered.findLast((argument) => argument !== undefined)
    throw new ConditionError(error.message, at?.value.offset ?? call.offset, error instanceof AlwaysFails)
  }
}

function findFunction({ functions }: Environment, call: Call): FunctionSpec {
  const spec = functions.get(call.name)
  if (spec !== undefined) return spec
  const reason = UNSUPPORTED_FUNCTIONS.get(call.name)
  if (reason !== undefined)
    throw new ConditionError(
      `${call.name} is a function of the collector that Weir does not run: ${reason}`,
      call.offset,
    )
  throw new ConditionError(`unknown function ${call.name}${hint(call.name, functions.keys())}`, call.offset)
}

function signature({ name, parameters }: FunctionSpec): string {
  const names = parameters.map((parameter) => (parameter.optional ? `${parameter.name}?` : parameter.name))
  return `${name}(${names.join(', ')})`
}

/** The arguments by parameter: those without a name first, in order, then the named ones. */
function inOrder(spec: FunctionSpec, call: Call): ReadonlyArray<Argument | undefined> {
  const { parameters } = spec
  const placed: (Argument | undefined)[] = parameters.map(() => undefined)
  let named = false
  call.arguments.forEach((argument, i) => {
    const given = argument.name
    const index = given === undefined ? i : parameters.findIndex(({ name }) => name === snakeCase(given))
    if (argument.name === undefined && named)
      throw new ConditionError('arguments without a name come before those with one', argument.offset)
    named ||= argument.name !== undefined
    if (argument.name === undefined && i >= parameters.length) throw wrongCount(spec, call)
    if (index === -1) {
      const names = parameters.map(({ name }) => name)
      throw new ConditionError(
        `${spec.name} has no parameter ${argument.name}${hint(argument.name!, names)}`,
        argument.offset,
      )
    }
    if (placed[index] !== undefined)
      throw new ConditionError(`${parameters[index]!.name} is given twice`, argument.offset)
    placed[index] = argument
  })
  if (placed.some((argument, i) => argument === undefined && !parameters[i]!.optional))
    throw wrongCount(spec, call)
  return placed
}

/** Names of arguments may also be written as the collector's documentation has some: headerDelimiter. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function wrongCount(spec: FunctionSpec, call: Call): ConditionError {
  const most = spec.parameters.length
  const least = spec.parameters.filter(({ optional }) => !optional).length
  const wanted = least === most ? `${most}` : `${least} to ${most}`
  return new ConditionError(
    `${signature(spec)} takes ${wanted} ${most === 1 ? 'argument' : 'arguments'}, but got ${call.arguments.length}`,
    call.offset,
  )
}

function check(
  spec: FunctionSpec,
  parameter: Parameter,
  argument: Argument,
  { constant, kind }: CompiledValue,
): void {
  const { kinds, literal = false, name } = parameter
  const wanted = kinds?.map((each) => KIND_NAMES[each]).join(' or ')
  if (kind !== undefined && kinds !== undefined && !kinds.includes(kind))
    throw new ConditionError(
      `${name} of ${signature(spec)} must be ${wanted}, not ${KIND_NAMES[kind]}`,
      argument.offset,
      !literal,
    )
  if (literal && !constant)
    throw new ConditionError(`${name} of ${signature(spec)} must be a literal ${wanted}`, argument.offset)
}

/** A call whose arguments never change never changes either. */
function folded(frame: Frame, built: Built, call: Call): Built {
  if ('test' in built) return { test: foldedTest(frame, built.test, call) }
  return { value: foldedValue(frame, built.value, call.offset) }
}

function foldedTest(frame: Frame, test: CompiledTest, call: Call): CompiledTest {
  if (test.constant !== undefined || test.level !== Level.constant) return test
  const result = test.test(0)
  if (result === Result.failed)
    throw new ConditionError(`this always fails: ${frame.failure}`, call.offset, true)
  return constantTest(result === Result.yes)
}

import { isObject } from '@holdfast/contract/shape'
import { cancelledAnswer, type Outcome } from './exchange.ts'

/** A way to answer a permission question. */
export interface PermissionOption {
  readonly optionId: string
  readonly name: string
  readonly kind: string
}

/** The options of a permission question. */
export function permissionOptions(params: Readonly<Record<string, unknown>>): readonly PermissionOption[] {
  const { options } = params
  if (!Array.isArray(options)) return []
  return options.flatMap((option: unknown) => {
    if (!isObject(option) || typeof option['optionId'] !== 'string') return []
    const { optionId, name, kind } = option
    return [{ optionId, name: typeof name === 'string' ? name : optionId, kind: typeof kind === 'string' ? kind : '' }]
  })
}

/**
 * What the answer of a hub's client means: an option by its id or name, a yes, or a no. Whatever is neither is a no: an
 * answer is never more than what was said.
 */
export function answerOf(method: string, params: Readonly<Record<string, unknown>>, result: unknown): Outcome {
  if (method === 'elicitation/create') return elicited(result)
  const options = permissionOptions(params)
  const said = isObject(result) ? (result['optionId'] ?? result['value']) : result
  const isYes = result === true || (isObject(result) && result['confirmed'] === true)
  const chosen =
    options.find(({ optionId }) => optionId === said) ??
    options.find(({ name }) => name === said) ??
    options.find(({ kind }) => kind === (isYes ? 'allow_once' : 'reject_once'))
  if (chosen === undefined) return cancelledAnswer(method)
  return { result: { outcome: { outcome: 'selected', optionId: chosen.optionId } } }
}

function elicited(result: unknown): Outcome {
  if (isObject(result) && typeof result['action'] === 'string') return { result }
  if (isObject(result) && result['value'] !== undefined)
    return { result: { action: 'accept', content: { value: result['value'] } } }
  return { result: { action: result === true ? 'accept' : 'decline' } }
}

/** Why an answer is of no use; the question stays open. */
export function answerIssue(
  method: string,
  params: Readonly<Record<string, unknown>>,
  outcome: Outcome,
): string | undefined {
  if (!('result' in outcome) || method !== 'session/request_permission') return undefined
  const chosen = isObject(outcome.result) ? outcome.result['outcome'] : undefined
  if (!isObject(chosen)) return 'The answer has no outcome.'
  if (chosen['outcome'] !== 'selected') return undefined
  const { optionId } = chosen
  return permissionOptions(params).some((option) => option.optionId === optionId)
    ? undefined
    : 'The answer is none of the options.'
}

import { isObject } from '@holdfast/contract/shape'
import { permissionOptionsOf } from '@holdfast/protocol/acp'
import { cancelledAnswer, type Outcome } from './turn-types.ts'

/**
 * What the answer of a hub's client means: an option by its id or name, a yes, or a no. Whatever is neither is a no: an
 * answer is never more than what was said.
 */
export function answerOf(method: string, params: Readonly<Record<string, unknown>>, result: unknown): Outcome {
  if (method === 'elicitation/create') return elicited(result)
  const options = permissionOptionsOf(params['options'])
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
  return permissionOptionsOf(params['options']).some((option) => option.optionId === optionId)
    ? undefined
    : 'The answer is none of the options.'
}

import { HoldfastError, mergeBounds } from '@holdfast/contract'

/**
 * Bounds of an endpoint: those that are given, else the defaults.
 * @throws HoldfastError `server/invalid_option` for a bound that is no number, or below zero
 */
export function limitsFrom<Name extends string>(
  defaults: Readonly<Record<Name, number>>,
  given: { readonly [Each in NoInfer<Name>]?: number | undefined } = {},
): Record<Name, number> {
  return mergeBounds(defaults, given, (name, problem) => {
    const option = `limits.${name}`
    return new HoldfastError('server/invalid_option', `Option ${option}: ${problem}.`, { details: { option } })
  })
}

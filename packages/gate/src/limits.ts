import { HoldfastError } from '@holdfast/contract'

/**
 * Bounds of an endpoint: those that are given, else the defaults. A number that is none, or below zero, would bound nothing
 * without a word, so it is refused.
 *
 * @throws HoldfastError `server/invalid_option`
 */
export function limitsFrom<T extends object>(defaults: T, given: Partial<T> | undefined): T {
  const numbers: [string, unknown][] = Object.entries(defaults)
  const wanted: Readonly<Record<string, unknown>> = { ...given }
  for (const [name, otherwise] of numbers) {
    const value = wanted[name]
    if (value === undefined || typeof otherwise !== 'number') continue
    if (typeof value === 'number' && value >= 0) continue
    const got = typeof value === 'number' ? value : typeof value
    const text = `Option limits.${name}: expected a number of at least 0, got ${got}.`
    throw new HoldfastError('server/invalid_option', text, { details: { option: `limits.${name}` } })
  }
  return { ...defaults, ...Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined)) }
}

/** The members of `T`, each of which may be left out. */
export type Maybe<T> = { readonly [Name in keyof T]?: T[Name] | undefined }

/** Defaults, and over them what was given. */
export function mergeDefaults<T extends object>(defaults: T, given: Maybe<T>): T {
  const filled: T = { ...defaults }
  for (const name in given) filled[name] = given[name] ?? filled[name]
  return filled
}

/**
 * Numbers that bound something: those that are given, else the defaults. What is no number, or below zero, would bound
 * nothing silently, so it is refused.
 * @throws what `invalid` makes of the member's name and what is wrong with it, such as `expected a number of at least 0, got -1`
 */
export function mergeBounds<Name extends string>(
  defaults: Readonly<Record<Name, number>>,
  given: { readonly [Each in NoInfer<Name>]?: number | undefined },
  invalid: (name: string, problem: string) => Error,
): Record<Name, number> {
  const bounds: Record<Name, number> = { ...defaults }
  for (const name in defaults) {
    const value: unknown = given[name]
    if (value === undefined) continue
    const isBound = typeof value === 'number' && value >= 0
    if (!isBound)
      throw invalid(name, `expected a number of at least 0, got ${typeof value === 'number' ? value : typeof value}`)
    bounds[name] = value
  }
  return bounds
}

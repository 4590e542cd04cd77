/** The members of `T`, each of which may be left out. */
export type Maybe<T> = { readonly [Name in keyof T]?: T[Name] | undefined }

/** Defaults, and over them what was given. */
export function mergeDefaults<T extends object>(defaults: T, given: Maybe<T>): T {
  const filled: T = { ...defaults }
  for (const name in given) filled[name] = given[name] ?? filled[name]
  return filled
}

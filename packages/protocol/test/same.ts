/** As a type reads when nothing of it may be written: schemas of zod tell what can be, generated types what should be. */
type Frozen<T> = T extends object ? { readonly [Key in keyof T]: Frozen<T[Key]> } : T

/** True where each of two types takes what the other does. */
export type Same<A, B> = [Frozen<A>] extends [Frozen<B>] ? ([Frozen<B>] extends [Frozen<A>] ? true : false) : false

/** Does not compile for anything else. */
export type Holds<T extends true> = T

import type { Decoded } from './codec.ts'

/**
 * A check of one value: `undefined` when the value fits, else the tail of a sentence that starts with a path
 * (`.data: expected object, got array`). It names types, never values, so an issue may be logged. A shape only checks:
 * it copies nothing, so unknown fields stay on the message.
 *
 * `T` is the type of a fitting value. It exists for the compiler alone and is invariant: a shape that requires what its
 * type calls optional does not compile.
 */
export interface Shape<T> {
  (value: unknown): string | undefined
  readonly fits?: (value: T) => T
}

/** A JSON object whose fields are not checked. */
export type Fields = Readonly<Record<string, unknown>>

/** Names that are known, in a set that may grow: any other string passes. */
export type Open<T extends string> = T | (string & {})

/** `: expected {what}, got {type of value}`. */
export function expected(what: string, value: unknown): string {
  return `: expected ${what}, got ${value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value}`
}

/** True for what JSON calls an object. */
export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export const text: Shape<string> = (value) => (typeof value === 'string' ? undefined : expected('string', value))
export const number: Shape<number> = (value) => (Number.isFinite(value) ? undefined : expected('number', value))
export const boolean: Shape<boolean> = (value) => (typeof value === 'boolean' ? undefined : expected('boolean', value))
export const anything: Shape<unknown> = () => undefined
export const fields: Shape<Fields> = (value) => (isObject(value) ? undefined : expected('object', value))

/** A count or a sequence number: an integer from 0 to 2⁵³−1. */
export const count: Shape<number> = (value) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? undefined : expected('count', value)

/** Anything that is there. */
export const something: Shape<unknown> = (value) => (value === undefined ? expected('a value', value) : undefined)

/** A member that must not be there. */
export const absent: Shape<undefined> = (value) => (value === undefined ? undefined : expected('nothing', value))

/** A text that is not empty. */
export const someText: Shape<string> = (value) =>
  typeof value === 'string' && value !== '' ? undefined : expected('text', value)

/** An integer within bounds, both included. */
export function integer(least: number, most: number = Number.MAX_SAFE_INTEGER): Shape<number> {
  return (value) =>
    Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most
      ? undefined
      : expected(`integer from ${least} to ${most}`, value)
}

/** A text of this form; `what` is what people call it. */
export function matching(form: RegExp, what: string): Shape<string> {
  return (value) => (typeof value === 'string' && form.test(value) ? undefined : expected(what, value))
}

/** `null`, or what fits `shape`. */
export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return (value) => (value === null ? undefined : shape(value))
}

/** What fits `shape` and has at least one of these members. */
export function given<T>(keys: readonly string[], shape: Shape<T>): Shape<T> {
  return (value) => {
    const issue = shape(value)
    if (issue !== undefined || (isObject(value) && keys.some((key) => value[key] !== undefined))) return issue
    return `: expected ${keys.join(' or ')}, got neither`
  }
}

/** What fits one of `shapes`; `what` is what people call them. */
export function either<T extends readonly unknown[]>(
  what: string,
  ...shapes: { readonly [At in keyof T]: Shape<T[At]> }
): Shape<T[number]> {
  return (value) => (shapes.some((shape) => shape(value) === undefined) ? undefined : expected(what, value))
}

/** Exactly one of `values`. */
export function oneOf<T extends string | number>(...values: readonly T[]): Shape<T> {
  const known: ReadonlySet<unknown> = new Set(values)
  const [first] = values
  return (value) =>
    value === first || known.has(value)
      ? undefined
      : expected(values.join('|'), value).replace(/(string|number)$/, 'another $1')
}

/** May be absent. `null` is not absent. */
export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value) => (value === undefined ? undefined : shape(value))
}

export const maybeText: Shape<string | undefined> = /* @__PURE__ */ optional(text)
export const maybeNumber: Shape<number | undefined> = /* @__PURE__ */ optional(number)
export const maybeBoolean: Shape<boolean | undefined> = /* @__PURE__ */ optional(boolean)

/** Every element fits `item`. */
export function array<T>(item: Shape<T>): Shape<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) return expected('array', value)
    for (let at = 0; at < value.length; at++) {
      const issue = item(value[at])
      if (issue !== undefined) return `[${at}]${issue}`
    }
    return undefined
  }
}

/** An array with one element for each of these shapes; the last ones may be absent. */
export function tuple<T extends readonly unknown[]>(
  ...items: readonly ((value: unknown) => string | undefined)[]
): Shape<T> {
  return (value) => {
    if (!Array.isArray(value)) return expected('array', value)
    if (value.length > items.length) return `: expected ${items.length} elements, got ${value.length}`
    for (let at = 0; at < items.length; at++) {
      const issue = items[at]?.(value[at])
      if (issue !== undefined) return `[${at}]${issue}`
    }
    return undefined
  }
}

/** An object used as a map. Its keys are content and do not appear in the issue. */
export function record<T>(item: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return (value) => {
    if (!isObject(value)) return expected('object', value)
    for (const key of Object.keys(value)) {
      const issue = item(value[key])
      if (issue !== undefined) return `[*]${issue}`
    }
    return undefined
  }
}

/** A shape for every field of `T`. */
export type Shapes<T> = { readonly [K in keyof T]-?: Shape<T[K]> }

/** An object with at least these fields. Every field of `T` must be given a shape. */
export function object<T extends object>(shapes: Shapes<T>): Shape<T> {
  // Two arrays: this is done for every message, and a pair for each member costs a third more.
  const keys = Object.keys(shapes)
  const checks = Object.values<(value: unknown) => string | undefined>(shapes)
  return (value) => {
    if (!isObject(value)) return expected('object', value)
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at] ?? ''
      const issue = checks[at]?.(value[key])
      if (issue !== undefined) return `.${key}${issue}`
    }
    return undefined
  }
}

/** One option of a union by itself: its name under `tag`, and its members. */
export function kindOf(
  tag: string,
  kind: string,
  members: (value: unknown) => string | undefined,
): (value: unknown) => string | undefined {
  const named = oneOf(kind)
  return (value) => {
    const issue = isObject(value) ? named(value[tag]) : undefined
    return issue === undefined ? members(value) : `.${tag}${issue}`
  }
}

/** The shapes of a union, by the value of its discriminating member. A kind that is not in the table passes as it is. */
export interface Kinds<T> {
  (value: unknown): string | undefined
  /** Whether the kind is one of the table. */
  readonly isKnown: (message: unknown) => message is T
}

/** A union with the discriminating member `tag`, whose known values are the names of the table. Other values pass unchecked. */
export function kinds<T>(
  tag: string,
  table: Readonly<Record<string, (value: unknown) => string | undefined>>,
): Kinds<T> {
  const shapes: ReadonlyMap<unknown, (value: unknown) => string | undefined> = new Map(Object.entries(table))
  const isKnown = (message: unknown): message is T => isObject(message) && shapes.has(message[tag])
  const check = (value: unknown): string | undefined => {
    if (!isObject(value)) return expected('object', value)
    const kind = value[tag]
    if (typeof kind !== 'string') return `.${tag}${expected('string', kind)}`
    const issue = shapes.get(kind)?.(value)
    return issue === undefined ? undefined : `(${kind})${issue}`
  }
  return Object.assign(check, { isKnown })
}

/** The same where there are no other kinds. */
export function closed<T>(tag: string, known: Kinds<T>): Shape<T> {
  return (value) => known(value) ?? (known.isKnown(value) ? undefined : `.${tag}: expected a known one`)
}

/** A shape that looks at less than the type that its messages have. */
export function outline(shape: (value: unknown) => string | undefined): (value: unknown) => string | undefined {
  return shape
}

/** Known kinds in a set that may grow; every other kind is checked by a shape of its own. */
export function openTo<T>(
  known: Kinds<T>,
  other: (value: unknown) => string | undefined,
): (value: unknown) => string | undefined {
  return (value) => known(value) ?? (known.isKnown(value) ? undefined : other(value))
}

/**
 * The value where its kind is in the table and it fits. Where its kind is in the table and it does not fit, `unfit` is
 * called with the issue and with `at`, which says which value it was.
 */
export function knownIn<T, At>(
  known: Kinds<T>,
  value: unknown,
  unfit: ((issue: string, at: At) => void) | undefined,
  at: At,
): T | undefined {
  const issue = known(value)
  if (issue === undefined) return known.isKnown(value) ? value : undefined
  if (known.isKnown(value)) unfit?.(issue, at)
  return undefined
}

/** A type guard made of a shape. */
export function fits<T>(shape: Shape<T>, value: unknown): value is T {
  return shape(value) === undefined
}

/** The value itself as a message, or one line: `name`, path, what was expected, the type that arrived. */
export function parseWith<T>(name: string, shape: Shape<T>, value: unknown): Decoded<T> {
  if (fits(shape, value)) return { ok: true, message: value }
  return { ok: false, issue: `${name}${shape(value) ?? ''}`, raw: value }
}

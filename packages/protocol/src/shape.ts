import type { Decoded } from '@holdfast/contract'

/**
 * A check of one value: `undefined` when the value fits, else the tail of a sentence that starts with a path
 * (`.data: expected object, got array`). It names types, never values, so an issue may be logged.
 * A shape only looks: it copies nothing, so fields that it does not know stay on the message.
 *
 * `T` is the type that a fitting value has. It exists for the compiler alone and is invariant: a shape that
 * demands what its type calls optional does not compile.
 */
export interface Shape<T> {
  (value: unknown): string | undefined
  readonly fits?: (value: T) => T
}

/** A JSON object whose fields are not ours to know. */
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

/** One of the known names, or another string. */
export function word<T extends string>(): Shape<Open<T>> {
  return (value) => text(value)
}

/** Exactly `value`. */
export function literal<T extends string | number>(value: T): Shape<T> {
  return (actual) => (actual === value ? undefined : expected(JSON.stringify(value), actual))
}

/** Exactly one of `values`. */
export function oneOf<T extends string | number>(...values: readonly T[]): Shape<T> {
  const known: ReadonlySet<unknown> = new Set(values)
  return (value) =>
    known.has(value) ? undefined : expected(values.join('|'), value).replace(/(string|number)$/, 'another $1')
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
  const members = Object.entries<(value: unknown) => string | undefined>(shapes).map(([key, shape]) => ({ key, shape }))
  return (value) => {
    if (!isObject(value)) return expected('object', value)
    for (const member of members) {
      const issue = member.shape(value[member.key])
      if (issue !== undefined) return `.${member.key}${issue}`
    }
    return undefined
  }
}

/** The shapes of a union, by the value of the member that tells them apart. */
export type Variants<T extends { readonly [K in Tag]: string }, Tag extends string> = {
  readonly [K in T[Tag]]: Shape<Extract<T, { readonly [L in Tag]: K }>>
}

/**
 * Told apart by `tag`. `U` is what a kind outside the table becomes: it passes as it is, for unknown kinds are
 * not errors. `isKnown` tells the two apart.
 */
export interface VariantShape<T, U> extends Shape<T | U> {
  readonly isKnown: (message: T | U) => message is T
}

export function variants<T extends { readonly [K in Tag]: string }, U, Tag extends string>(
  tag: Tag,
  table: Variants<T, Tag>,
): VariantShape<T, U> {
  const shapes = new Map<unknown, (value: unknown) => string | undefined>(Object.entries(table))
  const check = (value: unknown): string | undefined => {
    if (!isObject(value)) return expected('object', value)
    const kind = value[tag]
    if (typeof kind !== 'string') return `.${tag}${expected('string', kind)}`
    const issue = shapes.get(kind)?.(value)
    return issue === undefined ? undefined : `(${kind})${issue}`
  }
  const isKnown = (message: unknown): message is T => isObject(message) && shapes.has(message[tag])
  return Object.assign(check, { isKnown })
}

/** A type guard made of a shape. */
export function fits<T>(shape: Shape<T>, value: unknown): value is T {
  return shape(value) === undefined
}

/** The value itself as a message, or one line: `name`, path, what was expected, the type that came. */
export function parseWith<T>(name: string, shape: Shape<T>, value: unknown): Decoded<T> {
  if (fits(shape, value)) return { ok: true, message: value }
  return { ok: false, issue: `${name}${shape(value) ?? ''}`, raw: value }
}

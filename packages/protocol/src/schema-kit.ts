import type { Open } from '@holdfast/contract/shape'
import * as z from 'zod'

/** What a schema means beyond what zod says of it. */
export type Mark =
  | { readonly kind: 'word'; readonly known: readonly string[] }
  | { readonly kind: 'open'; readonly tag: string; readonly known: z.core.$ZodType; readonly other: z.core.$ZodType }
  | { readonly kind: 'outline'; readonly outline: z.core.$ZodType; readonly members: z.core.$ZodType }
  | { readonly kind: 'given'; readonly keys: readonly string[] }
  | { readonly kind: 'any-members' }

const marks = new WeakMap<z.core.$ZodType, Mark>()

/** The mark of a schema, or of the one that it was described or refined from. */
export function markOf(schema: z.core.$ZodType): Mark | undefined {
  return marks.get(schema) ?? (schema._zod.parent === undefined ? undefined : markOf(schema._zod.parent))
}

/** An object with at least these members: what else is there stays on it, and is no part of its type. */
export function object<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape> {
  return z.looseObject(shape)
}

/** One of the known names, or another string: the set may grow. */
export function word<T extends string>(...known: readonly T[]): z.ZodType<Open<T>> {
  return marked(z.string().meta({ examples: [...known] }), { kind: 'word', known })
}

/** A count or a sequence number: an integer from 0 to 2⁵³−1. */
export function count(): z.ZodInt {
  return z.int().min(0)
}

/** A JSON object whose members are not ours to know. */
export function fields(): z.ZodRecord<z.ZodString, z.ZodUnknown> {
  return z.record(z.string(), z.unknown())
}

/** An element of a tuple, with the name that people read. */
export function named<Schema extends z.ZodType>(name: string, schema: Schema): Schema {
  return schema.meta({ title: name })
}

/** A map as it is stored: its entries in their order. */
export function pairs<Value extends z.ZodType>(value: Value): z.ZodArray<z.ZodTuple<[z.ZodString, Value], null>> {
  return z.array(z.tuple([z.string(), value]))
}

/** A member that must not be there. */
export function absent(): z.ZodOptional<z.ZodNever> {
  return z.never().optional()
}

/** An object of which only these members are known, and whose type says that there are others. */
export function anyMembers<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$loose> {
  return marked(z.looseObject(shape), { kind: 'any-members' })
}

/** Kinds that are known, distinguished by `tag`, in a set that may grow: another kind passes as it is. */
export function open<Known extends z.ZodType, Other extends z.ZodObject>(
  tag: string,
  known: Known,
  other: Other,
): z.ZodUnion<readonly [Known, Other]> {
  const kinds = kindsOf(tag, known)
  const others = other
    .refine((value) => !kinds.some((kind) => kind === value[tag]))
    .meta({ not: { properties: { [tag]: { enum: kinds } } } })
  return marked(z.union([known, others]), { kind: 'open', tag, known, other })
}

/** Everything that has the outline passes; `members` say what it may be, each with a check of its own. */
export function outline<T>(base: z.ZodType, members: z.ZodType<T>): z.ZodType<T> {
  return marked(
    z.custom<T>((value) => base.safeParse(value).success),
    { kind: 'outline', outline: base, members },
  )
}

/** At least one of these members is there. */
export function given<Schema extends z.ZodType<object>>(schema: Schema, ...keys: readonly string[]): Schema {
  const present = (value: object): boolean =>
    Object.entries(value).some(([key, member]) => keys.includes(key) && member !== undefined)
  const anyOf = keys.map((key) => ({ required: [key] }))
  return marked(schema.refine(present).meta({ anyOf }), { kind: 'given', keys })
}

/** The names under `tag` of every kind that a union knows. */
export function kindsOf(tag: string, schema: z.core.$ZodType): readonly string[] {
  const named = schema._zod.propValues?.[tag] ?? []
  return [...named].filter((name) => typeof name === 'string')
}

function marked<Schema extends z.core.$ZodType>(schema: Schema, mark: Mark): Schema {
  marks.set(schema, mark)
  return schema
}

import fc from 'fast-check'
import { kindsIn, known, type Schema, tagOf } from '../generate/wire.ts'
import { markOf } from '../src/schema-kit.ts'

const anything: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(null, 'text', 7, false, [1, null], {
  deep: { deeper: [] },
})

const name = fc.constantFrom('a', 'another-one', 'constructor', 'b_2')

/** Values that fit a schema, with members that it does not know among them. */
export function anyValue(schema: Schema): fc.Arbitrary<unknown> {
  const mark = markOf(schema)
  if (mark?.kind === 'word') return fc.oneof(fc.constantFrom(...mark.known), name)
  if (mark?.kind === 'outline') return fc.oneof(anyValue(known(mark.outline)), anyValue(known(mark.members)))
  if (mark?.kind === 'open')
    return fc.oneof(anyValue(known(mark.known)), unknownKind(mark.tag, known(mark.known), known(mark.other)))
  if (mark?.kind === 'given')
    return anyStructure(schema).map((value) => ({ [mark.keys[0] ?? '']: 'x', ...Object(value) }))
  return anyStructure(schema)
}

function anyStructure(schema: Schema): fc.Arbitrary<unknown> {
  const { def } = schema._zod
  switch (def.type) {
    case 'string':
      return name
    case 'number':
      return 'format' in def ? fc.integer({ min: 2, max: 65_535 }) : fc.double({ noNaN: true, noDefaultInfinity: true })
    case 'boolean':
      return fc.boolean()
    case 'unknown':
      return anything
    case 'never':
      return fc.constant(undefined)
    case 'literal':
      return fc.constantFrom(...def.values)
    case 'enum':
      return fc.constantFrom(...Object.values(def.entries))
    case 'optional':
      return fc.option(anyValue(known(def.innerType)), { nil: undefined })
    case 'nullable':
      return fc.option(anyValue(known(def.innerType)))
    case 'array':
      return fc.array(anyValue(known(def.element)), { maxLength: 3 })
    case 'tuple':
      return fc.tuple(...def.items.map((item) => anyValue(known(item)))).map(withoutEnd)
    case 'record':
      return fc.dictionary(name, anyValue(known(def.valueType)), { maxKeys: 3 })
    case 'object':
      return anyObject(def.shape)
    case 'union':
      return fc.oneof(...def.options.map((option) => anyValue(known(option))))
    default:
      throw new Error(`no values for ${def.type}`)
  }
}

function anyObject(shape: Readonly<Record<string, unknown>>): fc.Arbitrary<unknown> {
  const members = Object.entries(shape).flatMap(([key, member]) => {
    return typeof member === 'object' && member !== null && '_zod' in member ? [[key, anyMember(member)] as const] : []
  })
  const extra = fc.option(anything, { nil: undefined })
  return fc.record({ ...Object.fromEntries(members), zz: extra }).map(withoutUndefined)
}

function anyMember(member: object): fc.Arbitrary<unknown> {
  const isSchema = (value: object): value is Schema => '_zod' in value
  if (!isSchema(member)) throw new Error('no schema')
  return anyValue(member)
}

function unknownKind(tag: string, schema: Schema, other: Schema): fc.Arbitrary<unknown> {
  const names = new Set(kindsIn(tagOf(schema) ?? tag, schema).map(([kind]) => kind))
  const kind = name.filter((candidate) => !names.has(candidate))
  return fc.tuple(anyValue(other), kind).map(([value, instead]) => ({ ...Object(value), [tag]: instead }))
}

/** The last elements of a tuple may be absent. */
function withoutEnd(elements: readonly unknown[]): readonly unknown[] {
  return elements.at(-1) === undefined ? elements.slice(0, -1) : elements
}

function withoutUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined))
}

/** What may be wrong with a value: somewhere in it, one thing. */
export const mutation: fc.Arbitrary<{ readonly at: number; readonly how: Damage }> = fc.record({
  at: fc.nat(),
  how: fc.oneof(
    fc.constant<Damage>({ kind: 'missing' }),
    fc.constant<Damage>({ kind: 'extra' }),
    fc
      .constantFrom<unknown>(
        null,
        'text',
        '',
        0,
        1,
        -1,
        1.5,
        2 ** 53,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        true,
        [],
        {},
        [null],
        { a: 1 },
      )
      .map((instead): Damage => ({ kind: 'instead', instead })),
  ),
})

type Damage = { readonly kind: 'missing' | 'extra' } | { readonly kind: 'instead'; readonly instead: unknown }

/** A copy of a JSON value that is damaged in one place. */
export function damaged(value: unknown, { at, how }: { readonly at: number; readonly how: Damage }): unknown {
  const copy: { root: unknown } = { root: structuredClone(value) }
  const places = placesIn(copy)
  const place = places[at % places.length]
  if (place === undefined) return value
  const { holder, key } = place
  if (how.kind === 'missing' && Array.isArray(holder)) holder.splice(Number(key), 1)
  else if (how.kind === 'missing' && holder !== copy) Reflect.deleteProperty(holder, key)
  else if (how.kind === 'extra') Reflect.set(holder, 'another', { deep: [1] })
  else if (how.kind === 'instead') Reflect.set(holder, key, how.instead)
  return copy.root
}

function placesIn(holder: object): { readonly holder: object; readonly key: string }[] {
  return Object.entries(holder).flatMap(([key, member]) => {
    const inner = typeof member === 'object' && member !== null ? placesIn(member) : []
    return [{ holder, key }, ...inner]
  })
}

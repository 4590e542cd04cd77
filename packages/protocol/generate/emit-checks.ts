import type { z } from 'zod'
import { markOf } from '../src/schema-kit.ts'
import { headerOf, quoted } from './emit-types.ts'
import { kindsIn, known, type Schema, tagOf, titleOf, typeName, type Wire } from './wire.ts'

type Members = Readonly<Record<string, z.core.$ZodType>>

/** A file of checks in the making. */
interface Emission {
  readonly wire: Wire
  /** Combinators of `shape.ts` that are used. */
  readonly used: Set<string>
  /** Checks of other packages that are used. */
  readonly foreign: Set<string>
  /** Types of the wire that are used. */
  readonly types: Set<string>
  /** Declarations by name, what others are made of first. */
  readonly lines: Map<string, string>
  /** The member that tells each option of a union from the others. */
  readonly tags: ReadonlyMap<Schema, string>
}

/** The checks of a wire: for each schema that is one, the shape of the same name. */
export function checksOf(wire: Wire): string {
  const tags = tagsOf(wire)
  const emission: Emission = { wire, used: new Set(), foreign: new Set(), types: new Set(), lines: new Map(), tags }
  for (const [name, schema] of wire.schemas) if (!isPlainUnion(schema)) declare(emission, name, schema)
  const values = [...emission.used].sort((a, b) => (bare(a) < bare(b) ? -1 : 1))
  const imports = [
    `import {${list(values)}} from '@holdfast/contract/shape'`,
    ...foreignChecks(emission),
    `import type {${list([...emission.types].sort())}} from './types.ts'`,
  ]
  return `${headerOf(wire)}${imports.join('\n')}\n\n${[...emission.lines.values()].join('\n')}`
}

function foreignChecks({ wire, foreign }: Emission): readonly string[] {
  const from = (name: string): string | undefined => wire.foreign.get(name)?.checks
  const names = [...foreign].sort()
  return [...new Set(names.map(from))].map((origin) => {
    return `import {${list(names.filter((name) => from(name) === origin))}} from '${origin}'`
  })
}

function tagsOf(wire: Wire): ReadonlyMap<Schema, string> {
  const unions = [...wire.schemas.values()].flatMap((schema) => {
    const tag = schema._zod.def.type === 'union' && markOf(schema) === undefined ? tagOf(schema) : undefined
    return tag === undefined ? [] : kindsIn(tag, schema).map(([, option]) => [option, tag] as const)
  })
  return new Map(unions)
}

function list(names: readonly string[]): string {
  return `${names.map((name) => `\n  ${name},`).join('')}\n`
}

function bare(name: string): string {
  return name.replace('type ', '')
}

/** Once, after what it is made of. */
function declare(emission: Emission, name: string, schema: Schema): void {
  if (emission.lines.has(name)) return
  const tag = emission.tags.get(schema)
  if (tag !== undefined) return declareKind(emission, name, schema, tag)
  if (isKinds(schema)) return declareUnion(emission, name, schema)
  const made = check(emission, schema, type(emission, name), true)
  emission.lines.set(name, `export const ${name}: ${shapeType(emission, name)} = ${made}\n`)
}

/** The table of its kinds, for sets that may grow, and the union itself. */
function declareUnion(emission: Emission, name: string, schema: Schema): void {
  const typed = type(emission, name)
  emission.used.add('type Kinds')
  emission.used.add('type Shape')
  const table = kinds(emission, schema, typed)
  emission.lines.set(kindsName(name), `export const ${kindsName(name)}: Kinds<${typed}> = ${table}\n`)
  const made = call(emission, 'closed', quoted(tagOf(schema)), kindsName(name))
  emission.lines.set(name, `export const ${name}: Shape<${typed}> = ${made}\n`)
}

function kindsName(name: string): string {
  return `${name}Kinds`
}

/** Members and kind apart: a table of kinds has looked at the kind already. */
function declareKind(emission: Emission, name: string, schema: Schema, tag: string): void {
  const typed = type(emission, name)
  const [[kind] = []] = kindsIn(tag, schema)
  emission.lines.set(
    membersName(name),
    `const ${membersName(name)} = ${check(emission, schema, `Omit<${typed}, '${tag}'>`, true)}\n`,
  )
  const made = call(emission, 'kindOf', quoted(tag), quoted(kind), membersName(name))
  emission.lines.set(name, `export const ${name}: ${shapeType(emission, name)} = ${made}\n`)
}

function membersName(name: string): string {
  return `${name}Members`
}

/** A union whose options nothing names tells no check which of them to say is wrong. */
export function isPlainUnion(schema: Schema): boolean {
  return schema._zod.def.type === 'union' && tagOf(schema) === undefined
}

function shapeType(emission: Emission, name: string): string {
  emission.used.add('type Shape')
  return `Shape<${type(emission, name)}>`
}

function type(emission: Emission, name: string): string {
  emission.types.add(typeName(name))
  return typeName(name)
}

function isKinds(schema: Schema): boolean {
  return markOf(schema)?.kind !== 'open' && tagOf(schema) !== undefined
}

function call(emission: Emission, name: string, ...given: readonly string[]): string {
  emission.used.add(name.replace(/<.*/s, ''))
  return `/* @__PURE__ */ ${name}(${given.join(', ')})`
}

function plain(emission: Emission, name: string): string {
  emission.used.add(name)
  return name
}

/** `type` names the type of what is checked. */
function check(emission: Emission, schema: Schema, type: string, whole = false): string {
  const name = emission.wire.nameOf(schema)
  if (name !== undefined && !whole && emission.wire.foreign.has(name)) {
    emission.foreign.add(name)
    return name
  }
  if (name !== undefined && !whole) {
    declare(emission, name, schema)
    return name
  }
  const mark = markOf(schema)
  if (mark?.kind === 'word') return plain(emission, 'text')
  if (mark?.kind === 'open') return openUnion(emission, known(mark.known), known(mark.other))
  if (mark?.kind === 'outline') return call(emission, 'outline', outlineOf(emission, known(mark.outline)))
  if (mark?.kind === 'any-members') return call(emission, 'outline', outlineOf(emission, schema))
  if (mark?.kind === 'given') {
    const keys = mark.keys.map(quoted).join(', ')
    return call(emission, 'given', `[${keys}]`, structure(emission, schema, type))
  }
  return structure(emission, schema, type)
}

/** Of a kind that is not known only the name is looked at, unless such a kind has a schema. */
function openUnion(emission: Emission, table: Schema, other: Schema): string {
  const known = tableOf(emission, table)
  if (markOf(other)?.kind === 'any-members') return known
  return call(emission, 'openTo', known, check(emission, other, ''))
}

function tableOf(emission: Emission, schema: Schema): string {
  const name = emission.wire.nameOf(schema)
  if (name === undefined) return kinds(emission, schema, '')
  declare(emission, name, schema)
  return kindsName(name)
}

function outlineOf(emission: Emission, schema: Schema): string {
  const { def } = schema._zod
  if (def.type !== 'object') throw new Error('an outline is an object')
  return call(emission, 'object', members(emission, def.shape, ''))
}

const MAYBE: ReadonlyMap<string, string> = new Map([
  ['text', 'maybeText'],
  ['number', 'maybeNumber'],
  ['boolean', 'maybeBoolean'],
  ['something', 'anything'],
])

function structure(emission: Emission, schema: Schema, type: string): string {
  const { def } = schema._zod
  switch (def.type) {
    case 'string':
      return string(emission, schema)
    case 'number':
      return number(emission, schema)
    case 'boolean':
      return plain(emission, 'boolean')
    case 'unknown':
      return plain(emission, 'something')
    case 'literal':
    case 'enum':
      return oneOf(emission, def.type === 'literal' ? def.values : Object.values(def.entries))
    case 'optional':
      return optional(emission, known(def.innerType), type)
    case 'nullable':
      return call(emission, 'orNull', check(emission, known(def.innerType), nonNullable(type)))
    case 'array':
      return call(emission, 'array', item(emission, known(def.element), `${type}[number]`))
    case 'tuple':
      return call(emission, `tuple<${type}>`, ...def.items.map((one) => check(emission, known(one), '')))
    case 'record': {
      const value = known(def.valueType)
      if (value._zod.def.type === 'unknown') return plain(emission, 'fields')
      return call(emission, 'record', item(emission, value, `${type}[string]`))
    }
    case 'object':
      return call(emission, `object<${type}>`, members(emission, untagged(emission, schema, def.shape), type))
    case 'union':
      if (isPlainUnion(schema)) return either(emission, def.options.map(known))
      return call(emission, 'closed', quoted(tagOf(schema)), kinds(emission, schema, type))
    default:
      throw new Error(`no check for ${def.type}`)
  }
}

/** One of several plain values, which nothing but their type tells apart. */
function either(emission: Emission, options: readonly Schema[]): string {
  const what = options.map(({ _zod }) => _zod.def.type).join(' or ')
  return call(emission, 'either', quoted(what), ...options.map((option) => check(emission, option, '')))
}

/** The members of an option of a union without the one that told which option it is. */
function untagged(emission: Emission, schema: Schema, shape: Members): Members {
  const tag = emission.tags.get(schema)
  return Object.fromEntries(Object.entries(shape).filter(([key]) => key !== tag))
}

function nonNullable(type: string): string {
  return `NonNullable<${type}>`
}

/** An element is there whatever it is. */
function item(emission: Emission, element: Schema, type: string): string {
  return element._zod.def.type === 'unknown' ? plain(emission, 'anything') : check(emission, element, type)
}

function optional(emission: Emission, inner: Schema, type: string): string {
  if (inner._zod.def.type === 'never') return plain(emission, 'absent')
  const made = check({ ...emission, used: new Set() }, inner, nonNullable(type))
  const short = MAYBE.get(made)
  if (short !== undefined) return plain(emission, short)
  return call(emission, 'optional', check(emission, inner, nonNullable(type)))
}

function members(emission: Emission, shape: Members, type: string): string {
  return block(Object.entries(shape).map(([key, member]) => [key, check(emission, known(member), `${type}['${key}']`)]))
}

function kinds(emission: Emission, schema: Schema, type: string): string {
  const tag = tagOf(schema)
  if (tag === undefined) throw new Error('a union is told apart by a member')
  const table = kindsIn(tag, schema).map(([kind, option]) => {
    const name = emission.wire.nameOf(option)
    if (name !== undefined) declare(emission, name, option)
    const typed = `Omit<Extract<${type}, { readonly ${tag}: '${kind}' }>, '${tag}'>`
    return [kind, name === undefined ? check(emission, option, typed) : membersName(name)] as const
  })
  return call(emission, `kinds<${type}>`, `'${tag}'`, block(table))
}

function block(members: readonly (readonly [string, string])[]): string {
  const lines = members.map(([key, made]) => {
    const property = /^\w+$/.test(key) ? key : `'${key}'`
    return `  ${property}: ${made.replaceAll('\n', '\n  ')},\n`
  })
  return lines.length === 0 ? '{}' : `{\n${lines.join('')}}`
}

function oneOf(emission: Emission, values: readonly unknown[]): string {
  return call(emission, 'oneOf', ...values.map(quoted))
}

/** What the checks of a string or a number demand. */
function demandsOf(schema: Schema): { minimum?: unknown; maximum?: unknown; pattern?: unknown } {
  const { checks = [] } = schema._zod.def
  const demands: Record<string, unknown> = {}
  for (const { def } of checks.map(({ _zod }) => _zod)) {
    const { value, minimum, pattern }: { check: string; value?: unknown; minimum?: unknown; pattern?: unknown } = def
    if (def.check === 'greater_than') demands['minimum'] = value
    else if (def.check === 'less_than') demands['maximum'] = value
    else if (def.check === 'min_length') demands['minimum'] = minimum
    else if (def.check === 'string_format') demands['pattern'] = pattern
    else throw new Error(`no check for ${def.check}`)
  }
  return demands
}

function string(emission: Emission, schema: Schema): string {
  const { minimum, pattern } = demandsOf(schema)
  if (pattern instanceof RegExp)
    return call(emission, 'matching', String(pattern), quoted(titleOf(schema) ?? 'another form'))
  return plain(emission, minimum === undefined ? 'text' : 'someText')
}

function number(emission: Emission, schema: Schema): string {
  const { minimum, maximum } = demandsOf(schema)
  if (!('format' in schema._zod.def)) return plain(emission, 'number')
  if (minimum === 0 && maximum === undefined) return plain(emission, 'count')
  return call(emission, 'integer', String(minimum), ...(maximum === undefined ? [] : [String(maximum)]))
}

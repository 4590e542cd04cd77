import * as z from 'zod'
import * as acp from '../src/acp/schemas/index.ts'
import * as hub from '../src/hub/schemas/index.ts'
import { markOf } from '../src/schema-kit.ts'
import * as sessions from '../src/sessions/schemas/index.ts'
import * as shell from '../src/shell/schemas/index.ts'
import * as tracker from '../src/tracker/schemas/index.ts'
import { STORED, type Stored } from './stored.ts'

/** A schema as zod's core knows it: every kind that the wires use, told apart by `type`. */
export type Schema = z.core.$ZodTypes

/** The schemas of one wire, or of what one package stores, by the name that they are exported under. */
export interface Wire {
  readonly name: string
  readonly title: string
  /** Where the schemas are, as seen from what is made of them. */
  readonly sources: string
  readonly schemas: ReadonlyMap<string, Schema>
  /** The name of a schema, where it has one: here, or where it comes from. */
  readonly nameOf: (schema: z.core.$ZodType) => string | undefined
  /** Where schemas that are another package's come from, by name. */
  readonly foreign: ReadonlyMap<string, Origin>
}

/** Entries of a package that have the types and the checks of its schemas. */
export interface Origin {
  readonly types: string
  readonly checks: string
}

export const WIRES: readonly Wire[] = [
  wire('acp', 'Agent Client Protocol', acp),
  wire('hub', 'Agent session hub', hub),
  wire('sessions', 'Remote sessions', sessions),
  wire('shell', 'Remote shells', shell),
  wire('tracker', 'Task tracker', tracker),
]

/** What packages write where another process, or a later version, reads it. */
export const RECORDS: readonly (Wire & { readonly folder: string })[] = STORED.map(records)

/** The type of a schema: its name with a capital. */
export function typeName(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && '_zod' in value
}

/** As a schema of a kind that the wires use; another kind is found out where it is read. */
export function known(schema: z.core.$ZodType): Schema {
  if (!isSchema(schema)) throw new Error('not a schema')
  return schema
}

/** What people read: of the schema, or of the one that it makes optional. */
export function descriptionOf(schema: Schema): string | undefined {
  const { description } = z.globalRegistry.get(schema) ?? {}
  if (description !== undefined) return description
  const { def } = schema._zod
  return def.type === 'optional' || def.type === 'nullable' ? descriptionOf(known(def.innerType)) : undefined
}

/** What a text of a form is called in an issue, and an element of a tuple in its type. */
export function titleOf(schema: Schema): string | undefined {
  return z.globalRegistry.get(schema)?.title
}

/** The options of a union told apart by `tag`, by name; unions inside are opened. */
export function kindsIn(tag: string, schema: Schema): readonly (readonly [string, Schema])[] {
  const { def } = schema._zod
  if (def.type === 'union') return def.options.flatMap((option) => kindsIn(tag, known(option)))
  if (def.type !== 'object') throw new Error(`a kind is an object, not ${def.type}`)
  const literal = def.shape[tag]
  if (literal === undefined) throw new Error(`a kind has ${tag}`)
  const values = known(literal)._zod.values ?? new Set()
  return [...values].map((value) => [String(value), schema] as const)
}

/** The member that tells a union's options apart. */
export function tagOf(schema: Schema): string | undefined {
  const mark = markOf(schema)
  if (mark?.kind === 'open') return mark.tag
  const { def } = schema._zod
  return def.type === 'union' && 'discriminator' in def && typeof def.discriminator === 'string'
    ? def.discriminator
    : undefined
}

function records({ name, title, folder, module, from }: Stored): Wire & { readonly folder: string } {
  const foreign = new Map<string, Origin>()
  const names = new Map<z.core.$ZodType, string>()
  for (const { origin, schemas } of from) {
    for (const [key, value] of Object.entries(schemas)) {
      if (!isSchema(value)) continue
      names.set(value, key)
      foreign.set(key, origin)
    }
  }
  const own = wire(name, title, module)
  const nameOf = (schema: z.core.$ZodType): string | undefined => own.nameOf(schema) ?? names.get(schema)
  return { ...own, sources: '../../schemas', folder, nameOf, foreign }
}

function wire(name: string, title: string, module: object): Wire {
  const schemas = new Map<string, Schema>()
  const names = new Map<z.core.$ZodType, string>()
  for (const [key, value] of Object.entries(module)) {
    if (!isSchema(value)) continue
    schemas.set(key, value)
    names.set(value, key)
  }
  return { name, title, sources: '../schemas', schemas, nameOf: (schema) => names.get(schema), foreign: new Map() }
}

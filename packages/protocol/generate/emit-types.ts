import { markOf } from '../src/schema-kit.ts'
import { descriptionOf, known, type Schema, titleOf, typeName, type Wire } from './wire.ts'

/** The TypeScript of a wire's messages: plain types with their descriptions. */
export function typesOf(wire: Wire): string {
  const declarations = [...wire.schemas].map(([name, schema]) => declaration(wire, typeName(name), schema))
  const body = declarations.join('\n')
  const used = ['Fields', 'Open'].filter((name) => new RegExp(`\\b${name}\\b`).test(body))
  const imports = used.length === 0 ? [] : [`import type { ${used.join(', ')} } from '@holdfast/contract/shape'\n`]
  imports.push(...foreignTypes(wire, body))
  return `${headerOf(wire)}${imports.join('')}${imports.length === 0 ? '' : '\n'}${body}`
}

/** The first line of everything that is made. */
export function headerOf({ sources }: Pick<Wire, 'sources'>): string {
  return `// Made from ${sources} by packages/protocol/generate: change the schemas, and make it anew.\n`
}

function foreignTypes(wire: Wire, body: string): readonly string[] {
  const used = [...wire.foreign].filter(([name]) => new RegExp(`\\b${typeName(name)}\\b`).test(body))
  return [...new Set(used.map(([, { types }]) => types))].map((from) => {
    const names = used.flatMap(([name, { types }]) => (types === from ? [typeName(name)] : []))
    return `import type { ${names.join(', ')} } from '${from}'\n`
  })
}

function declaration(wire: Wire, name: string, schema: Schema): string {
  const doc = comment(descriptionOf(schema), '')
  const { def } = schema._zod
  if (def.type === 'object') return `${doc}export interface ${name} ${members(wire, schema, '')}\n`
  return `${doc}export type ${name} = ${expression(wire, schema, '', true)}\n`.replace(' = \n', ' =\n')
}

function comment(description: string | undefined, indent: string): string {
  return description === undefined ? '' : `${indent}/** ${description} */\n`
}

function members(wire: Wire, schema: Schema, indent: string): string {
  const { def } = schema._zod
  if (def.type !== 'object') throw new Error('no object')
  const inner = `${indent}  `
  const lines = Object.entries(def.shape).map(([key, value]) => {
    const member = known(value)
    const named = wire.nameOf(member) !== undefined
    const optional = member._zod.def.type === 'optional'
    const doc = named ? '' : comment(ownDescription(wire, member), inner)
    const property = /^\w+$/.test(key) ? key : `'${key}'`
    return `${doc}${inner}readonly ${property}${optional ? '?' : ''}: ${expression(wire, member, inner)}\n`
  })
  if (markOf(schema)?.kind === 'any-members') lines.push(`${inner}readonly [member: string]: unknown\n`)
  return `{\n${lines.join('')}${indent}}`
}

/** The description that a member has of its own, and not by the type that it names. */
function ownDescription(wire: Wire, member: Schema): string | undefined {
  const { def } = member._zod
  if ((def.type === 'optional' || def.type === 'nullable') && wire.nameOf(known(def.innerType)) !== undefined) {
    const inner = descriptionOf(known(def.innerType))
    const own = descriptionOf(member)
    return own === inner ? undefined : own
  }
  return descriptionOf(member)
}

/** The type of a schema; `whole`: even where it has a name. */
export function expression(wire: Wire, schema: Schema, indent: string, whole = false): string {
  const name = wire.nameOf(schema)
  if (name !== undefined && !whole) return typeName(name)
  const mark = markOf(schema)
  if (mark?.kind === 'word') return `Open<${mark.known.map(quoted).join(' | ')}>`
  if (mark?.kind === 'open') return union(wire, [known(mark.known), known(mark.other)], indent)
  if (mark?.kind === 'outline') return expression(wire, known(mark.members), indent, whole)
  const { def } = schema._zod
  switch (def.type) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'unknown':
      return def.type
    case 'never':
      return 'undefined'
    case 'literal':
      return def.values.map(quoted).join(' | ')
    case 'enum':
      return Object.values(def.entries).map(quoted).join(' | ')
    case 'optional': {
      const inner = expression(wire, known(def.innerType), indent)
      return inner === 'unknown' || inner === 'undefined' ? inner : `${inner} | undefined`
    }
    case 'nullable':
      return `${expression(wire, known(def.innerType), indent)} | null`
    case 'array':
      return arrayOf(expression(wire, known(def.element), indent))
    case 'tuple':
      return tupleOf(wire, def.items.map(known), indent)
    case 'record': {
      const value = expression(wire, known(def.valueType), indent)
      return value === 'unknown' ? 'Fields' : `Readonly<Record<string, ${value}>>`
    }
    case 'union':
      return union(wire, def.options.map(known), indent)
    case 'object':
      return members(wire, schema, indent)
    default:
      throw new Error(`no type for ${def.type}`)
  }
}

function union(wire: Wire, options: readonly Schema[], indent: string): string {
  const types = [...new Set(options.flatMap((option) => optionTypes(wire, option, indent)))]
  const line = types.join(' | ')
  if (line.length + indent.length < 90 && !line.includes('\n')) return line
  return types.map((type) => (type.trimStart().startsWith('/**') ? `\n${type}` : `\n${indent}  | ${type}`)).join('')
}

/** A union inside a union that has no name is a part of it. */
function optionTypes(wire: Wire, option: Schema, indent: string): readonly string[] {
  const { def } = option._zod
  if (def.type !== 'union' || wire.nameOf(option) !== undefined || markOf(option) !== undefined) {
    const type = expression(wire, option, `${indent}    `)
    const doc =
      def.type === 'object' && wire.nameOf(option) === undefined ? comment(descriptionOf(option), `${indent}  `) : ''
    return [doc === '' ? type : `${doc}${indent}  | ${type}`]
  }
  return def.options.flatMap((inner) => optionTypes(wire, known(inner), indent))
}

/** Elements have their names where all of them do. */
function tupleOf(wire: Wire, items: readonly Schema[], indent: string): string {
  const names = items.map((item) => titleOf(item))
  const elements = items.map((item, at) => {
    const { def } = item._zod
    const type = expression(wire, item, indent)
    const question = def.type === 'optional' ? '?' : ''
    if (!names.includes(undefined)) return `${names[at]}${question}: ${type}`
    return question === '' ? type : `(${type})?`
  })
  return `readonly [${elements.join(', ')}]`
}

function arrayOf(element: string): string {
  return / [|] |^readonly /.test(element) ? `readonly (${element})[]` : `readonly ${element}[]`
}

export function quoted(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}

import type { z } from 'zod'

type Library = 'mini' | 'valibot'
type Schema = z.core.$ZodTypes

/** The same schema as source text for another library: what it would be when written there. */
export function sourceFor(library: Library, schema: z.core.$ZodType): string {
  const l = library === 'mini' ? 'z' : 'v'
  const inner = (other: z.core.$ZodType): string => sourceFor(library, other)
  const def = defOf(schema)
  switch (def.type) {
    case 'string':
    case 'boolean':
    case 'unknown':
    case 'never':
      return `${l}.${def.type}()`
    case 'number':
      return numberFor(library, 'format' in def)
    case 'literal':
      return library === 'mini'
        ? `z.literal(${JSON.stringify(def.values)})`
        : `v.picklist(${JSON.stringify(def.values)})`
    case 'enum':
      return `${l}.${library === 'mini' ? 'enum' : 'picklist'}(${JSON.stringify(Object.values(def.entries))})`
    case 'optional':
    case 'nullable':
      return `${l}.${def.type}(${inner(def.innerType)})`
    case 'array':
      return `${l}.array(${inner(def.element)})`
    case 'record':
      return `${l}.record(${l}.string(), ${inner(def.valueType)})`
    case 'object':
      return `${l}.looseObject({${Object.entries(def.shape).map(([key, member]) => `'${key}': ${inner(member)}`)}})`
    case 'union':
      return unionFor(library, 'discriminator' in def ? String(def.discriminator) : undefined, def.options.map(inner))
    default:
      throw new Error(`no source for ${def.type}`)
  }
}

function defOf(schema: z.core.$ZodType): Schema['_zod']['def'] {
  const isKnown = (candidate: z.core.$ZodType): candidate is Schema => '_zod' in candidate
  if (!isKnown(schema)) throw new Error('not a schema')
  return schema._zod.def
}

function numberFor(library: Library, whole: boolean): string {
  if (library === 'mini') return whole ? 'z.int().check(z.minimum(0))' : 'z.number()'
  return whole ? 'v.pipe(v.number(), v.safeInteger(), v.minValue(0))' : 'v.pipe(v.number(), v.finite())'
}

function unionFor(library: Library, tag: string | undefined, options: readonly string[]): string {
  const list = `[${options.join(', ')}]`
  if (tag === undefined) return `${library === 'mini' ? 'z' : 'v'}.union(${list})`
  return library === 'mini' ? `z.discriminatedUnion('${tag}', ${list})` : `v.variant('${tag}', ${list})`
}

import { headerOf } from './emit-types.ts'
import { typeName, type Wire } from './wire.ts'

/** A file that compiles as long as the generated types are what the compiler infers from the schemas. */
export function agreementOf(wire: Wire, source: string, generated = `${source}/generated`): string {
  const lines = [...wire.schemas.keys()].map((name) => {
    const type = typeName(name)
    return `export type ${type} = Holds<Same<z.infer<typeof schemas.${name}>, types.${type}>>\n`
  })
  return `${headerOf({ sources: `${source}/schemas` })}import type { z } from 'zod'
import type * as types from '${generated}/types.ts'
import type * as schemas from '${source}/schemas/index.ts'
import type { Holds, Same } from '../same.ts'

${lines.join('')}`
}

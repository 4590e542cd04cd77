import { object } from '@holdfast/protocol/internals/schemas'
import { z } from 'zod'

export const context = object({
  name: z.string(),
  url: z.string(),
  token: z.string().optional().describe('Absent where the gateway wants none.'),
}).describe('A gateway with a stored login.')

export const storedContexts = object({
  current: z.string().optional().describe('The name of the one that is meant where none is named.'),
  contexts: z.array(z.unknown()).optional().describe('Each one a context, looked at by itself.'),
}).describe('The file with the gateways that have a stored login.')

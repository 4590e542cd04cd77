import { fields, object } from '@holdfast/protocol/internals/schemas'
import * as z from 'zod'

export const participant = object({
  id: z.string(),
  role: z.enum(['lead', 'observer', 'controller', 'sub_agent']),
  transport: z.enum(['ws', 'sse']),
  subscriptions: z.array(z.string()),
  connectedAt: z.number(),
  lastActivity: z.number(),
  metadata: fields().optional(),
}).describe('A participant of a session, as shown to the others, at other nodes too.')

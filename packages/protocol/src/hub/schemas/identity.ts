import { z } from 'zod'
import { object } from '../../schema-kit.ts'

export const gatewayIdentity = object({
  principal: z.string().describe('Whom the credentials stand for.'),
  scopes: z.array(z.string()).describe('What they may do. `admin` includes all others.'),
  grant: object({
    by: z.string().describe('The principal who shares.'),
    session: z.string().optional(),
    shell: z.string().optional(),
    role: z.string(),
    endsAt: z.number().optional().describe('Milliseconds since 1970.'),
  })
    .optional()
    .describe('Of a link that was shared: the one session or shell that it lets into, and as what.'),
  startsShells: z.boolean().describe('Whether they may start a shell of their own.'),
  command: z.string().describe('How the command line is called where the gateway was started.'),
}).describe('Answer of `GET /api/me`: who asks, and what they may do here. For everybody who may come in.')

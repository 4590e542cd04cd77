import * as z from 'zod'
import { object, word } from '../../schema-kit.ts'

const count = z.number().describe('Since this process began.')
const epochMs = z.number().describe('Milliseconds since 1970.')

export const hubConnectionSummary = object({
  id: z.string(),
  sessionId: z.string(),
  role: word('lead', 'observer', 'controller', 'sub_agent'),
  transport: word('ws', 'sse'),
  principal: z.string(),
  connectedAt: epochMs,
  lastActivityAt: epochMs,
  bufferedBytes: z.number().describe('Events that were sent to it and that it has not acknowledged.'),
  behindEvents: z.number().describe('Events of the session that it has not been sent yet.'),
}).describe('One open connection of a hub, as operators see it.')

export const hubRefusalSummary = object({
  code: z.string(),
  reason: z.string().describe('The meaning of the code.'),
  at: epochMs,
  count: z.number().describe('How often in a row.'),
}).describe('Connections and requests that were refused alike, one after the other.')

export const gatewayOverview = object({
  node: z.string(),
  status: word('starting', 'ready', 'draining'),
  startedAt: epochMs,
  at: epochMs.describe('When the answer was made. Two answers give rates.'),
  memoryBytes: z.number(),
  sockets: z.number(),
  connections: z.number(),
  sessions: z.number().describe('In memory.'),
  leads: z.number(),
  bufferedBytes: z.number(),
  shells: z.number().optional().describe('Number of running shells; absent if it is not known.'),
  shellClients: z.number().optional(),
  agents: z.number().optional().describe('Programs of agents that run; absent where none is configured.'),
  agentTurns: z.number().optional().describe('Turns of agents under way.'),
  agentQuestions: z.number().optional().describe('Questions of agents that wait for people.'),
  streams: z.number().optional().describe('Streams, and sessions read as streams, that are in memory.'),
  streamReaders: z.number().optional().describe('Readers of streams that wait for what is new.'),
  streamAppends: z.number().optional().describe('Appends to streams since the start.'),
  streamRefusals: z.number().optional().describe('Requests for streams that were refused since the start.'),
  messagesIn: count,
  messagesOut: count,
  bytesIn: count,
  bytesOut: count,
  refusals: count,
  gaps: count,
  store: object({
    kind: z.string(),
    ok: z.boolean(),
    reason: z.string().optional(),
    damagedSessions: z.number(),
  }),
  nodes: z.array(object({ node: z.string(), url: z.string().optional() })).describe('Of the cluster, this one first.'),
  slowest: z.array(hubConnectionSummary).describe('Those that have taken least of what they were sent first.'),
  recentRefusals: z.array(hubRefusalSummary).describe('The newest first.'),
}).describe('Answer of `GET /api/operator/overview`: how one gateway does. For the scope `admin`.')
export const gatewayIdentity = object({
  principal: z.string().describe('Whom the credentials stand for.'),
  scopes: z.array(z.string()).describe('Its scopes. `admin` includes all others.'),
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
  agents: z.array(z.string()).optional().describe('Names of the agents that they may prompt. Absent: none.'),
  command: z.string().describe('How the command line is called where the gateway was started.'),
  version: z.string().describe('Of the gateway.'),
}).describe('Answer of `GET /api/me`: the principal and its permissions. Any valid credential may ask.')

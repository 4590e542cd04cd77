import { count, named, object } from '@holdfast/protocol/internals/schemas'
import * as z from 'zod'
import { senderRuns, sessionRecord } from '../../log/schemas/index.ts'

export const blobRef = object({ id: z.string(), chunks: count() }).describe(
  'Where a text that does not fit into a record is kept.',
)

export const mark = object({
  epoch: z.string(),
  isRemoved: z.boolean().optional().describe('The session was removed with this record.'),
  first: count(),
  last: count(),
  total: count().describe('Bytes of all events ever.'),
  trimmed: count().describe('Bytes of those that were trimmed.'),
  anchor: z.string().describe('Hash of event `last`.'),
  anchorBefore: z.string().describe('Hash of event `first - 1`.'),
  fence: count(),
  snapshot: object({ n: count(), ref: blobRef }).optional(),
  memory: object({ seq: count(), ref: blobRef })
    .optional()
    .describe('The state after all records up to `seq`; absent: of no record.'),
  senders: object({ seq: count(), ref: blobRef.optional() })
    .optional()
    .describe(
      'The same of senders, apart from it: gateways of the version before store the one and carry the other on. `ref` is absent where there were none up to `seq`.',
    ),
}).describe('The state of a session after a record. Every record has all of it, so the last one is the head.')

const range = [named('first', count()), named('last', count())] as const

export const producerEntry = z
  .tuple([named('id', z.string()), named('fence', count()), named('seq', count()), ...range])
  .describe('A producer as stored: its number, and the first and last event of that number.')

export const keyEntry = z
  .tuple([named('key', z.string()), named('at', z.number()), ...range, named('scope', z.string().optional())])
  .describe('A key as stored: when it was used, its first and last event, and its owner.')

export const senderEntry = z
  .tuple([
    named('id', z.string()),
    named('highest', count()),
    ...range,
    named('floor', count()),
    named('seen', z.number()),
    named('attached', z.literal([0, 1])),
    named('runs', senderRuns),
  ])
  .describe('A sender as stored.')

export const senderEntries = z.array(senderEntry).describe('All senders of a session, as a checkpoint has them.')

export const storedEvent = z
  .tuple([named('id', z.string()), named('kind', z.string()), named('at', z.number()), named('payload', z.unknown())])
  .describe('An event as stored. Its number follows from its position in the record.')

export const remembered = object({
  producers: z.array(producerEntry),
  keys: z.array(keyEntry),
}).describe('The stored state of appends, without senders.')

export const opening = object({ stamp: count(), record: sessionRecord }).describe(
  'What the first record of a life says: the session, and its place among all sessions.',
)

export const storedRecord = object({
  ...remembered.shape,
  v: count().describe('Version of what a record looks like. Records of version 1 have no senders.'),
  id: z.string().describe('Random: distinguishes our own record from another one at the same path.'),
  prev: count().describe('Sequence of the record before it.'),
  mark,
  senders: z.array(senderEntry).optional(),
  dropped: z.array(z.string()).optional().describe('Forgotten with this record, before `senders` are taken.'),
  sizes: z.array(count()).describe('Bytes of each event.'),
  events: z.array(storedEvent),
  opened: opening.optional().describe('Set in the first record of an epoch.'),
}).describe('One message of a session: some appends that were committed together, or a change of the session.')

export const indexEntry = object({
  stamp: count().describe('Order of creation over all sessions.'),
  record: sessionRecord,
}).describe('A session in the index.')

export const nodeEntry = object({ life: z.string() }).describe('The lease of a node, for one run of it.')

export const claim = object({
  key: z.string(),
  node: z.string(),
  life: z.string(),
  value: z.unknown().optional(),
}).describe('A claim that only one node can have, as long as its lease lasts.')

export const writerNews = object({ by: z.string(), seq: count().optional() }).describe(
  'What one gateway sends to the others that write the same session: it wants to write, or has written up to `seq`.',
)

export const leaseEntry = object({
  holder: z.string().optional().describe('Absent if the session was opened again and has no holder.'),
  until: z
    .number()
    .describe('Milliseconds since 1970. It decides only who may try to acquire the lease, never who may write.'),
  fence: count().optional().describe('Absent in the first entry of a grant: it is the revision of that.'),
}).describe('A lease as stored.')

export const storeLayout = object({ version: count(), shards: count(), replicas: count() }).describe(
  'What the store was created with. Stands beside the index of sessions once everything is there.',
)

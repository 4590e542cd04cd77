import { given, object } from '@holdfast/protocol/internals/schemas'
import * as z from 'zod'

export const grantRole = z
  .enum(['observe', 'control', 'lead', 'write'])
  .describe('The rights of the holder of a grant: for a session, or for a shell.')

export const grant = object({
  id: z.string(),
  by: z.string().describe('The principal who made it.'),
  session: z.string().optional(),
  epoch: z
    .string()
    .optional()
    .describe('The epoch of the session: a session that is created again under its id has another one.'),
  shell: z.string().optional(),
  role: grantRole,
  label: z.string().optional().describe('For people.'),
  createdAt: z.number().describe('In milliseconds since 1970.'),
  endsAt: z.number().describe('In milliseconds since 1970.'),
}).describe('One session or one shell that a principal lets others into, for a time.')

export const storedGrant = given(object({ ...grant.shape, digest: z.string() }), 'session', 'shell').describe(
  'A grant as it is kept: its token only as a digest.',
)

export const grantsSnapshot = z.array(storedGrant).describe('The grants that had not ended.')

export const grantRecord = z
  .discriminatedUnion('t', [
    object({ t: z.literal('grant'), grant: storedGrant }).describe('A grant was made.'),
    object({ t: z.literal('revoked'), id: z.string() }).describe('A grant was revoked before its expiry.'),
  ])
  .describe('A record in the log of grants.')

const name = z
  .string()
  .regex(/^[\s\S]{1,256}$/u)
  .meta({ title: 'a text of 1 to 256 characters' })

export const grantBody = given(
  object({
    session: name.optional(),
    shell: name.optional(),
    role: grantRole.optional().describe('@defaultValue `observe`'),
    expiresInMs: z.number().optional().describe('Milliseconds. @defaultValue an hour'),
    label: z
      .string()
      .regex(/^[\s\S]{1,128}$/u)
      .meta({ title: 'a text of 1 to 128 characters' })
      .optional()
      .describe('For people.'),
  }),
  'session',
  'shell',
).describe('Body of `POST /api/grants`: one session or one shell.')

// Made from ../../schemas by packages/protocol/generate: change the schemas, and make it anew.
import {
  type Kinds,
  type Shape,
  array,
  closed,
  count,
  fields,
  kinds,
  maybeText,
  object,
  oneOf,
  optional,
  text,
} from '@holdfast/contract/shape'
import type {
  AcpAuthor,
  AcpProgramNote,
  AcpRecord,
} from './types.ts'

export const acpAuthor: Shape<AcpAuthor> = /* @__PURE__ */ object<AcpAuthor>({
  principal: text,
  client: maybeText,
})

export const acpRecordKinds: Kinds<AcpRecord> = /* @__PURE__ */ kinds<AcpRecord>('t', {
  'acp.opened': /* @__PURE__ */ object<Omit<Extract<AcpRecord, { readonly t: 'acp.opened' }>, 't'>>({
    agent: text,
    cwd: text,
    params: fields,
    session: maybeText,
    by: acpAuthor,
  }),
  'acp.in': /* @__PURE__ */ object<Omit<Extract<AcpRecord, { readonly t: 'acp.in' }>, 't'>>({
    p: text,
    o: count,
    m: fields,
  }),
  'acp.out': /* @__PURE__ */ object<Omit<Extract<AcpRecord, { readonly t: 'acp.out' }>, 't'>>({
    p: text,
    m: fields,
    why: /* @__PURE__ */ oneOf('open', 'prompt', 'cancel', 'set', 'ask', 'answer', 'told'),
    prompt: /* @__PURE__ */ optional(count),
    by: /* @__PURE__ */ optional(acpAuthor),
  }),
  'acp.prompt': /* @__PURE__ */ object<Omit<Extract<AcpRecord, { readonly t: 'acp.prompt' }>, 't'>>({
    prompt: /* @__PURE__ */ array(fields),
    meta: /* @__PURE__ */ optional(fields),
    by: acpAuthor,
    asked: /* @__PURE__ */ optional(/* @__PURE__ */ object<NonNullable<Omit<Extract<AcpRecord, { readonly t: 'acp.prompt' }>, 't'>['asked']>>({
      wireId: text,
      asker: text,
      id: text,
    })),
  }),
  'acp.removed': /* @__PURE__ */ object<Omit<Extract<AcpRecord, { readonly t: 'acp.removed' }>, 't'>>({
    prompt: count,
    why: text,
    by: /* @__PURE__ */ optional(acpAuthor),
  }),
  'acp.answered': /* @__PURE__ */ object<Omit<Extract<AcpRecord, { readonly t: 'acp.answered' }>, 't'>>({
    question: count,
    answer: fields,
    by: /* @__PURE__ */ optional(acpAuthor),
    why: maybeText,
  }),
  'acp.over': /* @__PURE__ */ object<Omit<Extract<AcpRecord, { readonly t: 'acp.over' }>, 't'>>({
    p: text,
    why: text,
  }),
  'acp.notice': /* @__PURE__ */ object<Omit<Extract<AcpRecord, { readonly t: 'acp.notice' }>, 't'>>({
    text: text,
  }),
  'acp.closed': /* @__PURE__ */ object<Omit<Extract<AcpRecord, { readonly t: 'acp.closed' }>, 't'>>({
    by: /* @__PURE__ */ optional(acpAuthor),
  }),
  'acp.part': /* @__PURE__ */ object<Omit<Extract<AcpRecord, { readonly t: 'acp.part' }>, 't'>>({
    at: count,
    of: count,
    text: text,
  }),
})

export const acpRecord: Shape<AcpRecord> = /* @__PURE__ */ closed('t', acpRecordKinds)

export const acpProgramNote: Shape<AcpProgramNote> = /* @__PURE__ */ object<AcpProgramNote>({
  initialized: /* @__PURE__ */ optional(fields),
  sessions: /* @__PURE__ */ array(text),
})

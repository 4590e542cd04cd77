// Made from ../../schemas by packages/protocol/generate: change the schemas, and make it anew.
import {
  type Shape,
  array,
  boolean,
  count,
  fields,
  maybeText,
  number,
  object,
  oneOf,
  optional,
  text,
  tuple,
} from '@holdfast/contract/shape'
import type {
  SenderRecord,
  SenderRun,
  SenderRuns,
  SessionInfo,
  SessionReach,
  SessionRecord,
} from './types.ts'

export const sessionReach: Shape<SessionReach> = /* @__PURE__ */ oneOf('open', 'private')

export const sessionInfo: Shape<SessionInfo> = /* @__PURE__ */ object<SessionInfo>({
  label: maybeText,
  status: text,
  tags: /* @__PURE__ */ array(text),
  owner: maybeText,
  reach: /* @__PURE__ */ optional(sessionReach),
  data: fields,
})

export const sessionRecord: Shape<SessionRecord> = /* @__PURE__ */ object<SessionRecord>({
  label: maybeText,
  status: text,
  tags: /* @__PURE__ */ array(text),
  owner: maybeText,
  reach: /* @__PURE__ */ optional(sessionReach),
  data: fields,
  id: text,
  epoch: text,
  createdAt: number,
  updatedAt: number,
})

export const senderRun: Shape<SenderRun> = /* @__PURE__ */ tuple<SenderRun>(count, count, count, count)

export const senderRuns: Shape<SenderRuns> = /* @__PURE__ */ array(senderRun)

export const senderRecord: Shape<SenderRecord> = /* @__PURE__ */ object<SenderRecord>({
  id: text,
  highest: count,
  first: count,
  last: count,
  floor: count,
  seen: number,
  attached: boolean,
  runs: /* @__PURE__ */ array(senderRun),
})

// Made from ../../schemas by packages/protocol/generate: change the schemas, and make it anew.
import {
  type Shape,
  array,
  boolean,
  count,
  maybeNumber,
  maybeText,
  number,
  object,
  oneOf,
  optional,
  orNull,
  someText,
  text,
} from '@holdfast/contract/shape'
import type {
  HostRecord,
  KillAnswer,
  RelayedGrant,
  RelayedPrincipal,
  RenameAnswer,
  ShellChangeBody,
  ShellStats,
  ShellSummary,
  StoredRecording,
} from './types.ts'

export const hostRecord: Shape<HostRecord> = /* @__PURE__ */ object<HostRecord>({
  protocol: number,
  version: someText,
  pid: count,
  socket: someText,
  secret: someText,
})

export const relayedGrant: Shape<RelayedGrant> = /* @__PURE__ */ object<RelayedGrant>({
  by: text,
  byScopes: /* @__PURE__ */ optional(/* @__PURE__ */ array(text)),
  isByAdmin: boolean,
  role: text,
  session: maybeText,
  epoch: maybeText,
  shell: maybeText,
})

export const relayedPrincipal: Shape<RelayedPrincipal> = /* @__PURE__ */ object<RelayedPrincipal>({
  id: text,
  scopes: /* @__PURE__ */ array(text),
  expiresAt: maybeNumber,
  grant: /* @__PURE__ */ optional(relayedGrant),
})

export const shellStats: Shape<ShellStats> = /* @__PURE__ */ object<ShellStats>({
  running: count,
  attached: count,
  ringBytes: count,
})

export const shellSummary: Shape<ShellSummary> = /* @__PURE__ */ object<ShellSummary>({
  shellId: text,
  sessionId: text,
  owner: text,
  epoch: text,
  pid: maybeNumber,
  startedAt: number,
  program: text,
  name: maybeText,
  title: maybeText,
  recording: maybeText,
  hasWriter: boolean,
  attached: count,
  outputBytes: count,
  exitCode: /* @__PURE__ */ optional(/* @__PURE__ */ orNull(number)),
})

export const killAnswer: Shape<KillAnswer> = /* @__PURE__ */ object<KillAnswer>({
  left: /* @__PURE__ */ array(number),
})

export const renameAnswer: Shape<RenameAnswer> = /* @__PURE__ */ object<RenameAnswer>({
  renamed: boolean,
})

export const shellChangeBody: Shape<ShellChangeBody> = /* @__PURE__ */ object<ShellChangeBody>({
  name: /* @__PURE__ */ orNull(text),
})

export const storedRecording: Shape<StoredRecording> = /* @__PURE__ */ object<StoredRecording>({
  version: /* @__PURE__ */ oneOf(1),
  id: someText,
  shellId: someText,
  sessionId: someText,
  owner: text,
  name: maybeText,
  program: text,
  startedAt: count,
  endedAt: /* @__PURE__ */ optional(count),
  exitCode: /* @__PURE__ */ optional(/* @__PURE__ */ orNull(number)),
  input: boolean,
})

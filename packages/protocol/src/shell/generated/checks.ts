// Made from ../schemas by packages/protocol/generate: change the schemas, and make it anew.
import {
  type Kinds,
  type Shape,
  anything,
  array,
  boolean,
  closed,
  count,
  fields,
  integer,
  kinds,
  matching,
  maybeBoolean,
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
  ClientControl,
  RecordingList,
  RecordingListing,
  ResumeOffer,
  ServerControl,
  ShellList,
  ShellListing,
  ShellPermission,
  ShellSignal,
  ShellStatusFrame,
  TerminalSize,
  TerminalSizing,
} from './types.ts'

export const shellSignal: Shape<ShellSignal> = /* @__PURE__ */ oneOf('SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGKILL', 'SIGUSR1', 'SIGUSR2', 'SIGTSTP', 'SIGCONT')

export const clientControlKinds: Kinds<ClientControl> = /* @__PURE__ */ kinds<ClientControl>('type', {
  hello: /* @__PURE__ */ object<Omit<Extract<ClientControl, { readonly type: 'hello' }>, 'type'>>({
    lease: /* @__PURE__ */ matching(/^[A-Za-z0-9_-]{1,64}$/, 'lease'),
    in: count,
    instance: /* @__PURE__ */ optional(/* @__PURE__ */ matching(/^[A-Za-z0-9_-]{1,64}$/, 'lease')),
  }),
  takeover: /* @__PURE__ */ object<Omit<Extract<ClientControl, { readonly type: 'takeover' }>, 'type'>>({}),
  detach: /* @__PURE__ */ object<Omit<Extract<ClientControl, { readonly type: 'detach' }>, 'type'>>({}),
  signal: /* @__PURE__ */ object<Omit<Extract<ClientControl, { readonly type: 'signal' }>, 'type'>>({
    name: shellSignal,
  }),
  snapshot: /* @__PURE__ */ object<Omit<Extract<ClientControl, { readonly type: 'snapshot' }>, 'type'>>({}),
})

export const clientControl: Shape<ClientControl> = /* @__PURE__ */ closed('type', clientControlKinds)

export const terminalSize: Shape<TerminalSize> = /* @__PURE__ */ object<TerminalSize>({
  width: /* @__PURE__ */ integer(1, 65535),
  height: /* @__PURE__ */ integer(1, 65535),
})

export const serverControlKinds: Kinds<ServerControl> = /* @__PURE__ */ kinds<ServerControl>('type', {
  gap: /* @__PURE__ */ object<Omit<Extract<ServerControl, { readonly type: 'gap' }>, 'type'>>({
    from: count,
    to: count,
  }),
  resized: /* @__PURE__ */ object<Omit<Extract<ServerControl, { readonly type: 'resized' }>, 'type'>>({
    size: terminalSize,
  }),
  screen: /* @__PURE__ */ object<Omit<Extract<ServerControl, { readonly type: 'screen' }>, 'type'>>({
    at: count,
    bytes: count,
    size: terminalSize,
  }),
  role: /* @__PURE__ */ object<Omit<Extract<ServerControl, { readonly type: 'role' }>, 'type'>>({
    role: /* @__PURE__ */ oneOf('writer', 'observer'),
  }),
  exit: /* @__PURE__ */ object<Omit<Extract<ServerControl, { readonly type: 'exit' }>, 'type'>>({
    code: /* @__PURE__ */ orNull(count),
    signal: /* @__PURE__ */ orNull(text),
    at: number,
  }),
  error: /* @__PURE__ */ object<Omit<Extract<ServerControl, { readonly type: 'error' }>, 'type'>>({
    code: text,
    message: text,
  }),
})

export const serverControl: Shape<ServerControl> = /* @__PURE__ */ closed('type', serverControlKinds)

export const shellPermission: Shape<ShellPermission> = /* @__PURE__ */ oneOf('write', 'takeover', 'kill')

export const shellListing: Shape<ShellListing> = /* @__PURE__ */ object<ShellListing>({
  shellId: text,
  sessionId: text,
  program: text,
  name: maybeText,
  title: maybeText,
  startedAt: count,
  running: boolean,
  exitCode: /* @__PURE__ */ optional(/* @__PURE__ */ orNull(number)),
  hasWriter: boolean,
  attached: count,
  outputBytes: count,
  recording: maybeText,
  may: /* @__PURE__ */ array(shellPermission),
})

export const shellList: Shape<ShellList> = /* @__PURE__ */ object<ShellList>({
  shells: /* @__PURE__ */ array(shellListing),
  unreachable: /* @__PURE__ */ optional(count),
  more: maybeBoolean,
  full: maybeText,
})

export const recordingListing: Shape<RecordingListing> = /* @__PURE__ */ object<RecordingListing>({
  id: text,
  shellId: text,
  sessionId: text,
  name: maybeText,
  program: text,
  startedAt: count,
  endedAt: /* @__PURE__ */ optional(count),
  exitCode: /* @__PURE__ */ optional(/* @__PURE__ */ orNull(number)),
  input: boolean,
  bytes: count,
  may: /* @__PURE__ */ array(/* @__PURE__ */ oneOf('delete')),
})

export const recordingList: Shape<RecordingList> = /* @__PURE__ */ object<RecordingList>({
  recordings: /* @__PURE__ */ array(recordingListing),
  more: maybeBoolean,
})

export const terminalSizing: Shape<TerminalSizing> = /* @__PURE__ */ oneOf('writer', 'smallest')

export const resumeOffer: Shape<ResumeOffer> = /* @__PURE__ */ object<ResumeOffer>({
  v: /* @__PURE__ */ oneOf(1),
  epoch: someText,
  role: /* @__PURE__ */ oneOf('writer', 'observer'),
  out: count,
  live: count,
  in: count,
  lease: someText,
  window: count,
  maxFrame: /* @__PURE__ */ integer(2),
  ring: count,
  size: terminalSize,
  sizing: /* @__PURE__ */ optional(terminalSizing),
  stopped: maybeBoolean,
  screen: /* @__PURE__ */ optional(/* @__PURE__ */ object<NonNullable<ResumeOffer['screen']>>({
    bytes: count,
  })),
  retainMs: count,
})

export const shellStatusFrame: Shape<ShellStatusFrame> = /* @__PURE__ */ object<ShellStatusFrame>({
  metadata: /* @__PURE__ */ optional(/* @__PURE__ */ orNull(fields)),
  status: /* @__PURE__ */ oneOf('Success', 'Failure'),
  reason: anything,
  message: anything,
  details: /* @__PURE__ */ optional(/* @__PURE__ */ orNull(/* @__PURE__ */ object<NonNullable<NonNullable<ShellStatusFrame['details']>>>({
    causes: /* @__PURE__ */ optional(/* @__PURE__ */ orNull(/* @__PURE__ */ array(fields))),
  }))),
})

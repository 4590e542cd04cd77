// Made from ../../schemas by packages/protocol/generate: change the schemas, and make it anew.
import {
  type Kinds,
  type Shape,
  anything,
  array,
  boolean,
  closed,
  count,
  fields,
  given,
  kindOf,
  kinds,
  matching,
  maybeBoolean,
  maybeNumber,
  maybeText,
  number,
  object,
  oneOf,
  optional,
  orNull,
  outline,
  someText,
  text,
  tuple,
} from '@holdfast/contract/shape'
import {
  hubAgentActivity,
  hubStreamBlock,
  hubTaskState,
} from '@holdfast/protocol/internals'
import type {
  Actions,
  Agent,
  AgentBody,
  AgentChangeBody,
  AgentFields,
  AgentRecord,
  AgentVersion,
  AgentsSnapshot,
  AnswerRecord,
  AnsweredSender,
  CallRecord,
  EntriesState,
  EventRecord,
  FileRecord,
  Grant,
  GrantBody,
  GrantRecord,
  GrantRole,
  GrantsSnapshot,
  Hold,
  HubRecord,
  InboxEvent,
  InboxState,
  LeadRecord,
  MessageBody,
  Participant,
  PendingApproval,
  PendingRequest,
  QuestionsState,
  ReachRecord,
  RelayProgress,
  RequestRecord,
  RpcRecord,
  SenderAnswersState,
  SenderNumber,
  SessionSnapshot,
  StoredAnswer,
  StoredGrant,
  StoredInbox,
  StoredPendingApproval,
  StreamSnapshot,
  TaskBody,
  TaskChangeBody,
  TrackerChatMessage,
  TrackerRecord,
  TrackerSnapshot,
  TrackerTask,
} from './types.ts'

export const agentFields: Shape<AgentFields> = /* @__PURE__ */ object<AgentFields>({
  slug: text,
  displayName: text,
  description: maybeText,
  instructions: text,
  model: maybeText,
  thinkingLevel: maybeText,
  headlessCompatible: boolean,
  tools: /* @__PURE__ */ array(text),
  serviceTools: /* @__PURE__ */ array(text),
  savedSkills: /* @__PURE__ */ array(anything),
  companionAgents: /* @__PURE__ */ array(text),
})

export const agentVersion: Shape<AgentVersion> = /* @__PURE__ */ object<AgentVersion>({
  version: number,
  by: text,
  at: number,
  fields: agentFields,
})

export const agent: Shape<Agent> = /* @__PURE__ */ object<Agent>({
  id: text,
  owner: text,
  createdAt: number,
  updatedAt: number,
  isArchived: boolean,
  draft: agentFields,
  versions: /* @__PURE__ */ array(agentVersion),
})

export const agentsSnapshot: Shape<AgentsSnapshot> = /* @__PURE__ */ array(agent)

export const agentRecordKinds: Kinds<AgentRecord> = /* @__PURE__ */ kinds<AgentRecord>('t', {
  agent: /* @__PURE__ */ object<Omit<Extract<AgentRecord, { readonly t: 'agent' }>, 't'>>({
    id: text,
    owner: text,
    createdAt: number,
    updatedAt: number,
    isArchived: boolean,
    draft: agentFields,
  }),
  version: /* @__PURE__ */ object<Omit<Extract<AgentRecord, { readonly t: 'version' }>, 't'>>({
    id: text,
    version: number,
    by: text,
    at: number,
    fields: agentFields,
  }),
})

export const agentRecord: Shape<AgentRecord> = /* @__PURE__ */ closed('t', agentRecordKinds)

export const agentChangeBody: Shape<AgentChangeBody> = /* @__PURE__ */ object<AgentChangeBody>({
  slug: /* @__PURE__ */ optional(/* @__PURE__ */ matching(/^[A-Za-z0-9][\w.-]{0,63}$/, '1 to 64 letters, digits and . _ -')),
  displayName: maybeText,
  description: /* @__PURE__ */ optional(/* @__PURE__ */ orNull(text)),
  instructions: maybeText,
  model: /* @__PURE__ */ optional(/* @__PURE__ */ orNull(text)),
  thinkingLevel: /* @__PURE__ */ optional(/* @__PURE__ */ orNull(/* @__PURE__ */ oneOf('off', 'minimal', 'low', 'medium', 'high', 'xhigh'))),
  headlessCompatible: maybeBoolean,
  tools: /* @__PURE__ */ optional(/* @__PURE__ */ array(text)),
  serviceTools: /* @__PURE__ */ optional(/* @__PURE__ */ array(text)),
  companionAgents: /* @__PURE__ */ optional(/* @__PURE__ */ array(text)),
  savedSkillIds: /* @__PURE__ */ optional(/* @__PURE__ */ array(anything)),
})

export const agentBody: Shape<AgentBody> = /* @__PURE__ */ object<AgentBody>({
  slug: /* @__PURE__ */ matching(/^[A-Za-z0-9][\w.-]{0,63}$/, '1 to 64 letters, digits and . _ -'),
  displayName: text,
  description: /* @__PURE__ */ optional(/* @__PURE__ */ orNull(text)),
  instructions: text,
  model: /* @__PURE__ */ optional(/* @__PURE__ */ orNull(text)),
  thinkingLevel: /* @__PURE__ */ optional(/* @__PURE__ */ orNull(/* @__PURE__ */ oneOf('off', 'minimal', 'low', 'medium', 'high', 'xhigh'))),
  headlessCompatible: maybeBoolean,
  tools: /* @__PURE__ */ optional(/* @__PURE__ */ array(text)),
  serviceTools: /* @__PURE__ */ optional(/* @__PURE__ */ array(text)),
  companionAgents: /* @__PURE__ */ optional(/* @__PURE__ */ array(text)),
  savedSkillIds: /* @__PURE__ */ optional(/* @__PURE__ */ array(anything)),
})

export const grantRole: Shape<GrantRole> = /* @__PURE__ */ oneOf('observe', 'control', 'lead', 'write')

export const grant: Shape<Grant> = /* @__PURE__ */ object<Grant>({
  id: text,
  by: text,
  session: maybeText,
  epoch: maybeText,
  shell: maybeText,
  role: grantRole,
  label: maybeText,
  createdAt: number,
  endsAt: number,
})

export const storedGrant: Shape<StoredGrant> = /* @__PURE__ */ given(['session', 'shell'], /* @__PURE__ */ object<StoredGrant>({
  id: text,
  by: text,
  session: maybeText,
  epoch: maybeText,
  shell: maybeText,
  role: grantRole,
  label: maybeText,
  createdAt: number,
  endsAt: number,
  digest: text,
}))

export const grantsSnapshot: Shape<GrantsSnapshot> = /* @__PURE__ */ array(storedGrant)

export const grantRecordKinds: Kinds<GrantRecord> = /* @__PURE__ */ kinds<GrantRecord>('t', {
  grant: /* @__PURE__ */ object<Omit<Extract<GrantRecord, { readonly t: 'grant' }>, 't'>>({
    grant: storedGrant,
  }),
  revoked: /* @__PURE__ */ object<Omit<Extract<GrantRecord, { readonly t: 'revoked' }>, 't'>>({
    id: text,
  }),
})

export const grantRecord: Shape<GrantRecord> = /* @__PURE__ */ closed('t', grantRecordKinds)

export const grantBody: Shape<GrantBody> = /* @__PURE__ */ given(['session', 'shell'], /* @__PURE__ */ object<GrantBody>({
  session: /* @__PURE__ */ optional(/* @__PURE__ */ matching(/^[\s\S]{1,256}$/u, 'a text of 1 to 256 characters')),
  shell: /* @__PURE__ */ optional(/* @__PURE__ */ matching(/^[\s\S]{1,256}$/u, 'a text of 1 to 256 characters')),
  role: /* @__PURE__ */ optional(grantRole),
  expiresInMs: maybeNumber,
  label: /* @__PURE__ */ optional(/* @__PURE__ */ matching(/^[\s\S]{1,128}$/u, 'a text of 1 to 128 characters')),
}))

export const participant: Shape<Participant> = /* @__PURE__ */ object<Participant>({
  id: text,
  role: /* @__PURE__ */ oneOf('lead', 'observer', 'controller', 'sub_agent'),
  transport: /* @__PURE__ */ oneOf('ws', 'sse'),
  subscriptions: /* @__PURE__ */ array(text),
  connectedAt: number,
  lastActivity: number,
  metadata: /* @__PURE__ */ optional(fields),
})

export const actions: Shape<Actions> = /* @__PURE__ */ array(/* @__PURE__ */ outline(/* @__PURE__ */ object({})))

export const senderNumber: Shape<SenderNumber> = /* @__PURE__ */ tuple<SenderNumber>(text, number, number)

export const hold: Shape<Hold> = /* @__PURE__ */ object<Hold>({
  id: text,
  until: number,
  otherwise: actions,
  sender: /* @__PURE__ */ optional(senderNumber),
})

const eventRecordMembers = /* @__PURE__ */ object<Omit<EventRecord, 't'>>({
  event: text,
  data: fields,
  category: text,
  hold: /* @__PURE__ */ optional(hold),
  fp: maybeText,
  from: maybeText,
})

export const eventRecord: Shape<EventRecord> = /* @__PURE__ */ kindOf('t', 'event', eventRecordMembers)

const callRecordMembers = /* @__PURE__ */ object<Omit<CallRecord, 't'>>({
  message: fields,
  hold: /* @__PURE__ */ optional(hold),
  fp: maybeText,
  from: maybeText,
})

export const callRecord: Shape<CallRecord> = /* @__PURE__ */ kindOf('t', 'call', callRecordMembers)

const requestRecordMembers = /* @__PURE__ */ object<Omit<RequestRecord, 't'>>({
  message: fields,
  wireId: text,
  asker: text,
  id: text,
  until: maybeNumber,
  sender: /* @__PURE__ */ optional(senderNumber),
  fp: maybeText,
  from: maybeText,
})

export const requestRecord: Shape<RequestRecord> = /* @__PURE__ */ kindOf('t', 'request', requestRecordMembers)

const answerRecordMembers = /* @__PURE__ */ object<Omit<AnswerRecord, 't'>>({
  wireId: text,
  asker: text,
  id: text,
  actions: actions,
  hold: maybeNumber,
  by: maybeText,
  sender: /* @__PURE__ */ optional(senderNumber),
  fp: maybeText,
  from: maybeText,
})

export const answerRecord: Shape<AnswerRecord> = /* @__PURE__ */ kindOf('t', 'answer', answerRecordMembers)

const rpcRecordMembers = /* @__PURE__ */ object<Omit<RpcRecord, 't'>>({
  to: text,
  message: fields,
  fp: maybeText,
  from: maybeText,
})

export const rpcRecord: Shape<RpcRecord> = /* @__PURE__ */ kindOf('t', 'rpc', rpcRecordMembers)

const fileRecordMembers = /* @__PURE__ */ object<Omit<FileRecord, 't'>>({
  path: text,
  op: /* @__PURE__ */ oneOf('append', 'write'),
  text: text,
  fp: maybeText,
  from: maybeText,
})

export const fileRecord: Shape<FileRecord> = /* @__PURE__ */ kindOf('t', 'file', fileRecordMembers)

const leadRecordMembers = /* @__PURE__ */ object<Omit<LeadRecord, 't'>>({
  fence: number,
  instance: text,
  fp: maybeText,
  from: maybeText,
})

export const leadRecord: Shape<LeadRecord> = /* @__PURE__ */ kindOf('t', 'lead', leadRecordMembers)

const reachRecordMembers = /* @__PURE__ */ object<Omit<ReachRecord, 't'>>({
  fp: maybeText,
  from: maybeText,
})

export const reachRecord: Shape<ReachRecord> = /* @__PURE__ */ kindOf('t', 'reach', reachRecordMembers)

export const hubRecordKinds: Kinds<HubRecord> = /* @__PURE__ */ kinds<HubRecord>('t', {
  event: eventRecordMembers,
  call: callRecordMembers,
  request: requestRecordMembers,
  answer: answerRecordMembers,
  rpc: rpcRecordMembers,
  file: fileRecordMembers,
  lead: leadRecordMembers,
  reach: reachRecordMembers,
})

export const hubRecord: Shape<HubRecord> = /* @__PURE__ */ closed('t', hubRecordKinds)

export const pendingRequest: Shape<PendingRequest> = /* @__PURE__ */ object<PendingRequest>({
  n: number,
  asker: text,
  id: text,
  until: maybeNumber,
  sender: /* @__PURE__ */ optional(senderNumber),
})

export const pendingApproval: Shape<PendingApproval> = /* @__PURE__ */ object<PendingApproval>({
  n: number,
  asker: text,
  id: text,
  message: fields,
  until: number,
  otherwise: actions,
  sender: /* @__PURE__ */ optional(senderNumber),
})

export const storedPendingApproval: Shape<StoredPendingApproval> = /* @__PURE__ */ object<StoredPendingApproval>({
  n: number,
  asker: text,
  id: text,
  message: fields,
  until: number,
  otherwise: actions,
  sender: /* @__PURE__ */ optional(senderNumber),
  fp: maybeText,
  length: number,
})

export const storedAnswer: Shape<StoredAnswer> = /* @__PURE__ */ object<StoredAnswer>({
  number: number,
  id: text,
  actions: actions,
})

export const answeredSender: Shape<AnsweredSender> = /* @__PURE__ */ object<AnsweredSender>({
  name: text,
  answers: /* @__PURE__ */ array(storedAnswer),
  length: number,
  cut: number,
  n: number,
  at: number,
})

export const senderAnswersState: Shape<SenderAnswersState> = /* @__PURE__ */ object<SenderAnswersState>({
  forgottenTo: number,
  senders: /* @__PURE__ */ array(answeredSender),
})

export const streamSnapshot: Shape<StreamSnapshot> = /* @__PURE__ */ object<StreamSnapshot>({
  tasks: /* @__PURE__ */ array(/* @__PURE__ */ tuple<StreamSnapshot['tasks'][number]>(text, hubTaskState)),
  agents: /* @__PURE__ */ array(/* @__PURE__ */ tuple<StreamSnapshot['agents'][number]>(text, hubAgentActivity)),
  streams: /* @__PURE__ */ array(/* @__PURE__ */ tuple<StreamSnapshot['streams'][number]>(text, hubStreamBlock)),
  main: hubStreamBlock,
  streaming: boolean,
})

export const questionsState: Shape<QuestionsState> = /* @__PURE__ */ object<QuestionsState>({
  open: /* @__PURE__ */ array(/* @__PURE__ */ tuple<QuestionsState['open'][number]>(text, number)),
  answered: /* @__PURE__ */ array(/* @__PURE__ */ tuple<QuestionsState['answered'][number]>(text, number)),
})

export const entriesState: Shape<EntriesState> = /* @__PURE__ */ object<EntriesState>({
  blocks: /* @__PURE__ */ array(text),
  firsts: /* @__PURE__ */ optional(/* @__PURE__ */ array(number)),
  dropped: maybeBoolean,
})

export const sessionSnapshot: Shape<SessionSnapshot> = /* @__PURE__ */ object<SessionSnapshot>({
  v: /* @__PURE__ */ oneOf(1),
  label: maybeText,
  task: maybeText,
  taskCount: maybeNumber,
  loop: /* @__PURE__ */ optional(fields),
  agent: /* @__PURE__ */ optional(fields),
  driver: maybeText,
  pastDrivers: /* @__PURE__ */ optional(/* @__PURE__ */ array(text)),
  entries: /* @__PURE__ */ optional(entriesState),
  stream: /* @__PURE__ */ optional(streamSnapshot),
  pending: /* @__PURE__ */ optional(/* @__PURE__ */ array(/* @__PURE__ */ tuple<NonNullable<SessionSnapshot['pending']>[number]>(text, pendingRequest))),
  answers: /* @__PURE__ */ optional(/* @__PURE__ */ array(/* @__PURE__ */ tuple<NonNullable<SessionSnapshot['answers']>[number]>(text, number))),
  senderAnswers: /* @__PURE__ */ optional(senderAnswersState),
  answered: /* @__PURE__ */ optional(/* @__PURE__ */ array(/* @__PURE__ */ tuple<NonNullable<SessionSnapshot['answered']>[number]>(text, number))),
  questions: /* @__PURE__ */ optional(questionsState),
  held: /* @__PURE__ */ optional(/* @__PURE__ */ array(storedPendingApproval)),
  files: /* @__PURE__ */ optional(/* @__PURE__ */ array(/* @__PURE__ */ tuple<NonNullable<SessionSnapshot['files']>[number]>(text, /* @__PURE__ */ array(text)))),
})

export const trackerTask: Shape<TrackerTask> = /* @__PURE__ */ object<TrackerTask>({
  id: text,
  title: text,
  description: text,
  project_id: text,
  assignee: maybeText,
  status: text,
  created_by: text,
  created_at: number,
})

export const trackerChatMessage: Shape<TrackerChatMessage> = /* @__PURE__ */ object<TrackerChatMessage>({
  id: text,
  chat_id: maybeText,
  task_id: maybeText,
  author: text,
  content: text,
  mentions: /* @__PURE__ */ array(text),
  thinking: maybeText,
  created_at: number,
})

export const trackerRecordKinds: Kinds<TrackerRecord> = /* @__PURE__ */ kinds<TrackerRecord>('t', {
  agent: /* @__PURE__ */ object<Omit<Extract<TrackerRecord, { readonly t: 'agent' }>, 't'>>({
    agent: text,
  }),
  task: /* @__PURE__ */ object<Omit<Extract<TrackerRecord, { readonly t: 'task' }>, 't'>>({
    task: trackerTask,
  }),
  status: /* @__PURE__ */ object<Omit<Extract<TrackerRecord, { readonly t: 'status' }>, 't'>>({
    taskId: text,
    status: text,
    by: text,
  }),
  message: /* @__PURE__ */ object<Omit<Extract<TrackerRecord, { readonly t: 'message' }>, 't'>>({
    message: trackerChatMessage,
  }),
  ack: /* @__PURE__ */ object<Omit<Extract<TrackerRecord, { readonly t: 'ack' }>, 't'>>({
    agent: text,
    n: number,
    failed: maybeBoolean,
  }),
})

export const trackerRecord: Shape<TrackerRecord> = /* @__PURE__ */ closed('t', trackerRecordKinds)

export const inboxEvent: Shape<InboxEvent> = /* @__PURE__ */ object<InboxEvent>({
  n: number,
  type: text,
  data: fields,
  ts: number,
})

export const storedInbox: Shape<StoredInbox> = /* @__PURE__ */ tuple<StoredInbox>(text, /* @__PURE__ */ array(number), number)

export const inboxState: Shape<InboxState> = /* @__PURE__ */ object<InboxState>({
  events: /* @__PURE__ */ array(inboxEvent),
  known: /* @__PURE__ */ array(storedInbox),
  expected: /* @__PURE__ */ array(storedInbox),
})

export const trackerSnapshot: Shape<TrackerSnapshot> = /* @__PURE__ */ object<TrackerSnapshot>({
  v: /* @__PURE__ */ oneOf(2),
  tasks: /* @__PURE__ */ array(trackerTask),
  chats: /* @__PURE__ */ array(/* @__PURE__ */ tuple<TrackerSnapshot['chats'][number]>(text, /* @__PURE__ */ array(trackerChatMessage))),
  inboxes: inboxState,
})

export const relayProgress: Shape<RelayProgress> = /* @__PURE__ */ object<RelayProgress>({
  relayed: /* @__PURE__ */ optional(count),
})

export const taskBody: Shape<TaskBody> = /* @__PURE__ */ object<TaskBody>({
  title: someText,
  description: maybeText,
  project_id: maybeText,
  assignee: maybeText,
})

export const taskChangeBody: Shape<TaskChangeBody> = /* @__PURE__ */ object<TaskChangeBody>({
  status: someText,
})

export const messageBody: Shape<MessageBody> = /* @__PURE__ */ object<MessageBody>({
  content: someText,
  mentions: /* @__PURE__ */ optional(/* @__PURE__ */ array(text)),
})

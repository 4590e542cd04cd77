import { HUB_EVENTS, type HubInitMessage, type HubKnownAction } from '@holdfast/protocol/hub'
import type { HubInitRole, HubTypedServerMessage } from '@holdfast/protocol/hub/messages'
import {
  hubInitMessage,
  hubKnownAction,
  hubParticipantList,
  hubResponse,
  hubSessionSummary,
  hubTypedServerMessage,
} from '@holdfast/protocol/hub/schemas'
import * as z from 'zod'

/** What a client gets at its start, of one role. */
type Init<Role extends HubInitRole> = Omit<HubInitMessage, 'role'> & { readonly role: Role }

/** The same object as a schema: unknown members stay on what it reads, as everywhere in this file. */
type InitSchema<Role extends HubInitRole> = z.ZodType<Init<Role>>

export {
  hubAckAction as AckActionSchema,
  hubAgentActivity as SessionAgentActivitySchema,
  hubAgentDefinition as AgentDefinitionSchema,
  hubAttachment as PromptAttachmentDescriptorSchema,
  hubAuthor as ConversationAuthorSchema,
  hubBlockAction as BlockActionSchema,
  hubBootstrapReadyMessage as BootstrapReadyMessageSchema,
  hubBroadcastMessage as BroadcastEventMessageSchema,
  hubCommandDefinition as CoderHubCommandDefinitionSchema,
  hubCommandRequest as CommandRequestSchema,
  hubConfirmAction as ConfirmActionSchema,
  hubConnectionRejectedMessage as ConnectionRejectedMessageSchema,
  hubConversationEntry as ConversationEntrySchema,
  hubCreateSessionBody as CoderCreateSessionRequestSchema,
  hubEventHistory as CoderSessionEventHistorySchema,
  hubEventRequest as EventRequestSchema,
  hubHistoryEvent as CoderSessionEventSchema,
  hubHydrationMessage as CoderHubHydrationMessageSchema,
  hubInitMessage as CoderHubInitMessageSchema,
  hubInitRole as CoderHubInitRoleSchema,
  hubInjectMessageAction as InjectMessageActionSchema,
  hubKnownAction as CoderHubActionSchema,
  hubKnownSseMessage as ObserverSseMessageSchema,
  hubLoopState as CoderLoopStateResponseSchema,
  hubNotifyAction as NotifyActionSchema,
  hubParticipant as SessionParticipantSchema,
  hubParticipantList as CoderSessionParticipantsSchema,
  hubPingMessage as PingMessageSchema,
  hubPongMessage as PongMessageSchema,
  hubPresenceMessage as PresenceEventMessageSchema,
  hubProtocolErrorMessage as ProtocolErrorMessageSchema,
  hubReplay as CoderSessionReplaySchema,
  hubReturnAction as ReturnActionSchema,
  hubRpcCommandMessage as RpcCommandMessageSchema,
  hubRpcEventMessage as RpcEventMessageSchema,
  hubRpcResponseMessage as RpcResponseMessageSchema,
  hubRpcUiRequestMessage as RpcUiRequestMessageSchema,
  hubRpcUiResponseMessage as RpcUiResponseMessageSchema,
  hubRuntimePreview as RuntimePreviewDescriptorSchema,
  hubRuntimeProcess as RuntimeProcessDescriptorSchema,
  hubSessionEntryMessage as SessionEntryMessageSchema,
  hubSessionResumeMessage as CoderHubSessionResumeMessageSchema,
  hubSessionSummary as CoderSessionSchema,
  hubSessionWriteMessage as SessionWriteMessageSchema,
  hubSnapshotMessage as SseSessionSnapshotMessageSchema,
  hubSseHydrationMessage as SseHydrationMessageSchema,
  hubStatusAction as StatusActionSchema,
  hubStreamBlock as SessionStreamBlockSchema,
  hubStreamProjection as SessionStreamProjectionSchema,
  hubStreamReadyMessage as CoderHubStreamReadyMessageSchema,
  hubSubscribeMessage as ObserverSubscribeMessageSchema,
  hubSystemPromptAction as SystemPromptActionSchema,
  hubTaskState as SessionTaskStateSchema,
  hubToolDefinition as CoderHubToolDefinitionSchema,
  hubToolRequest as ToolRequestSchema,
  hubTypedClientMessage as ClientMessageSchema,
  hubUpdateSessionBody as CoderUpdateSessionRequestSchema,
} from '@holdfast/protocol/hub/schemas'

/** An answer of which every action is known: the published one takes no other. */
type KnownResponse = { readonly id: string; readonly actions: readonly HubKnownAction[] }

export const CoderHubResponseSchema: z.ZodType<KnownResponse> = hubResponse.extend({ actions: z.array(hubKnownAction) })
export const ServerMessageSchema: z.ZodType<HubTypedServerMessage | KnownResponse> = z.union([
  hubTypedServerMessage,
  CoderHubResponseSchema,
])

export const CoderHubLeadInitMessageSchema: InitSchema<'lead'> = hubInitMessage.extend({ role: z.literal('lead') })
export const CoderHubControllerInitMessageSchema: InitSchema<'controller'> = hubInitMessage.extend({
  role: z.literal('controller'),
})
export const CoderHubObserverInitMessageSchema: InitSchema<'observer'> = hubInitMessage.extend({
  role: z.literal('observer'),
})
export const CoderHubSubAgentInitMessageSchema: InitSchema<'sub_agent'> = hubInitMessage.extend({
  role: z.literal('sub_agent'),
})
export const CoderHubConfigSchema: typeof hubInitMessage.shape.config.def.innerType =
  hubInitMessage.shape.config.unwrap()
export const CoderHubLeadResumeDescriptorSchema: typeof hubInitMessage.shape.resume.def.innerType =
  hubInitMessage.shape.resume.unwrap()
export const CoderHubEventNameSchema: z.ZodType<(typeof HUB_EVENTS)[number]> = z.enum(HUB_EVENTS)
export const CoderParticipantSchema: typeof hubParticipantList.shape.participants.def.element =
  hubParticipantList.shape.participants.element
export const CoderSessionListItemSchema: typeof hubSessionSummary = hubSessionSummary
export const CoderSessionModeSchema: z.ZodType<'sandbox' | 'tui'> = z.enum(['sandbox', 'tui'])
export const CoderWorkflowModeSchema: z.ZodType<'standard' | 'loop'> = z.enum(['standard', 'loop'])
export const CoderSessionBucketSchema: z.ZodType<'running' | 'paused' | 'provisioning' | 'history'> = z.enum([
  'running',
  'paused',
  'provisioning',
  'history',
])
export const CoderSessionVisibilitySchema: z.ZodType<'private' | 'organization' | 'collaborate'> = z.enum([
  'private',
  'organization',
  'collaborate',
])
